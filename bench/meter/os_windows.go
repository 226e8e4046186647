package meter

import (
	"errors"
	"net"
	"time"

	"golang.org/x/sys/windows"
)

// pacer waits for points in time. Go's timers on Windows wake to half a millisecond.
type pacer struct{}

func newPacer() pacer { return pacer{} }

func (pacer) until(t time.Time) { time.Sleep(time.Until(t)) }

func (pacer) close() {}

func isReset(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNABORTED) || errors.Is(err, windows.WSAESHUTDOWN)
}

func isRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }

func isUnreachable(err error) bool {
	return errors.Is(err, windows.WSAEHOSTUNREACH) || errors.Is(err, windows.WSAENETUNREACH)
}

// isPassing: no room for a datagram, or the ICMP answer to an earlier one.
func isPassing(err error) bool {
	return errors.Is(err, windows.WSAENOBUFS) || errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNREFUSED)
}

// segment has the stack cut what is written into datagrams of so many bytes: UDP_SEND_MSG_SIZE, from
// Windows 10 version 2004 (https://learn.microsoft.com/windows/win32/winsock/ipproto-udp-socket-options).
func segment(conn *net.UDPConn, size int) error { return setUDP(conn, windows.UDP_SEND_MSG_SIZE, size) }

// coalesce lets the stack hand over several datagrams at once, so many bytes at the most:
// UDP_RECV_MAX_COALESCED_SIZE, of the same page.
func coalesce(conn *net.UDPConn, most int) error {
	return setUDP(conn, windows.UDP_RECV_MAX_COALESCED_SIZE, most)
}

func setUDP(conn *net.UDPConn, option, value int) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) {
		set = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_UDP, option, value)
	}); err != nil {
		return err
	}
	return set
}
