package iperf

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/bench/iperf/document"
	"vnettune/trouble"
)

// meetLimit bounds the connection that measures the path.
const meetLimit = 5 * time.Second

// Meet gives t with what the runs against it have to know of the far end: the version,
// as the server prints it, and the path's round trip. The round trip is the kernel's
// (TCP_INFO) of a connection to the server, which takes that for a client: it has to be
// started anew before a run. A server that cannot be connected to is no error here:
// each run will say why. A second one is: a guest that was set up before there was one
// lets nobody to it, and half of each run would be measured before that showed.
func (r Runner) Meet(ctx context.Context, t Target, version string) (Target, error) {
	var err error
	if t.Server, err = ParseVersion(version); err != nil {
		return t, err
	}
	t.RTT = 0
	if len(r.Prefix) > 0 {
		return t, nil // the path is the peer's
	}
	if p, err := Connect(ctx, t); err == nil {
		t.RTT = p.RTT
	}
	if t.Second != 0 {
		err = t.meetSecond(ctx)
	}
	return t, err
}

// meetSecond connects to the second server.
func (t Target) meetSecond(ctx context.Context) error {
	second := t
	second.Port = t.Second
	if _, err := Connect(ctx, second); err != nil {
		return trouble.Hint(fmt.Errorf("the second iperf3 of the guest, which measures both ways at once, listens, but TCP port %d of %s cannot be reached from this host: %w", t.Second, t.Address, err),
			"open it in the guest's firewall: vnettune guest-setup prints the rule, or set guest.iperf_second_port to one that is open")
	}
	return nil
}

// UDPCost is what the versions of both ends cost measurements over UDP; "" for nothing.
func (r Runner) UDPCost(t Target) string {
	return document.Pair{Client: r.Version, Server: t.Server}.Cost()
}

// Path is what TCP says of the way to a server.
type Path struct {
	RTT       time.Duration `json:"rtt_ns"`     // of the handshake
	ToGuest   uint32        `json:"to_guest"`   // bytes that this side puts into a segment
	FromGuest uint32        `json:"from_guest"` // bytes that this side lets the guest put into one
	MTU       uint32        `json:"path_mtu"`
}

// Connect connects to the server as iperf3 would, and says nothing.
func Connect(ctx context.Context, t Target) (Path, error) {
	dial := net.Dialer{Timeout: meetLimit}
	if bind, err := netip.ParseAddr(t.Bind); err == nil {
		dial.LocalAddr = &net.TCPAddr{IP: bind.AsSlice(), Zone: bind.Zone()}
	}
	conn, err := dial.DialContext(ctx, "tcp", net.JoinHostPort(t.Address, strconv.Itoa(t.Port)))
	if err != nil {
		return Path{}, err
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return Path{}, err
	}
	var p Path
	var infoErr error
	err = raw.Control(func(fd uintptr) {
		var info *unix.TCPInfo
		if info, infoErr = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); infoErr == nil {
			p = Path{RTT: time.Duration(info.Rtt) * time.Microsecond, ToGuest: info.Snd_mss, FromGuest: info.Advmss, MTU: info.Pmtu}
		}
	})
	if err == nil {
		err = infoErr
	}
	return p, err
}
