package apply_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
)

// The stand-in's XP was written from the reference without reading this package:
// where the two meet, both read the reference in the same way.
func TestXPOnTheStandIn(t *testing.T) {
	s := newStandIn(t)
	s.config.Generation, s.disk = "xp", memoryDisk{}
	s.start()
	g := s.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if gen, err := apply.GenerationOf(f); gen != matrix.XP || err != nil || f.Kind() != "lab" {
		t.Errorf("generation %s, %v, kind %q", gen, err, f.Kind())
	}
	o, err := g.Originals(t.Context(), f, plannedOn(t, matrix.XP, seedXP...))
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(o, combination(o, seedXPValues))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	r, err := g.Reboot(t.Context(), rebootLimits)
	if err != nil || len(r.Signs) != 2 {
		t.Fatalf("proof %+v, %v", r, err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if !r.OK() {
			t.Errorf("not in effect: %s", r)
		}
	}
	port := freePort(t)
	server, err := g.StartIPerf(t.Context(), xpIPerf, port)
	if err != nil || !server.Listening {
		t.Errorf("server %+v, %v", server, err)
	}
	if err := g.StopIPerf(t.Context(), xpIPerf, port); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat((*standInHost)(nil).IPerf2()); err != nil {
		t.Logf("SKIPPED: iperf is not installed: %v", err)
	} else {
		server, err := g.StartIPerf2(t.Context(), xpIPerf2, port, bothProtocols)
		if err != nil || !server.Listening || !strings.HasPrefix(server.Version, "iperf version 2.") {
			t.Errorf("iperf2 %+v, %v", server, err)
		}
		if err := g.StopIPerf2(t.Context(), xpIPerf2); err != nil {
			t.Error(err)
		}
		if server, err = g.StatusIPerf2(t.Context(), xpIPerf2, port, bothProtocols); err != nil || server.Listening || server.PID != 0 {
			t.Errorf("after the stop: %+v, %v", server, err)
		}
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
}

// freePort is a port of loopback that nothing listens on.
func freePort(t *testing.T) int {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
