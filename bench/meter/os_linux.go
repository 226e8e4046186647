package meter

import (
	"errors"
	"net"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pacer waits for points in time to some microseconds. Go's own timers share the network poller's
// wait, which the kernel rounds to milliseconds; a thread of its own, whose timers the kernel does
// not put together with others, sleeps to the moment.
type pacer struct{}

func newPacer() pacer {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // ns; without it requests are 50 us late, which the figures say
	return pacer{}
}

func (pacer) until(t time.Time) {
	for d := time.Until(t); d > 0; d = time.Until(t) {
		ts := unix.NsecToTimespec(int64(d))
		_ = unix.Nanosleep(&ts, nil) // a signal is no reason to be early: the loop goes on
	}
}

func (pacer) close() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0: the thread's default again
	runtime.UnlockOSThread()
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

func isUnreachable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}

// isPassing: a full queue of the device, or the ICMP answer to an earlier datagram.
func isPassing(err error) bool {
	return errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ECONNREFUSED)
}

// segment has the stack cut what is written into datagrams of so many bytes (UDP_SEGMENT, udp(7)).
func segment(conn *net.UDPConn, size int) error { return setUDP(conn, unix.UDP_SEGMENT, size) }

// coalesce lets the stack hand over several datagrams at once (UDP_GRO, udp(7)).
func coalesce(conn *net.UDPConn, _ int) error { return setUDP(conn, unix.UDP_GRO, 1) }

func setUDP(conn *net.UDPConn, option, value int) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) { set = unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, option, value) }); err != nil {
		return err
	}
	return set
}
