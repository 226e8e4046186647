package apply_test

import (
	"strings"
	"testing"

	"vnettune/trouble"
)

func TestXPIPerf(t *testing.T) {
	x := newXP(t)
	old := x.start(`c:\VNETTUNE\iperf3.exe`, `c:\VNETTUNE\iperf3.exe -s -p 5201`)
	other := x.start(`D:\other\iperf3.exe`, `D:\other\iperf3.exe -c 192.0.2.1`)
	g := x.guest()
	s, err := g.StartIPerf(t.Context(), xpIPerf, 5201)
	if err != nil {
		t.Fatal(err)
	}
	if _, runs := x.processes[old]; runs || s.PID == old || s.Version != "iperf 3.1.3\nCYGWIN_NT-5.1 xp 2.5.2 i686" || !s.Listening {
		t.Errorf("server %+v; the one before runs: %v", s, runs)
	}
	if err := g.StopIPerf(t.Context(), xpIPerf, 5201); err != nil {
		t.Fatal(err)
	}
	if _, runs := x.processes[other]; !runs || len(x.processes) != 1 {
		t.Errorf("left %v, want the other program only", x.processes)
	}
}

func TestXPIPerfFailures(t *testing.T) {
	for _, c := range []struct {
		name, exe, want string
		set             func(*xp)
	}{
		{"no program", xpIPerf, "put iperf3 there, or set guest.iperf", func(x *xp) { x.noIPerf = true }},
		{"port taken", xpIPerf, "another program of the guest listens on port 5201", func(x *xp) { x.listener = true }},
		{"does not end", xpIPerf, "goes on running", func(x *xp) { x.stubborn = true; x.start(xpIPerf, xpIPerf+" -s -p 5201") }},
		{"a name", "iperf3.exe", "full path", func(*xp) {}},
		{"a space", `C:\Program Files\iperf3.exe`, "letters, digits and _.- only", func(*xp) {}},
		{"hostile", `C:\a.exe" & calc & ".exe`, "full path", func(*xp) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newXP(t)
			c.set(x)
			_, err := x.guest().StartIPerf(t.Context(), c.exe, 5201)
			if err == nil || !strings.Contains(trouble.Line(err), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			for _, l := range x.lines {
				if strings.Contains(l, "calc") {
					t.Errorf("sent %q", l)
				}
			}
		})
	}
}

func TestXPStopsOnlyAProgramByItsPath(t *testing.T) {
	x := newXP(t)
	x.start(xpIPerf, xpIPerf+" -s -p 5201")
	if err := x.guest().StopIPerf(t.Context(), "iperf3.exe", 5201); err == nil || !strings.Contains(trouble.Line(err), "full path") {
		t.Errorf("error %v; the server goes on and nothing says so", err)
	}
}
