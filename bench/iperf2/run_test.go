package iperf2

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/results/record"
)

// recent is a version whose TCP clients wait for the server.
var recent = Version{Number: "2.1.8", Major: 2, Minor: 1, Patch: 8}

// fake writes a shell script that plays the client. Nobody forks meanwhile: a child of a parallel test would hold the
// file open for writing until it execs, and a program that is open for writing cannot be started (ETXTBSY).
func fake(t *testing.T, script string) Runner {
	t.Helper()
	path := filepath.Join(t.TempDir(), "iperf")
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return Runner{Path: path, Version: recent, Grace: time.Minute, KillAfter: 200 * time.Millisecond}
}

// prints is a client that prints a file of testdata.
func prints(t *testing.T, name string) Runner {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name+".out"))
	if err != nil {
		t.Fatal(err)
	}
	return fake(t, "cat "+path+"\n")
}

var anywhere = Target{Address: "192.0.2.1", Port: 5001}

func TestArgs(t *testing.T) {
	for _, tt := range []struct {
		target Target
		w      record.Workload
		want   string
	}{
		{anywhere, tcp(3, 4), "-c 192.0.2.1 -p 5001 -f b -t 3 -P 4 -Z cubic"},
		{Target{Address: "192.0.2.1", Port: 5001, Bind: "192.0.2.2"}, record.Workload{Protocol: record.TCP, Seconds: 1, Congestion: "reno"}, "-c 192.0.2.1 -p 5001 -B 192.0.2.2 -f b -t 1 -P 1 -Z reno"},
		{anywhere, udp(2, "1.5M"), "-c 192.0.2.1 -p 5001 -f b -t 2 -u -l 1000 -b 1500000"}, // of 1.5M iperf2 would make 1572864
		{Target{Address: "fd00::1", Port: 1}, udp(2, "2G"), "-c fd00::1 -p 1 -V -f b -t 2 -u -l 1000 -b 2000000000"},
	} {
		if got := strings.Join(Args(tt.target, tt.w), " "); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
}

func TestRunReadsAWholeText(t *testing.T) {
	o := prints(t, "tcp.2.1.8-2.1.8").Run(t.Context(), anywhere, tcp(1, 1))
	// The text is of a run of a second, the script ends at once.
	if o.Class != record.Implausible || !strings.Contains(o.Reason, "the client's process") {
		t.Errorf("class %s (%s): the run was longer than its process", o.Class, o.Reason)
	}
	r := prints(t, "udp.2.1.8-2.1.8")
	o = r.Run(t.Context(), anywhere, udp(1, "5M"))
	if o.Class != record.OK || len(o.Metrics) != 3 || o.Bytes != 628000 || o.ClientVersion != "iperf 2.1.8" {
		t.Fatalf("class %s (%s), %+v", o.Class, o.Reason, o)
	}
	for i, want := range []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 5.011786}, {Name: "loss", Unit: "%", Better: "lower"}, {Name: "jitter", Unit: "ms", Better: "lower"}} {
		if o.Metrics[i] != want {
			t.Errorf("%+v, want %+v", o.Metrics[i], want)
		}
	}
}

// TestOldClient: a TCP client before 2.1 says that all is well of a server that was killed in
// mid-test, and too much of any other: it is not asked.
func TestOldClient(t *testing.T) {
	for _, tt := range []struct {
		name    string
		seconds int
	}{{"tcp.2.0.5-2.0.5", 1}, {"srvkill.2.0.5", 3}} {
		out, stderr := text(t, tt.name)
		if _, class, _ := judge(string(out), asked{workload: tcp(tt.seconds, 1)}); class != record.OK || len(stderr) > 0 {
			t.Errorf("%s: class %s: this text looks whole", tt.name, class)
		}
		for _, v := range []Version{{Number: "2.0.5", Major: 2, Patch: 5}, {}} {
			r := prints(t, tt.name)
			r.Version = v
			o := r.Run(t.Context(), anywhere, tcp(tt.seconds, 1))
			if o.Class != record.BadArguments || len(o.Metrics) > 0 || o.Raw != nil || !strings.Contains(o.Reason, "host.iperf2") {
				t.Errorf("%s by %s: class %s (%s), %v", tt.name, v, o.Class, o.Reason, o.Metrics)
			}
		}
	}
}

func TestRunWithoutClient(t *testing.T) {
	o := Runner{Path: "/nonexistent/iperf", Version: recent}.Run(t.Context(), anywhere, tcp(1, 1))
	if o.Class != record.Failed || !strings.Contains(o.Reason, "host.iperf2") {
		t.Errorf("class %s, reason %q: want %s and the remedy", o.Class, o.Reason, record.Failed)
	}
}

// TestRunLeavesNothing has a client that ignores SIGTERM and a child of it that holds the pipes open.
func TestRunLeavesNothing(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	r := fake(t, "trap '' TERM\nsleep 600 &\necho $$ $! > "+pids+"\nwait\nsleep 600\n")
	r.Grace = 400 * time.Millisecond
	o := r.Run(t.Context(), anywhere, tcp(0, 1))
	if o.Class != record.HangKilled || len(o.Metrics) > 0 {
		t.Errorf("class %s (%s)", o.Class, o.Reason)
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Skipf("SKIPPED: the script did not get as far as its child in time: %v", err)
	}
	for _, field := range strings.Fields(string(text)) {
		pid, _ := strconv.Atoi(field)
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

func TestHostileOutputs(t *testing.T) {
	for name, out := range map[string]string{
		"words that paint": "Client connecting to \x1b[31m\u202e, TCP port 1\n\x1b]0;owned\x07 Bytes" + strings.Repeat("x", 1<<20) + "\n",
		"streams":          strings.Repeat("[  7] local a port 1 connected with b port 2\n", 50_000),
		"many streams":     manyStreams(90_000),
		"figures":          strings.Repeat("[  1] 0.0000-1.0000 sec  125 Bytes  1000 bits/sec\n", 60_000),
		"lines":            strings.Repeat("\n", 3<<20),
		"a long line":      strings.Repeat("[", 4<<20),
		"digits":           "[  1] 0.0000-1.0000 sec  " + strings.Repeat("9", 3<<20) + " Bytes 1 bits/sec\n",
		"longer than kept": strings.Repeat("-", 5<<20),
		"NUL":              strings.Repeat("\x00", 1<<20),
		"no UTF-8":         "Bytes \xff\xfe\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, w := range []record.Workload{tcp(1, 1), udp(1, "5M")} {
				o := fake(t, "cat "+path+"\n").Run(t.Context(), anywhere, w)
				if record.Usable(o.Class) || len(o.Metrics) > 0 || o.Reason == "" || len(o.Reason) > 2000 || strings.ContainsAny(o.Reason, "\x1b\n\x00") {
					t.Errorf("class %s with %d metrics: %q", o.Class, len(o.Metrics), o.Reason)
				}
			}
		})
	}
}

func manyStreams(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("[" + strconv.Itoa(i) + "] Sent 5 datagrams\n")
	}
	return b.String()
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{
		"iperf version 2.1.8 (12 August 2022) pthreads\n":    "2.1.8",
		"iperf version 2.0.5 (08 Jul 2010) pthreads\n":       "2.0.5",
		"iperf version 2.0.13a (17 Oct 2018) pthreads\n":     "2.0.13a",
		"iperf version 2.2.0-rc (26 March 2024) pthreads\n":  "2.2.0-rc",
		"\r\niperf version 2.0.2 (03 May 2005) pthreads\r\n": "2.0.2",
	} {
		v, err := ParseVersion(text)
		if err != nil || v.Number != want || v.Major != 2 || v.AwaitsServer() != strings.HasPrefix(want, "2.1") && v.AwaitsServer() != strings.HasPrefix(want, "2.2") {
			t.Errorf("%q: %+v, %v", text, v, err)
		}
	}
	for _, text := range []string{"", "iperf 3.12 (cJSON 1.7.15)", "iperf version 1.7.0 (13 Mar 2003) win32 threads", "iperf version 99999999999999999999.1", "hello\x1b[2J"} {
		if v, err := ParseVersion(text); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %+v, %v", text, v, err)
		}
	}
}

func TestProbe(t *testing.T) {
	for _, script := range []string{"echo 'iperf version 2.1.8 (12 August 2022) pthreads' >&2; exit 1\n", "echo 'iperf version 2.1.8 (12 August 2022) pthreads'\n"} {
		if v, err := fake(t, script).Probe(t.Context()); err != nil || v.Number != "2.1.8" {
			t.Errorf("%+v, %v", v, err)
		}
	}
	for _, r := range []Runner{{Path: "no-such-iperf"}, {Path: "/nonexistent/iperf"}, fake(t, "exit 1\n")} {
		if v, err := r.Probe(t.Context()); err == nil || v.Known() {
			t.Errorf("%s: %+v, %v", r.Path, v, err)
		}
	}
}

func TestRetries(t *testing.T) {
	for class, want := range map[string]Retry{
		record.ConnectionRefused: {3, time.Second, true}, record.UDPBlocked: {1, time.Second, true}, record.PeerLost: {1, time.Second, true},
		record.HangKilled: {0, 0, true}, record.Implausible: {}, record.UnsupportedByServer: {}, record.OK: {},
	} {
		if got := RetryOf(class); got != want {
			t.Errorf("%s: %+v, want %+v", class, got, want)
		}
	}
}

// client is the runner of the installed iperf, or a loud skip.
func client(t *testing.T) Runner {
	t.Helper()
	path, err := exec.LookPath("iperf")
	if err != nil {
		t.Skipf("SKIPPED: iperf is not installed: %v", err)
	}
	r := Runner{Path: path}
	if r.Version, err = r.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// servers are the iperf2 servers of the loopback, one for each protocol; they end with the test.
func servers(t *testing.T, r Runner) (Target, map[string]*os.Process) {
	t.Helper()
	target := Target{Address: "127.0.0.1", Port: freePort(t), Server: r.Version}
	all := map[string]*os.Process{}
	for protocol, args := range map[string][]string{record.TCP: nil, record.UDP: {"-u", "-l", "65507"}} {
		cmd := exec.Command(r.Path, append([]string{"-s", "-p", strconv.Itoa(target.Port)}, args...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		all[protocol] = cmd.Process
	}
	for _, protocol := range []string{"tcp", "udp"} {
		awaitBound(t, protocol, target.Port)
	}
	return target, all
}

// awaitBound waits until a socket of this machine has the port.
func awaitBound(t *testing.T, protocol string, port int) {
	t.Helper()
	hex := strings.ToUpper(strconv.FormatInt(int64(port), 16))
	for range 2000 {
		table, err := os.ReadFile("/proc/net/" + protocol)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(table), ":"+strings.Repeat("0", 4-len(hex))+hex+" 00000000:0000 ") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("no %s socket has port %d", protocol, port)
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
	target, _ := servers(t, r)
	target.Bind = "127.0.0.1"
	large := udp(1, "5M")
	large.Length = 1472
	for _, tt := range []struct {
		w       record.Workload
		metrics string
	}{{tcp(1, 1), "throughput"}, {tcp(1, 3), "throughput"}, {udp(1, "5M"), "throughput loss jitter"}, {large, "throughput loss jitter"}} {
		time.Sleep(Gap(tt.w))
		o := r.Run(t.Context(), target, tt.w)
		if o.Class == record.Implausible { // a machine short of time can stretch a second beyond the gate
			t.Logf("SKIPPED: this machine is too busy to measure on: %s", o.Reason)
			continue
		}
		if o.Class != record.OK {
			t.Fatalf("%+v: class %s: %s\n%s%s", tt.w, o.Class, o.Reason, o.Raw, o.Stderr)
		}
		var names []string
		for _, m := range o.Metrics {
			names = append(names, m.Name)
		}
		if got := strings.Join(names, " "); got != tt.metrics || o.Metrics[0].Value <= 0 || o.Bytes <= 0 || len(o.Notes) > 0 {
			t.Errorf("%+v: %+v", tt.w, o)
		}
	}
}

func TestRunRefused(t *testing.T) {
	r := client(t)
	for _, w := range []record.Workload{tcp(1, 1), udp(1, "1M")} {
		o := r.Run(t.Context(), Target{Address: "127.0.0.1", Port: freePort(t)}, w)
		if o.Class != record.ConnectionRefused || len(o.Metrics) != 0 || o.ExitCode != 0 {
			t.Errorf("%s: class %s (%s), exit code %d", w.Protocol, o.Class, o.Reason, o.ExitCode)
		}
	}
}

func TestRunBadArguments(t *testing.T) {
	r := client(t)
	target, _ := servers(t, r)
	w := tcp(1, 1)
	w.Congestion = "nosuch"
	if o := r.Run(t.Context(), target, w); o.Class != record.BadArguments {
		t.Errorf("class %s (%s)", o.Class, o.Reason)
	}
	target.Address = "nosuch.invalid"
	if o := r.Run(t.Context(), target, tcp(1, 1)); o.Class != record.BadArguments {
		t.Errorf("class %s (%s)", o.Class, o.Reason)
	}
}

// TestRunServerKilled kills the servers in mid-test: the client ends with 0 and prints figures.
func TestRunServerKilled(t *testing.T) {
	r := client(t)
	for _, w := range []record.Workload{tcp(4, 1), udp(2, "1M")} {
		target, processes := servers(t, r)
		time.AfterFunc(700*time.Millisecond, func() { _ = processes[w.Protocol].Kill() })
		o := r.Run(t.Context(), target, w)
		want := map[string]string{record.TCP: record.PeerLost, record.UDP: record.ConnectionRefused}[w.Protocol]
		if o.Class != want || len(o.Metrics) != 0 {
			t.Errorf("%s: class %s (%s) with %d metrics, want %s with none", w.Protocol, o.Class, o.Reason, len(o.Metrics), want)
		}
	}
}

// TestRunServerFrozen freezes the servers: what was handed over did not arrive, and no version says so.
func TestRunServerFrozen(t *testing.T) {
	r := client(t)
	for _, w := range []record.Workload{tcp(1, 1), udp(1, "1M")} {
		target, processes := servers(t, r)
		if err := processes[w.Protocol].Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		o := r.Run(t.Context(), target, w)
		t.Logf("%s: %s (%s)", w.Protocol, o.Class, o.Reason)
		if record.Usable(o.Class) || len(o.Metrics) != 0 {
			t.Errorf("%s: class %s with %v\n%s", w.Protocol, o.Class, o.Metrics, o.Raw)
		}
	}
}

// TestRunSilentServer has a program listen that takes connections and reads nothing.
func TestRunSilentServer(t *testing.T) {
	r := client(t)
	r.Grace, r.KillAfter = 5*time.Second, 300*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // with it the connections that nobody took
	o := r.Run(t.Context(), Target{Address: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}, tcp(1, 1))
	t.Logf("%s (%s)\n%s", o.Class, o.Reason, o.Raw)
	if record.Usable(o.Class) || len(o.Metrics) != 0 {
		t.Errorf("class %s with %v", o.Class, o.Metrics)
	}
}

// TestRunBlackHole has a socket swallow what comes: nothing is answered.
func TestRunBlackHole(t *testing.T) {
	r := client(t)
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := r.Run(t.Context(), Target{Address: "127.0.0.1", Port: c.LocalAddr().(*net.UDPAddr).Port}, udp(1, "1M"))
	if o.Class != record.UDPBlocked || len(o.Metrics) != 0 {
		t.Errorf("class %s (%s) with %v", o.Class, o.Reason, o.Metrics)
	}
}

func TestRunCanceled(t *testing.T) {
	r := client(t)
	target, _ := servers(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if o := r.Run(ctx, target, tcp(30, 1)); o.Class != record.Interrupted || len(o.Metrics) != 0 {
		t.Errorf("class %s (%s)", o.Class, o.Reason)
	}
}
