package apply_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/results/record"
	"vnettune/trouble"
)

var bothProtocols = []string{terms.TCP, terms.UDP}

func TestXPIPerf2(t *testing.T) {
	x := newXP(t)
	old := x.start(`c:\VNETTUNE\iperf.exe`, `c:\VNETTUNE\iperf.exe -s -u -l 65507 -p 5001`)
	iperf3 := x.start(xpIPerf, xpIPerf+" -s -p 5201")
	g := x.guest()
	for _, protocols := range [][]string{bothProtocols, {terms.TCP}, {terms.UDP}} {
		s, err := g.StartIPerf2(t.Context(), xpIPerf2, 5001, protocols)
		if err != nil {
			t.Fatal(err)
		}
		if _, runs := x.processes[old]; runs || s.PID == 0 || s.Version != "iperf version 2.0.5 (08 Jul 2010) win32 threads" || !s.Listening || len(x.processes) != 1+len(protocols) {
			t.Errorf("%v: server %+v; %v", protocols, s, x.processes)
		}
		if s, err = g.StatusIPerf2(t.Context(), xpIPerf2, 5001, protocols); err != nil || !s.Listening || s.PID == 0 {
			t.Errorf("%v: status %+v, %v", protocols, s, err)
		}
	}
	if s, err := g.StatusIPerf2(t.Context(), xpIPerf2, 5001, bothProtocols); err != nil || s.Listening {
		t.Errorf("TCP has no server: %+v, %v", s, err)
	}
	if err := g.StopIPerf2(t.Context(), xpIPerf2); err != nil {
		t.Fatal(err)
	}
	if _, runs := x.processes[iperf3]; !runs || len(x.processes) != 1 {
		t.Errorf("left %v, want iperf3 only", x.processes)
	}
}

func TestXPIPerf2Failures(t *testing.T) {
	for _, c := range []struct {
		name, exe, want string
		set             func(*xp)
	}{
		{"no program", xpIPerf2, "put iperf 2 there, or set guest.iperf2", func(x *xp) { x.noIPerf = true }},
		{"iperf3", xpIPerf, "does not answer as iperf 2", func(*xp) {}},
		{"TCP port taken", xpIPerf2, "another program of the guest has tcp port 5001", func(x *xp) { x.start(`C:\x.exe`, `C:\x.exe -s -p 5001`) }},
		{"UDP port taken", xpIPerf2, "another program of the guest has udp port 5001", func(x *xp) { x.start(`C:\x.exe`, `C:\x.exe -s -u -l 65507 -p 5001`) }},
		{"UDP never listens", xpIPerf2, "does not listen on port 5001", func(x *xp) { x.neverUDP = true }},
		{"does not end", xpIPerf2, "goes on running", func(x *xp) { x.stubborn = true; x.start(xpIPerf2, xpIPerf2+" -s -p 5001") }},
		{"a name", "iperf.exe", "set guest.iperf2 to its full path", func(*xp) {}},
		{"hostile", `C:\a.exe" & calc & ".exe`, "full path", func(*xp) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newXP(t)
			c.set(x)
			_, err := x.guest().StartIPerf2(t.Context(), c.exe, 5001, bothProtocols)
			if err == nil || !strings.Contains(trouble.Line(err), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if slices.ContainsFunc(x.lines, func(l string) bool { return strings.Contains(l, "calc") }) {
				t.Errorf("sent %q", x.lines)
			}
		})
	}
}

// A guest with a PowerShell has iperf3 and the meter.
func TestNoIPerf2ByPowerShell(t *testing.T) {
	s := newStandIn(t)
	s.start()
	if _, err := s.guest().StartIPerf2(t.Context(), xpIPerf2, 5001, bothProtocols); !errors.Is(err, terms.ErrNotAsked) {
		t.Errorf("%v", err)
	}
}

// shells is the fake whose shells take so many commands each. One that is for the machine that has just
// answered, as a start and an end of a process are, does not run in another.
type shells struct {
	*xp
	room, started, refused int
}

func (s *shells) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if s.started == s.room {
		s.started = 0
		if strings.HasPrefix(command, "taskkill") || strings.HasPrefix(command, "wmic process call create") {
			s.refused++
			return winrm.Result{}, &winrm.NetError{Step: "command", Err: winrm.ErrShellGone}
		}
	}
	s.started++
	return s.xp.Run(ctx, command, stdin)
}

// The shells of XP's WinRM take 15 commands each: wherever one is full, iperf2 is started and ended all the same.
func TestXPIPerf2InShortShells(t *testing.T) {
	refused := 0
	for room := 8; room <= 24; room++ {
		x := newXP(t)
		x.start(xpIPerf2, xpIPerf2+" -s -p 5001")
		s := &shells{xp: x, room: room}
		g := apply.New(s, netip.MustParseAddr("192.0.2.2"), 5985, x)
		f, _, err := g.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		g.Expect(record.IdentityOf(f, record.Adapter{}))
		if _, err := g.StartIPerf2(t.Context(), xpIPerf2, 5001, bothProtocols); err != nil || len(x.processes) != 2 {
			t.Errorf("room for %d: %v; %v", room, err, x.processes)
		}
		if err := g.StopIPerf2(t.Context(), xpIPerf2); err != nil || len(x.processes) != 0 {
			t.Errorf("room for %d: %v; %v", room, err, x.processes)
		}
		refused += s.refused
	}
	if refused == 0 {
		t.Error("no shell was ever full where it matters: this tests nothing")
	}
}
