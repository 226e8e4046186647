package apply_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

// seedXP is the seed page's five values, with the placebo.
var seedXP = []string{"afd.DefaultReceiveWindow", "afd.DefaultSendWindow", "afd.FastSendDatagramThreshold", "tcpip.Tcp1323Opts", "tcpip.TcpWindowSize", matrix.PlaceboID}

var seedXPValues = map[string]matrix.Value{"afd.DefaultReceiveWindow": "1048576", "afd.DefaultSendWindow": "1048576",
	"afd.FastSendDatagramThreshold": "16384", "tcpip.Tcp1323Opts": "1", "tcpip.TcpWindowSize": "1048576", matrix.PlaceboID: "1"}

func originalsXP(t *testing.T, x *xp, ids ...string) (*apply.Guest, record.Originals, error) {
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
			if gen, err := apply.GenerationOf(f); gen != matrix.XP || err != nil {
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
			var again record.Guest
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
	targets, err := apply.Targets(o, combination(o, seedXPValues))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := g.Write(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range bytes.Split(raw, []byte{'\n'}) {
		if !json.Valid(answer) {
			t.Errorf("raw %s", answer)
		}
	}
	if got := x.registry[strings.ToLower(afdKey)]["defaultsendwindow"]; got != (regValue{"DefaultSendWindow", "REG_DWORD", "0x100000"}) {
		t.Errorf("the registry has %v", got)
	}
	r, err := g.Reboot(t.Context(), rebootLimits)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Signs) != 2 || !strings.Contains(r.Signs[0], "process 1004 of 2026-03-01T12:00:00Z is gone") || !r.BootAfter.After(r.Before) || r.Down.IsZero() {
		t.Errorf("proof %+v", r)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if !r.OK() || r.InEffect != record.NotObservable {
			t.Errorf("%s", r)
		}
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
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
	if err := x.guest().Restore(t.Context(), o, rebootLimits); err != nil {
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
	targets, err := apply.Targets(o, combination(o, seedXPValues))
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
