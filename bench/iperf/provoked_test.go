package iperf

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/results/record"
)

// live is a real iperf3 server that a test does something to.
type live struct {
	t      *testing.T
	r      Runner
	target Target
	cmd    *exec.Cmd
	began  chan struct{} // closed at the first interval of a test
}

// begin starts the server, at the port of the one before if there was one.
func (l *live) begin() {
	l.t.Helper()
	l.cmd = exec.Command(l.r.Path, "-s", "-B", l.target.Address, "-p", strconv.Itoa(l.target.Port), "-i", "0.5", "--forceflush")
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), "listening") {
			continue
		}
		began := make(chan struct{})
		l.began = began
		go func() {
			for lines.Scan() {
				if began != nil && strings.Contains(lines.Text(), "sec ") {
					close(began)
					began = nil
				}
			}
		}()
		return
	}
	l.t.Fatal("the server ended before it listened")
}

// end kills the server, stopped or not.
func (l *live) end() {
	_ = l.cmd.Process.Kill()
	_ = l.cmd.Wait()
}

// inTheMiddle does something to the server once a test has begun.
func (l *live) inTheMiddle(do func()) {
	began := l.began
	go func() {
		<-began
		do()
	}()
}

// signal sends the server one.
func (l *live) signal(s syscall.Signal) func() {
	return func() { _ = l.cmd.Process.Signal(s) }
}

// TestFailuresProvoked does to real programs what goes wrong in the field: each failure has its class and no number, and
// the repetition behind it works. docs/failures.md has the table.
func TestFailuresProvoked(t *testing.T) {
	t.Parallel()
	to := record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3}
	from := record.Workload{Protocol: record.TCP, Direction: record.FromGuest, Seconds: 3}
	udp := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 1, Rate: "5M", Length: 1200}
	for _, c := range []struct {
		name    string
		w       record.Workload
		provoke func(l *live) (at Target, ctx context.Context)
		class   string
	}{
		{"frozen (SIGSTOP) while it receives", to, func(l *live) (Target, context.Context) {
			l.inTheMiddle(l.signal(syscall.SIGSTOP))
			return l.target, nil
		}, record.HangKilled},
		{"frozen (SIGSTOP) while it sends", from, func(l *live) (Target, context.Context) {
			l.inTheMiddle(l.signal(syscall.SIGSTOP))
			return l.target, nil
		}, record.HangKilled},
		{"killed in mid-test (SIGKILL)", to, func(l *live) (Target, context.Context) {
			l.inTheMiddle(l.signal(syscall.SIGKILL))
			return l.target, nil
		}, record.PeerLost},
		{"ended in mid-test (SIGTERM)", to, func(l *live) (Target, context.Context) {
			l.inTheMiddle(l.signal(syscall.SIGTERM))
			return l.target, nil
		}, record.ServerTerminated},
		{"not there", to, func(l *live) (Target, context.Context) {
			l.end()
			return l.target, nil
		}, record.ConnectionRefused},
		{"busy with another client", to, func(l *live) (Target, context.Context) {
			other := exec.Command(l.r.Path, "-c", l.target.Address, "-p", strconv.Itoa(l.target.Port), "-t", "30")
			if err := other.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
			<-l.began
			return l.target, nil
		}, record.ServerBusy},
		{"a black hole: nobody answers", to, func(l *live) (Target, context.Context) {
			return Target{Address: "127.0.0.1", Port: fullListener(t)}, nil
		}, record.ConnectTimeout},
		{"no way there", to, func(l *live) (Target, context.Context) {
			return Target{Address: "255.255.255.255", Port: l.target.Port}, nil
		}, record.NoRoute},
		{"UDP blocked, TCP let through", udp, func(l *live) (Target, context.Context) {
			return Target{Address: "127.0.0.1", Port: tcpAlone(t, l.target)}, nil
		}, record.UDPBlocked},
		{"another program listens there", to, func(l *live) (Target, context.Context) {
			return Target{Address: "127.0.0.1", Port: greeter(t)}, nil
		}, record.UnsupportedByServer},
		{"told to stop", to, func(l *live) (Target, context.Context) {
			ctx, cancel := context.WithCancel(t.Context())
			l.inTheMiddle(cancel)
			return l.target, ctx
		}, record.Interrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := client(t)
			r.Grace = 8 * time.Second // more than the client's own time-outs: --connect-timeout, --rcv-timeout
			l := &live{t: t, r: r, target: Target{Bind: "127.0.0.1", Address: "127.0.0.1", Port: freePort(t)}}
			if c.w.Protocol == record.UDP {
				r.Grace = 0
			}
			l.begin()
			defer func() { l.end() }()
			at, ctx := c.provoke(l)
			if ctx == nil {
				ctx = t.Context()
			}
			o := r.Run(ctx, at, c.w)
			t.Logf("%-36s %-20s %4.1f s  %s", c.name, o.Class, o.ElapsedSeconds, o.Reason)
			if o.Class != c.class || len(o.Metrics) != 0 {
				t.Errorf("class %s (%s) with %d metrics, want %s with none", o.Class, o.Reason, len(o.Metrics), c.class)
			}
			if RetryOf(c.w, o.Class).RestartServer || o.Class == record.ServerBusy || o.Class == record.Interrupted {
				l.end() // as the loop does: the guest is asked to start it anew
				l.begin()
			}
			again := c.w
			again.Seconds = 1
			if o = r.Run(t.Context(), l.target, again); o.Class == record.Implausible {
				t.Skipf("SKIPPED: this machine is too busy to measure on: %s", o.Reason)
			}
			if o.Class != record.OK || len(o.Metrics) == 0 {
				t.Errorf("the repetition behind it: %s (%s)", o.Class, o.Reason)
			}
		})
	}
}

// fullListener is a port whose queue of connections is full, so that nobody is answered any more.
func fullListener(t *testing.T) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := name.(*syscall.SockaddrInet4).Port
	for range 4 {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), 200*time.Millisecond)
		if err != nil {
			return port
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Skip("NOT TESTED: a black hole: this kernel's queue of connections has no end")
	return 0
}

// tcpAlone relays TCP to a server and swallows the datagrams, as a firewall's rule for TCP alone does.
func tcpAlone(t *testing.T, to Target) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	port := l.Addr().(*net.TCPAddr).Port
	deaf, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deaf.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", net.JoinHostPort(to.Address, strconv.Itoa(to.Port)))
			if err != nil {
				in.Close()
				return
			}
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					_, _ = io.Copy(way[0], way[1])
					way[0].Close()
				}()
			}
		}
	}()
	return port
}

// greeter is a program that is no iperf3, and says so first.
func greeter(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "SSH-2.0-OpenSSH_9.2p1\r\n")
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}
