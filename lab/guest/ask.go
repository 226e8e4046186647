package guest

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// Limits of one asking: a datagram may be lost while the guest's network comes up, or by what it was asked for.
const (
	askAnswer = 1500 * time.Millisecond // more than the longest delay of a lab with that of a workload
	askTries  = 6
)

// ask sends a datagram over the lab's own cable until it is answered.
func ask(ctx context.Context, at netip.AddrPort, want []byte) ([]byte, error) {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	b := make([]byte, 1<<10)
	for range askTries {
		began := time.Now()
		var n int
		if n, err = askOnce(conn, want, b); err == nil {
			return b[:n], nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		time.Sleep(time.Until(began.Add(askAnswer))) // a port that nobody listens at refuses at once
	}
	return nil, err
}

func askOnce(conn *net.UDPConn, want, b []byte) (int, error) {
	if err := conn.SetDeadline(time.Now().Add(askAnswer)); err != nil {
		return 0, err
	}
	if _, err := conn.Write(want); err != nil {
		return 0, err
	}
	return conn.Read(b)
}
