package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/matrix"
)

// seedXP is the seed page's five values, with the placebo.
var seedXP = []string{"afd.DefaultReceiveWindow", "afd.DefaultSendWindow", "afd.FastSendDatagramThreshold", "tcpip.Tcp1323Opts", "tcpip.TcpWindowSize", matrix.PlaceboID}

var seedXPValues = map[string]matrix.Value{"afd.DefaultReceiveWindow": "1048576", "afd.DefaultSendWindow": "1048576",
	"afd.FastSendDatagramThreshold": "16384", "tcpip.Tcp1323Opts": "1", "tcpip.TcpWindowSize": "1048576", matrix.PlaceboID: "1"}

func originalsXP(t *testing.T, x *xp, ids ...string) (*apply.Guest, apply.Originals, error) {
	t.Helper()
	g := x.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o, err := g.Originals(t.Context(), f, plannedOn(t, matrix.XP, ids...))
	return g, o, err
}

func TestFactsOfXP(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*xp)
		kind string
	}{
		{"XP", func(*xp) {}, "windows"},
		{"Server 2003", func(x *xp) { x.build = 3790 }, "windows"},
		{"UTF-16", func(x *xp) { x.wide = true }, "windows"},
		{"west of Greenwich", func(x *xp) { x.zone = -300 }, "windows"},
		{"stand-in", func(x *xp) { x.set(`HKLM\SOFTWARE\vnettune`, regValue{"StandIn", "REG_SZ", "lab"}) }, "lab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newXP(t)
			c.set(x)
			g := x.guest()
			f, raw, err := g.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if gen, err := f.Generation(); gen != matrix.XP || err != nil {
				t.Errorf("generation %s, %v", gen, err)
			}
			if f.Kind() != c.kind || f.OEMCodePage != "437" || f.OSLanguage != 1031 || f.ProductType != 1 {
				t.Errorf("facts %+v", f)
			}
			if !f.BootTime.Time().Equal(x.boot.Truncate(time.Microsecond)) || !f.Now.Time().Equal(x.now.Truncate(time.Microsecond)) {
				t.Errorf("boot %s, clock %s; want %s, %s", f.BootTime.Time(), f.Now.Time(), x.boot, x.now)
			}
			a, err := g.AdapterUnderTest(f)
			if err != nil || !a.Up || a.GUID != "{00000000-0000-0000-0000-000000000007}" || len(f.Adapters) != 3 {
				t.Errorf("adapter %+v of %d, %v", a, len(f.Adapters), err)
			}
			// The raw answer is read by others as the facts are.
			var again apply.Facts
			if err := json.Unmarshal(raw, &again); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(f, again); d != "" {
				t.Errorf("the raw answer says otherwise:\n%s", d)
			}
		})
	}
}

func TestXPPendingRename(t *testing.T) {
	x := newXP(t)
	x.set(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`, regValue{"PendingFileRenameOperations", "REG_MULTI_SZ", `\??\C:\a\0\0\0`})
	f, _, err := x.guest().Facts(t.Context())
	if err != nil || len(f.Pending) != 1 || f.Pending[0] != "rename" {
		t.Errorf("pending %v, %v; want rename", f.Pending, err)
	}
}

func TestOtherGuestsAreNotDrivenByCommandLines(t *testing.T) {
	for build, want := range map[int]string{7601: "nt60 (build 7601, Microsoft Windows XP Professional) cannot be driven yet", 19045: "script facts: the guest answers in a form that is not known"} {
		x := newXP(t)
		x.build = build
		if _, _, err := x.guest().Facts(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("build %d: error %v, want %q", build, err, want)
		}
		for _, l := range x.lines {
			if strings.HasPrefix(l, "reg ") {
				t.Errorf("build %d was sent %s", build, l)
			}
		}
	}
}

func TestXPApplyRebootReadBackRestore(t *testing.T) {
	x := newXP(t)
	x.set(tcpipKey, regValue{"TcpWindowSize", "REG_DWORD", "0x4470"})
	before := map[string]map[string]regValue{}
	for k, v := range x.registry {
		before[k] = maps.Clone(v)
	}
	g, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := o.Targets(combination(o, seedXPValues))
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := g.Write(t.Context(), targets); err != nil || !json.Valid(raw) {
		t.Fatalf("%v; raw %s", err, raw)
	}
	if got := x.registry[strings.ToLower(afdKey)]["defaultsendwindow"]; got != (regValue{"DefaultSendWindow", "REG_DWORD", "0x100000"}) {
		t.Errorf("the registry has %v", got)
	}
	r, err := g.Reboot(t.Context(), apply.DefaultRebootLimits)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Signs) != 2 || !strings.Contains(r.Signs[1], "process 1004 of 2026-03-01T12:00:00Z is gone") || !r.BootAfter.After(r.Before) || r.Down.IsZero() {
		t.Errorf("proof %+v", r)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if !r.OK() || r.InEffect != apply.NotObservable {
			t.Errorf("%s", r)
		}
	}
	if err := g.Restore(t.Context(), o, apply.DefaultRebootLimits); err != nil {
		t.Fatal(err)
	}
	for k, v := range x.registry {
		if len(v) == 0 {
			delete(x.registry, k) // a key that was made stays, empty
		}
	}
	if d := cmp.Diff(before, x.registry, cmp.AllowUnexported(regValue{})); d != "" {
		t.Errorf("after the restore:\n%s", d)
	}
}

// A restore after a crash begins with a guest that nothing is known of.
func TestXPRestoreFirst(t *testing.T) {
	x := newXP(t)
	_, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	x.set(tcpipKey, regValue{"TcpWindowSize", "REG_DWORD", "0x100000"})
	if err := x.guest().Restore(t.Context(), o, apply.DefaultRebootLimits); err != nil {
		t.Fatal(err)
	}
	if v, ok := x.registry[strings.ToLower(tcpipKey)]["tcpwindowsize"]; ok {
		t.Errorf("the registry still has %v", v)
	}
}

func TestXPReadBackSeesAnotherValue(t *testing.T) {
	x := newXP(t)
	g, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := o.Targets(combination(o, seedXPValues))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	x.set(afdKey, regValue{"DefaultSendWindow", "REG_DWORD", "0x2000"})
	x.set(afdKey, regValue{"DefaultReceiveWindow", "REG_SZ", "1048576"})
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if want := r.ID != "afd.DefaultSendWindow" && r.ID != "afd.DefaultReceiveWindow"; r.OK() != want {
			t.Errorf("%s: ok %v, want %v", r, r.OK(), want)
		}
	}
}

func TestXPOriginalThatCannotBePutBack(t *testing.T) {
	x := newXP(t)
	x.set(tcpipKey, regValue{"TcpWindowSize", "REG_SZ", "64240"})
	_, _, err := originalsXP(t, x, seedXP...)
	if err == nil || !strings.Contains(err.Error(), "tcpip.TcpWindowSize") || !strings.Contains(err.Error(), "delete it on the guest") {
		t.Errorf("error %v, want one that names the setting and the remedy", err)
	}
}

func TestXPTakesNoAdapterProperty(t *testing.T) {
	_, _, err := originalsXP(t, newXP(t), "netkvm.TxCapacity")
	if err == nil || !strings.Contains(err.Error(), "netkvm.TxCapacity: a guest of generation xp takes registry values only") {
		t.Errorf("error %v", err)
	}
}

// Exit code 1 means absent only when reg.exe shows a value that must exist.
func TestXPFailureIsNotAbsence(t *testing.T) {
	x := newXP(t)
	g, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := o.Targets(combination(o, nil))
	if err != nil {
		t.Fatal(err)
	}
	x.regBroken = true
	if _, _, err := g.ReadBack(t.Context(), targets); err == nil || !strings.Contains(err.Error(), "cannot be trusted") {
		t.Errorf("read back: error %v", err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		// Every delete works in this registry or finds nothing; only the proof fails.
		if !strings.Contains(err.Error(), "cannot be trusted") {
			t.Errorf("write: error %v", err)
		}
	} else {
		t.Error("a delete that failed passed for done")
	}
}

func TestXPRefusedWriteNamesTheSetting(t *testing.T) {
	for _, v := range []matrix.Value{"1048576", matrix.Absent} {
		x := newXP(t)
		x.set(afdKey, regValue{"DefaultSendWindow", "REG_DWORD", "0x2000"})
		g, o, err := originalsXP(t, x, "afd.DefaultSendWindow", "tcpip.Tcp1323Opts")
		if err != nil {
			t.Fatal(err)
		}
		targets, err := o.Targets(combination(o, map[string]matrix.Value{"afd.DefaultSendWindow": v, "tcpip.Tcp1323Opts": "1"}))
		if err != nil {
			t.Fatal(err)
		}
		x.readOnly = true
		_, err = g.Write(t.Context(), targets)
		var refused *apply.WriteError
		if !errors.As(err, &refused) || refused.ID != "afd.DefaultSendWindow" {
			t.Errorf("%s: error %v, want a WriteError that names the setting", v, err)
		}
		if last := x.lines[len(x.lines)-1]; strings.Contains(last, "Tcp1323Opts") {
			t.Errorf("%s: the step after the one that failed was sent: %s", v, last)
		}
	}
}

// Values come from campaigns and stores; none may become more than a value.
func TestXPHostileStepsAreNeverSent(t *testing.T) {
	good := apply.Place{ID: "x", Kind: matrix.Registry, Path: afdKey, Name: "DefaultSendWindow", Type: "DWord"}
	number := apply.State{Exists: true, Kind: "DWord", Data: "1"}
	place := func(path, name string) apply.Target {
		p := good
		p.Path, p.Name = path, name
		return apply.Target{Place: p, Want: number}
	}
	data := func(s string) apply.Target {
		return apply.Target{Place: good, Want: apply.State{Exists: true, Kind: "DWord", Data: s}}
	}
	for _, hostile := range []apply.Target{
		data(""), data("1 & calc"), data("-1"), data("0x10"), data("01"), data("4294967296"), data("1\r\ncalc"), data("%OS%"), data("1\""),
		place(`HKLM\SOFTWARE\a" & calc & "`, "x"), place(`HKLM\SOFTWARE\%OS%`, "x"), place(`HKCU\SOFTWARE\a`, "x"), place(`HKLM`, "x"),
		place(`HKLM\SOFTWARE\a^b`, "x"), place("HKLM\\SOFTWARE\\a\nb", "x"), place(`\\other\HKLM\SOFTWARE\a`, "x"), place(`HKLM\SOFTWARE\a\`, "x"),
		place(afdKey, ""), place(afdKey, "a b"), place(afdKey, `a"`), place(afdKey, "/f"), place(afdKey, "a&b"), place(afdKey, "-a"),
		{Place: good, Want: apply.State{Exists: true, Kind: "String", Data: "text"}},
		{Place: apply.Place{ID: "x", Kind: matrix.NetshGlobal, Name: "rss"}, Want: apply.State{Exists: true, Kind: "word", Data: "enabled"}},
	} {
		x := newXP(t)
		g := x.guest()
		if _, _, err := g.Facts(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := len(x.lines)
		if _, err := g.Write(t.Context(), []apply.Target{{Place: good, Want: number}, hostile}); err == nil {
			t.Errorf("%+v was written", hostile)
		}
		if len(x.lines) != sent {
			t.Errorf("%+v: sent %q", hostile, x.lines[sent:])
		}
	}
}

// plain is what cmd.exe takes literally between quotes and outside of them.
var plain = regexp.MustCompile(`^[A-Za-z0-9 ,._\\:='"/{}-]+$`)

func TestXPSendsPlainLinesOnly(t *testing.T) {
	x := newXP(t)
	g, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.StartIPerf(t.Context(), xpIPerf, 5201); err != nil {
		t.Fatal(err)
	}
	if err := g.Restore(t.Context(), o, apply.DefaultRebootLimits); err != nil {
		t.Fatal(err)
	}
	for _, l := range x.lines[1:] { // the first one asks for PowerShell
		if !plain.MatchString(l) {
			t.Errorf("sent %q", l)
		}
	}
}

func TestXPSystemThatGoesDownIsNoNewBoot(t *testing.T) {
	for name, meanwhile := range map[string]func(*xp){
		"goes on as it was":                      func(*xp) {},
		"its clock, and so its boot time, jumps": func(x *xp) { x.boot = x.now.Add(time.Hour) },
		"its processes are ended":                func(x *xp) { clear(x.processes) },
	} {
		t.Run(name, func(t *testing.T) {
			x := newXP(t)
			x.deaf = true
			g := apply.New(&meddler{x, meanwhile}, guestAddress, 5985, x)
			_, err := g.Reboot(t.Context(), apply.RebootLimits{Down: time.Second, Up: time.Second})
			var failed *apply.RebootError
			if !errors.As(err, &failed) || failed.Stage != "going down" {
				t.Fatalf("error %v, want the stage going down", err)
			}
		})
	}
}

// meddler changes the guest whenever it is polled after the request.
type meddler struct {
	*xp
	do func(*xp)
}

func (m *meddler) Ping(ctx context.Context) error {
	m.do(m.xp)
	return m.xp.Ping(ctx)
}

func TestXPIPerf(t *testing.T) {
	x := newXP(t)
	old := x.start(`c:\VNETTUNE\iperf3.exe`, `c:\VNETTUNE\iperf3.exe -s -p 5201`)
	other := x.start(`D:\other\iperf3.exe`, `D:\other\iperf3.exe -c 192.0.2.1`)
	g := x.guest()
	s, err := g.StartIPerf(t.Context(), xpIPerf, 5201)
	if err != nil {
		t.Fatal(err)
	}
	if _, runs := x.processes[old]; runs || s.PID == old || s.Version != "iperf 3.1.3" || !s.Listening {
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
		{"a space", `C:\Program Files\iperf3.exe`, "no spaces", func(*xp) {}},
		{"hostile", `C:\a.exe" & calc & ".exe`, "full path", func(*xp) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newXP(t)
			c.set(x)
			_, err := x.guest().StartIPerf(t.Context(), c.exe, 5201)
			if err == nil || !strings.Contains(err.Error(), c.want) {
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
