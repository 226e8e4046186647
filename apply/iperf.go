package apply

import (
	"context"
	"fmt"

	"vnettune/apply/terms"
)

// StartIPerf starts the server in the guest anew, since a listening socket keeps
// the buffer sizes of its creation, and returns when it listens.
func (g *Guest) StartIPerf(ctx context.Context, exe string, port int) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return terms.IPerfServer{}, fmt.Errorf("start iperf3 on the guest: %w", err)
	}
	s, err := d.StartIPerf(ctx, exe, port)
	if err != nil {
		return s, fmt.Errorf("start iperf3 on the guest: %w", err)
	}
	if !s.Listening {
		return s, fmt.Errorf("start iperf3 on the guest: %s does not listen on port %d", s.Exe, port)
	}
	return s, nil
}

// StatusIPerf looks at the server in the guest and changes nothing.
func (g *Guest) StatusIPerf(ctx context.Context, exe string, port int) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.IPerfServer{}, fmt.Errorf("ask for iperf3 on the guest: %w", err)
	}
	s, err := d.StatusIPerf(ctx, exe, port)
	if err != nil {
		return s, fmt.Errorf("ask for iperf3 on the guest: %w", err)
	}
	return s, nil
}

// IPerfLog is the end of what the server in the guest said went wrong since its start;
// terms.ErrNotAsked where that is not kept.
func (g *Guest) IPerfLog(ctx context.Context, exe string, port int) (string, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return "", fmt.Errorf("ask for iperf3's log on the guest: %w", err)
	}
	text, err := d.IPerfLog(ctx, exe, port)
	if err != nil {
		return "", fmt.Errorf("ask for iperf3's log on the guest: %w", err)
	}
	return text, nil
}

// StopIPerf ends the server in the guest.
func (g *Guest) StopIPerf(ctx context.Context, exe string, port int) error {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return fmt.Errorf("stop iperf3 on the guest: %w", err)
	}
	if err := d.StopIPerf(ctx, exe, port); err != nil {
		return fmt.Errorf("stop iperf3 on the guest: %w", err)
	}
	return nil
}
