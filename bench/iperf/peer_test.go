package iperf

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vnettune/results/record"
)

// A remote joins the words that it is given with blanks and has a shell take them apart, as ssh does.
const remote = `exec sh -c "$*"` + "\n"

// atPeer has the runner's client run behind a prefix that a script plays.
func atPeer(t *testing.T, r Runner, script string) Runner {
	t.Helper()
	path := filepath.Join(t.TempDir(), "remote")
	writeScript(t, path, "#!/bin/sh\n"+script)
	r.Prefix = []string{path, "peer"}
	if script == remote {
		r.Prefix = r.Prefix[:1]
	}
	return r
}

// What the prefix makes of a run: its own failures are the peer's, and what hangs there ends there.
func TestPeerOutcomes(t *testing.T) {
	doc, err := filepath.Abs("testdata/corpus/01_3.12_tcp.json")
	if err != nil {
		t.Fatal(err)
	}
	refused := `echo '{"error": "unable to connect to server: Connection refused"}'; exit 1`
	for _, tt := range []struct {
		name, prefix, client string
		class, reason        string
	}{
		{"ssh cannot connect", "echo 'ssh: connect to host lab2 port 22: No route to host' >&2; exit 255\n", "", record.PeerFailed, "No route to host"},
		{"no iperf3 at the peer", "exec sh -c 'env no-such-program'\n", "", record.PeerFailed, "127"},
		{"a program that may not run", "exit 126\n", "", record.PeerFailed, "126"},
		{"a client that hangs", remote, "exec sleep 100\n", record.HangKilled, ""},
		{"a client that hangs and will not end", remote, "trap '' TERM; while :; do sleep 0.2; done\n", record.HangKilled, ""},
		{"iperf3's own error", remote, refused + "\n", record.ConnectionRefused, ""},
		{"a document", remote, "cat " + doc + "\n", record.OK, ""},
		{"a document, and a connection that broke behind it", "cat " + doc + "; exit 255\n", "", record.OK, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := atPeer(t, fake(t, tt.client), tt.prefix)
			if tt.class == record.OK {
				r = patient(r)
			}
			o := r.Run(t.Context(), anywhere, upload)
			if o.Class != tt.class || !strings.Contains(o.Reason, tt.reason) {
				t.Errorf("%s: %s; want %s with %q", o.Class, o.Reason, tt.class, tt.reason)
			}
			if (len(o.Metrics) > 0) != (tt.class == record.OK) {
				t.Errorf("%s with %d metrics", o.Class, len(o.Metrics))
			}
		})
	}
}

// A client at the peer outlives neither its time there nor the harness's patience with the prefix.
func TestPeerIsLeftClean(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	r := atPeer(t, fake(t, "echo $$ > "+pidFile+"; exec sleep 100\n"), "setsid sh -c \"$*\" & wait $!\n")
	r.Prefix = r.Prefix[:1]
	o := r.Run(t.Context(), anywhere, upload)
	if o.Class != record.HangKilled {
		t.Errorf("%s: %s", o.Class, o.Reason)
	}
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	awaitGone(t, pid)
}

// The installed iperf3 behind a prefix, in both directions.
func TestPeerOnLoopback(t *testing.T) {
	here := client(t)
	there := atPeer(t, here, remote)
	v, err := there.Probe(t.Context())
	if err != nil || v.Number != here.Version.Number {
		t.Fatalf("%v at the peer, %v here: %v", v, here.Version, err)
	}
	for _, direction := range []string{record.ToGuest, record.FromGuest} {
		target := server(t, here, "")
		target.Bind = ""
		o := there.Run(t.Context(), target, record.Workload{Protocol: record.TCP, Direction: direction, Seconds: 1})
		if o.Class != record.OK || len(o.Metrics) == 0 {
			t.Errorf("%s: %s %s", direction, o.Class, o.Reason)
		}
	}
	if v, err := atPeer(t, here, "exit 255\n").Probe(t.Context()); err == nil {
		t.Errorf("a peer that cannot be reached has iperf3 %v", v)
	}
}
