package iperf

import (
	"bufio"
	"context"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"vnettune/results/record"
)

// client is the runner of the installed iperf3, or a loud skip.
func client(t *testing.T) Runner {
	t.Helper()
	path, err := exec.LookPath("iperf3")
	if err != nil {
		t.Skipf("SKIPPED: iperf3 is not installed: %v", err)
	}
	v, err := Probe(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return Runner{Path: path, Version: v}
}

// server starts an iperf3 server on the loopback and returns where it listens.
// It ends with the test, or when it prints a line with the words of dieAt.
func server(t *testing.T, r Runner, dieAt string) Target {
	t.Helper()
	target := Target{Bind: "127.0.0.1", Address: "127.0.0.1", Port: freePort(t)}
	cmd := exec.Command(r.Path, "-s", "-B", target.Address, "-p", strconv.Itoa(target.Port), "--forceflush")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listening") {
			go func() {
				for lines.Scan() { // the server must never wait for its reader
					if dieAt != "" && strings.Contains(lines.Text(), dieAt) {
						_ = cmd.Process.Kill()
					}
				}
			}()
			return target
		}
	}
	t.Fatalf("the server on port %d ended before it listened", target.Port)
	return Target{}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestRunOnLoopback(t *testing.T) {
	r := client(t)
	target := server(t, r, "")
	for _, tt := range []struct {
		name    string
		w       record.Workload
		metrics []string
	}{
		{"tcp to guest", record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1}, []string{"throughput"}},
		{"tcp from guest", record.Workload{Protocol: record.TCP, Direction: record.FromGuest, Seconds: 1, Omit: 1, Streams: 2}, []string{"throughput"}},
		{"udp to guest", record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 1, Rate: "5M", Length: 1200}, []string{"throughput", "loss", "jitter"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := r.Run(t.Context(), target, tt.w)
			// A machine short of time can stretch a second beyond the gate.
			if o.Class == record.Implausible {
				t.Skipf("SKIPPED: this machine is too busy to measure on: %s", o.Reason)
			}
			if o.Class != record.OK {
				t.Fatalf("class %s: %s\n%s%s", o.Class, o.Reason, o.Raw, o.Stderr)
			}
			var names []string
			for _, m := range o.Metrics {
				names = append(names, m.Name)
			}
			if got, want := strings.Join(names, " "), strings.Join(tt.metrics, " "); got != want {
				t.Errorf("metrics %q, want %q", got, want)
			}
			if o.Metrics[0].Value <= 0 || o.Bytes <= 0 || o.Clock.HostSeconds <= 0 {
				t.Errorf("figures missing: %+v", o)
			}
			if tt.w.Protocol == record.TCP && tt.w.Direction == record.ToGuest && o.SenderCongestion != record.DefaultCongestion {
				t.Errorf("the host sent with %q, want %q", o.SenderCongestion, record.DefaultCongestion)
			}
		})
	}
}

func TestRunRefused(t *testing.T) {
	r := client(t)
	target := Target{Address: "127.0.0.1", Port: freePort(t)}
	o := r.Run(t.Context(), target, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1})
	if o.Class != record.ConnectionRefused || len(o.Metrics) != 0 {
		t.Errorf("class %s (%s) with %d metrics, want %s with none", o.Class, o.Reason, len(o.Metrics), record.ConnectionRefused)
	}
}

func TestRunBadArguments(t *testing.T) {
	r := client(t)
	target := server(t, r, "")
	for _, w := range []record.Workload{
		{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1, Streams: 100000},
		{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1, Congestion: "nosuch"},
	} {
		if o := r.Run(t.Context(), target, w); o.Class != record.BadArguments {
			t.Errorf("%+v: class %s (%s), want %s", w, o.Class, o.Reason, record.BadArguments)
		}
	}
}

func TestRunServerKilled(t *testing.T) {
	r := client(t)
	target := server(t, r, " 0.00-") // the first interval: in mid-test
	o := r.Run(t.Context(), target, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 10})
	if o.Class != record.PeerLost || len(o.Metrics) != 0 {
		t.Errorf("class %s (%s) with %d metrics, want %s with none", o.Class, o.Reason, len(o.Metrics), record.PeerLost)
	}
}

// TestRunSilentServer is esnet/iperf issue 1862: a peer that accepts and says
// nothing holds every iperf3 for ever.
func TestRunSilentServer(t *testing.T) {
	r := client(t)
	r.Grace, r.KillAfter = 300*time.Millisecond, 300*time.Millisecond
	target := silentServer(t)
	o := r.Run(t.Context(), target, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 0})
	if o.Class != record.HangKilled || len(o.Metrics) != 0 {
		t.Errorf("class %s (%s) with %d metrics, want %s with none", o.Class, o.Reason, len(o.Metrics), record.HangKilled)
	}
}

func TestRunCanceled(t *testing.T) {
	r := client(t)
	target := silentServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if o := r.Run(ctx, target, record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 30}); o.Class != record.Interrupted {
		t.Errorf("class %s (%s), want %s", o.Class, o.Reason, record.Interrupted)
	}
}

func silentServer(t *testing.T) Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		var held []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				for _, c := range held {
					c.Close()
				}
				return
			}
			held = append(held, c)
		}
	}()
	return Target{Address: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}
