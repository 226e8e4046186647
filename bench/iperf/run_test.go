package iperf

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/results/record"
)

// writeScript writes a program. Nobody forks meanwhile: a child of a parallel test would hold the file open for writing
// until it execs, and a program that is open for writing cannot be started (ETXTBSY, go.dev/issue/22315).
func writeScript(t *testing.T, path, text string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// fake writes a shell script that plays the client.
func fake(t *testing.T, script string) Runner {
	t.Helper()
	path := filepath.Join(t.TempDir(), "iperf3")
	writeScript(t, path, "#!/bin/sh\n"+script)
	return Runner{Path: path, Grace: 400 * time.Millisecond, KillAfter: 200 * time.Millisecond}
}

var (
	anywhere = Target{Address: "192.0.2.1", Port: 5201}
	upload   = record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 2, Congestion: "bbr"}
)

// patient gives a script that ends by itself as long as it needs.
func patient(r Runner) Runner {
	r.Grace = time.Minute
	return r
}

func TestRunReadsAWholeDocument(t *testing.T) {
	doc, err := filepath.Abs("testdata/corpus/01_3.12_tcp.json")
	if err != nil {
		t.Fatal(err)
	}
	o := patient(fake(t, "cat "+doc+"; exit 1\n")).Run(t.Context(), anywhere, upload)
	if o.Class != record.OK || len(o.Metrics) != 1 {
		t.Fatalf("class %s (%s), metrics %v", o.Class, o.Reason, o.Metrics)
	}
	if m := o.Metrics[0]; m.Name != "throughput" || m.Unit != "Mbit/s" || m.Better != "higher" || int(m.Value) != 2581 {
		t.Errorf("metric %+v", m)
	}
	if o.SenderCongestion != "bbr" || *o.Retransmits != 8 || o.ClientVersion != "iperf 3.12" {
		t.Errorf("congestion %q, retransmits %d, version %q", o.SenderCongestion, *o.Retransmits, o.ClientVersion)
	}
	if len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "exit code 1") {
		t.Errorf("the exit code's suspicion is not noted: %q", o.Notes)
	}
}

func TestRunOfAnotherRun(t *testing.T) {
	doc, err := filepath.Abs("testdata/corpus/01_3.12_tcp.json")
	if err != nil {
		t.Fatal(err)
	}
	r := patient(fake(t, "cat "+doc+"\n"))
	for name, w := range map[string]record.Workload{
		"other direction":  {Protocol: record.TCP, Direction: record.FromGuest, Seconds: 2},
		"other protocol":   {Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2},
		"other length":     {Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3, Congestion: "bbr"},
		"other streams":    {Protocol: record.TCP, Direction: record.ToGuest, Seconds: 2, Streams: 4, Congestion: "bbr"},
		"other congestion": {Protocol: record.TCP, Direction: record.ToGuest, Seconds: 2},
	} {
		if o := r.Run(t.Context(), anywhere, w); o.Class != record.Implausible || len(o.Metrics) != 0 {
			t.Errorf("%s: class %s with %d metrics, want %s with none", name, o.Class, len(o.Metrics), record.Implausible)
		}
	}
}

// TestRunLeavesNothing has a client that ignores SIGTERM and a child of it that
// holds the pipes open: both must be gone when Run returns.
func TestRunLeavesNothing(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	r := fake(t, `trap '' TERM
sleep 600 &
echo $$ $! > `+pids+`
wait
sleep 600
`)
	o := r.Run(t.Context(), anywhere, record.Workload{Protocol: record.TCP, Direction: record.ToGuest})
	if o.Class != record.HangKilled {
		t.Errorf("class %s (%s), want %s", o.Class, o.Reason, record.HangKilled)
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Skipf("SKIPPED: the script did not get as far as its child in time: %v", err)
	}
	for _, field := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		awaitGone(t, pid)
	}
}

// awaitGone waits until pid is gone or a zombie that nobody has collected yet.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	for range 2000 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	t.Errorf("process %d was left behind", pid)
}

func TestRunCapsOutput(t *testing.T) {
	r := patient(fake(t, "echo '{'; head -c 6000000 /dev/zero | tr '\\0' ' '; head -c 200000 /dev/zero >&2\n"))
	o := r.Run(t.Context(), anywhere, upload)
	if o.Class != record.Truncated || len(o.Raw) != maxStdout || len(o.Stderr) != maxStderr {
		t.Errorf("class %s (%s), kept %d and %d bytes", o.Class, o.Reason, len(o.Raw), len(o.Stderr))
	}
}

func TestRunWithoutClient(t *testing.T) {
	o := Runner{Path: "/nonexistent/iperf3"}.Run(t.Context(), anywhere, upload)
	if o.Class != record.Failed || !strings.Contains(o.Reason, "host.iperf") {
		t.Errorf("class %s, reason %q: want %s and the remedy", o.Class, o.Reason, record.Failed)
	}
}

func TestRunKilledFromOutside(t *testing.T) {
	for script, want := range map[string]string{
		"kill -9 $$\n": record.KilledNoOutput,
		`echo '{"event":"start","data":{}}'; printf '{"event":"int'; kill -9 $$` + "\n": record.KilledPartial,
		"echo 'iperf3: something nobody has seen' >&2; exit 1\n":                        record.Failed,
		"exit 0\n": record.Failed,
	} {
		if o := patient(fake(t, script)).Run(t.Context(), anywhere, upload); o.Class != want || o.Reason == "" {
			t.Errorf("%q: class %s (%s), want %s", script, o.Class, o.Reason, want)
		}
	}
}
