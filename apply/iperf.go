package apply

import (
	"context"
	"fmt"

	"vnettune/apply/scripts"
)

// IPerfServer is the iperf3 server in the guest.
type IPerfServer struct {
	Exe       string `json:"exe"`
	Version   string `json:"version"`
	PID       int    `json:"pid"`
	Listening bool   `json:"listening"`
}

// StartIPerf starts the server in the guest anew, since a listening socket keeps
// the buffer sizes of its creation, and returns when it listens.
func (g *Guest) StartIPerf(ctx context.Context, exe string, port int) (IPerfServer, error) {
	s, err := g.iperf(ctx, "start", exe, port)
	if err != nil {
		return s, fmt.Errorf("start iperf3 on the guest: %w", err)
	}
	if !s.Listening {
		return s, fmt.Errorf("start iperf3 on the guest: %s does not listen on port %d", s.Exe, port)
	}
	return s, nil
}

// StopIPerf ends the server in the guest.
func (g *Guest) StopIPerf(ctx context.Context, exe string, port int) error {
	if _, err := g.iperf(ctx, "stop", exe, port); err != nil {
		return fmt.Errorf("stop iperf3 on the guest: %w", err)
	}
	return nil
}

func (g *Guest) iperf(ctx context.Context, action, exe string, port int) (IPerfServer, error) {
	var s IPerfServer
	_, err := g.run(ctx, scripts.IPerf, map[string]any{"action": action, "exe": exe, "port": port}, &s)
	return s, err
}
