package apply

import (
	"context"
	"fmt"

	"vnettune/apply/terms"
	"vnettune/trouble"
)

// StartIPerf starts the server in the guest anew, since a listening socket keeps
// the buffer sizes of its creation, and returns when it listens. Where a second port
// is given, a second server listens there. Every other server of that program is ended.
func (g *Guest) StartIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	var s terms.IPerfServer
	if err == nil {
		err = g.onThisOne(ctx, func(here context.Context) (err error) {
			s, err = d.StartIPerf(here, exe, ports...)
			return err
		})
	}
	if err != nil {
		return s, fmt.Errorf("start iperf3 on the guest: %w", err)
	}
	const silent = "start iperf3 on the guest: %s does not listen on port %d"
	if !s.Listening {
		return s, fmt.Errorf(silent, s.Exe, ports[0])
	}
	if len(ports) > 1 && !s.Second {
		return s, trouble.Hint(fmt.Errorf(silent, s.Exe, ports[1]), "a second server is needed where a workload goes both ways at once: end what listens there, or set guest.iperf_second_port")
	}
	return s, nil
}

// StatusIPerf looks at the server in the guest, and at a second one at a second port, and changes nothing.
func (g *Guest) StatusIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.IPerfServer{}, fmt.Errorf("ask for iperf3 on the guest: %w", err)
	}
	s, err := d.StatusIPerf(ctx, exe, ports...)
	if err != nil {
		return s, fmt.Errorf("ask for iperf3 on the guest: %w", err)
	}
	return s, nil
}

// IPerfLog is the end of what the server in the guest at the last of these ports, the first server's and
// then the second's, said went wrong since its start; terms.ErrNotAsked where that is not kept.
func (g *Guest) IPerfLog(ctx context.Context, exe string, ports ...int) (string, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return "", fmt.Errorf("ask for iperf3's log on the guest: %w", err)
	}
	text, err := d.IPerfLog(ctx, exe, ports...)
	if err != nil {
		return "", fmt.Errorf("ask for iperf3's log on the guest: %w", err)
	}
	return text, nil
}

// StopIPerf ends every server of that program in the guest, a second one as well.
func (g *Guest) StopIPerf(ctx context.Context, exe string, port int) error {
	d, err := g.speak(ctx)
	if err == nil {
		err = g.onThisOne(ctx, func(here context.Context) error { return d.StopIPerf(here, exe, port) })
	}
	if err != nil {
		return fmt.Errorf("stop iperf3 on the guest: %w", err)
	}
	return nil
}
