package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// Place is where the guest's machine and the path to it are on this host, for who counts there.
type Place struct {
	PID   int   // of QEMU; 0 where NoPID says why it is not known
	NoPID error // nil where it is known
	// Vhost are the kernel's threads that carry the packets and are none of QEMU's own, before Linux 6.4.
	// VhostSeen is false where such threads could not be seen from here.
	Vhost     []int
	VhostSeen bool
	Links     []string // names of the path's links, the host's first, as far as it is known
}

// Find finds the guest's machine on this host by the tap that carries its packets, or else by its monitor.
func Find(ctx context.Context, g Guest) Place {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	path, tap := lookPath(g)
	var at Place
	for _, l := range path.Links {
		at.Links = append(at.Links, l.Name)
	}
	p := processes{"/proc"}
	if at.PID, at.NoPID = pidOf(ctx, p, g, tap); at.NoPID == nil {
		at.Vhost, at.VhostSeen = p.kernelThreads(ctx, at.PID)
	}
	return at
}

func pidOf(ctx context.Context, p processes, g Guest, tap string) (int, error) {
	switch {
	case g.NoVM != "":
		return 0, errors.New(g.NoVM)
	case g.Elsewhere:
		return 0, errors.New("the guest runs on another host")
	}
	pid, _, err := p.behind(ctx, tap, g.Adapter.MAC)
	if err == nil || g.Monitor == "" {
		return pid, err
	}
	var d net.Dialer
	conn, dialed := d.DialContext(ctx, "unix", g.Monitor)
	if dialed != nil {
		return 0, err
	}
	defer conn.Close()
	if pid, dialed = peer(conn); dialed != nil {
		return 0, fmt.Errorf("who listens at QEMU's monitor: %w", dialed)
	}
	return pid, nil
}
