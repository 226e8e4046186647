package apply

import (
	"context"
	"fmt"
	"strings"

	"vnettune/apply/terms"
)

// StartIPerf2 starts the servers of iperf2 in the guest anew, one for each protocol (terms.TCP,
// terms.UDP), and returns when all have their port. terms.ErrNotAsked where no dialect starts it.
func (g *Guest) StartIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return terms.IPerfServer{}, fmt.Errorf("start iperf2 on the guest: %w", err)
	}
	s, err := d.StartIPerf2(ctx, exe, port, protocols)
	if err != nil {
		return s, fmt.Errorf("start iperf2 on the guest: %w", err)
	}
	if !s.Listening {
		return s, fmt.Errorf("start iperf2 on the guest: %s does not listen on port %d (%s)", s.Exe, port, strings.Join(protocols, ", "))
	}
	return s, nil
}

// StatusIPerf2 looks at the servers of iperf2 in the guest and changes nothing.
func (g *Guest) StatusIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.IPerfServer{}, fmt.Errorf("ask for iperf2 on the guest: %w", err)
	}
	s, err := d.StatusIPerf2(ctx, exe, port, protocols)
	if err != nil {
		return s, fmt.Errorf("ask for iperf2 on the guest: %w", err)
	}
	return s, nil
}

// StopIPerf2 ends the servers of iperf2 in the guest.
func (g *Guest) StopIPerf2(ctx context.Context, exe string) error {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	if err == nil {
		err = d.StopIPerf2(ctx, exe)
	}
	if err != nil {
		return fmt.Errorf("stop iperf2 on the guest: %w", err)
	}
	return nil
}
