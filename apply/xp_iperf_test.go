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

// Two servers, each on a port of its own; every stop and every start ends both.
func TestXPTwoServers(t *testing.T) {
	x := newXP(t)
	g := x.guest()
	s, err := g.StartIPerf(t.Context(), xpIPerf, 5201, 5203)
	if err != nil || !s.Listening || !s.Second || len(x.processes) != 2 {
		t.Fatalf("%+v, %v: processes %v", s, err, x.processes)
	}
	if s, err := g.StatusIPerf(t.Context(), xpIPerf, 5201, 5203); err != nil || !s.Listening || !s.Second {
		t.Errorf("status %+v, %v", s, err)
	}
	if s, err := g.StartIPerf(t.Context(), xpIPerf, 5201); err != nil || s.Second || len(x.processes) != 1 {
		t.Errorf("a start of one: %+v, %v: processes %v", s, err, x.processes)
	}
	if _, err := g.StartIPerf(t.Context(), xpIPerf, 5201, 5203); err != nil {
		t.Fatal(err)
	}
	if err := g.StopIPerf(t.Context(), xpIPerf, 5201); err != nil || len(x.processes) != 0 {
		t.Errorf("stop: %v: processes %v", err, x.processes)
	}
	x.mute = "5203"
	if _, err := g.StartIPerf(t.Context(), xpIPerf, 5201, 5203); err == nil || !strings.Contains(trouble.Line(err), "does not listen on port 5203") || !strings.Contains(trouble.Line(err), "guest.iperf_second_port") {
		t.Errorf("a second server that does not listen: %v", err)
	}
	x = newXP(t)
	x.start(`D:\other\iperf3.exe`, `D:\other\iperf3.exe -s -p 5203`)
	if _, err := x.guest().StartIPerf(t.Context(), xpIPerf, 5201, 5203); err == nil || !strings.Contains(trouble.Line(err), "another program of the guest listens on port 5203") || !strings.Contains(trouble.Line(err), "guest.iperf_second_port") || len(x.processes) != 1 {
		t.Errorf("a second port that is taken: %v: processes %v", err, x.processes)
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
