package apply_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/lab/windows/machine"
	"vnettune/matrix"
	"vnettune/results/record"
)

// newUDP is a stand-in of 11 25H2 with an adapter on which a VLAN can be set.
func newUDP(t *testing.T, faults ...string) *standIn {
	return newStandInOf(t, machine.Config{Generation: "w11", Build: "26200", Language: "ru"}, faults...)
}

// found are the originals of settings on a w11.
func found(t *testing.T, g *apply.Guest, ids ...string) record.Originals {
	t.Helper()
	o, err := g.Originals(t.Context(), declared(t, g), plannedOn(t, matrix.W11, ids...))
	if err == nil {
		err = apply.Known(o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The switches of UDP by netsh's dump: found, written, in the same state after a boot, at their
// default, and put back. No number tells whether they are in effect.
func TestUDPGlobals(t *testing.T) {
	s := newUDP(t, "allow=uso")
	g := s.guest()
	o := found(t, g, "udp.uro", "udp.uso")
	if o.Settings[0].State.Data != "disabled" || o.Settings[1].State.Data != "enabled" {
		t.Fatalf("found %+v", o.Settings)
	}
	for _, c := range []struct{ values, has map[string]matrix.Value }{
		{map[string]matrix.Value{"udp.uro": "enabled", "udp.uso": "disabled"}, map[string]matrix.Value{"udp.uro": "enabled", "udp.uso": "disabled"}},
		{map[string]matrix.Value{"udp.uro": matrix.Default, "udp.uso": matrix.Default}, map[string]matrix.Value{"udp.uro": "disabled", "udp.uso": "enabled"}},
		{map[string]matrix.Value{"udp.uro": "enabled", "udp.uso": matrix.Found}, map[string]matrix.Value{"udp.uro": "enabled", "udp.uso": "enabled"}},
	} {
		for _, r := range readBack(t, g, o, c.values, true) {
			if !r.OK() || r.Configured != string(c.has[r.ID]) || r.InEffect != record.NotObservable || r.Reason != "configured, and so before the proven boot" {
				t.Errorf("%v: %s, in effect %s (%s)", c.values, r, r.InEffect, r.Reason)
			}
		}
	}
	if differs, err := g.Differs(t.Context(), o); err != nil || len(differs) != 1 {
		t.Errorf("before the restore: %v, %v", differs, err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Error(err)
	}
	if now := found(t, g, "udp.uro", "udp.uso"); o.Same(now) != nil {
		t.Errorf("after the restore: %v", o.Same(now))
	}
}

// The script is sent where a setting of UDP is under test, and to no other guest.
func TestUDPIsAskedWhereItIsUnderTest(t *testing.T) {
	s := newUDP(t)
	sent := &keeping{standIn: s}
	g := apply.New(sent, guestAddress, s.port, s)
	readBack(t, g, found(t, g, "tcp.rss", "ip.taskoffload", "template.congestionprovider", "netkvm.UsoIPv4"), nil, false)
	if slices.Contains(sent.names, scripts.UDP) {
		t.Errorf("sent %v", sent.names)
	}
	found(t, g, "udp.uro")
	if !slices.Contains(sent.names, scripts.UDP) {
		t.Errorf("sent %v", sent.names)
	}
}

// What a guest does not say of UDP is not known: neither a default nor a word that is not known
// stands in for it, and nothing is written.
func TestUDPFailsClosed(t *testing.T) {
	dump := func(lines ...any) func(map[string]any) {
		return func(answer map[string]any) { answer["dump"] = lines }
	}
	for _, c := range []struct {
		name   string
		spoil  func(map[string]any)
		refuse string // "" for none
	}{
		{"nothing is spoilt", func(map[string]any) {}, ""},
		{"two keys", dump("set global uso=enabled URO=Enabled"), ""},
		{"no line", dump(), "the guest does not report uro: its netsh interface udp dump has no such key"},
		{"another key", dump("set global uso=enabled"), "no such key"},
		{"a key without a value", dump("set global uro uso=enabled"), "no such key"},
		{"an empty value", dump("set global uro="), "no such key"},
		{"another line", dump("set supplemental uro=enabled"), "no such key"},
		{"another word", dump("set global uro=default"), "the guest reports uro=default, which is not known here"},
		{"a word that paints", dump("set global uro=\x1b[31mon"), "which is not known here"},
		{"netsh is refused", lacks("dump"), "the guest's dump of UDP cannot be read: Zugriff verweigert"},
		{"no list", func(answer map[string]any) { answer["dump"] = 7 }, "the guest's dump of UDP cannot be read: script udp: the guest answers in a form that is not known"},
		{"an error", func(answer map[string]any) {
			answer["error"] = map[string]any{"where": "language", "message": "Constrained"}
		}, "PowerShell is in constrained language mode there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newUDP(t)
			g := apply.New(spoilt{s, scripts.UDP, c.spoil}, guestAddress, s.port, s)
			f := declared(t, g)
			_, err := g.Originals(t.Context(), f, plannedOn(t, matrix.W11, "tcp.rss", "udp.uro"))
			if (err == nil) != (c.refuse == "") || err != nil && (!strings.Contains(err.Error(), c.refuse) || strings.ContainsRune(err.Error(), 0x1b)) {
				t.Errorf("%v; want %q", err, c.refuse)
			}
			lacking, err := g.Lacking(t.Context(), f, plannedOn(t, matrix.W11, "tcp.rss", "udp.uro"))
			if err != nil || (len(lacking) == 0) != (c.refuse == "") || len(lacking) > 0 && lacking[0].ID != "udp.uro" {
				t.Errorf("lacking %v, %v", lacking, err)
			}
		})
	}
}

// A build without the context, or without one of its keys, is given neither; a guest that takes a
// value and does not keep it is not believed.
func TestUDPOfOtherGuests(t *testing.T) {
	for _, c := range []struct{ build, id, refuse string }{
		{"20348", "udp.uro", "cannot be read: exit code 1: The following command was not found: interface udp dump."},
		{"22000", "udp.uso", "cannot be read: exit code 1"},
		{"22621", "udp.uso", "the guest does not report uso"},
		{"26100", "udp.uso", "the guest does not report uso"},
		{"26100", "udp.uro", ""},
	} {
		g := newStandInOf(t, machine.Config{Generation: "w11", Build: c.build, Language: "en"}).guest()
		f := declared(t, g)
		_, err := g.Originals(t.Context(), f, plannedOn(t, matrix.W11, c.id))
		if (err == nil) != (c.refuse == "") || err != nil && !strings.Contains(err.Error(), c.refuse) {
			t.Errorf("%s on %s: %v; want %q", c.id, c.build, err, c.refuse)
		}
		w, err := apply.WindowsOf(f)
		if err != nil {
			t.Fatal(err)
		}
		setting, _ := matrix.Catalogue().Lookup(c.id)
		if err := setting.CanSet(w); (err == nil) != (w.Build >= 22621) {
			t.Errorf("%s on %s: %v", c.id, c.build, err)
		}
	}
	g := newUDP(t, "ignore=uro").guest()
	if r := readBack(t, g, found(t, g, "udp.uro"), map[string]matrix.Value{"udp.uro": "enabled"}, true); r[0].OK() {
		t.Errorf("a switch that did not turn: %s", r[0])
	}
	g = newUDP(t, "deny=uro").guest()
	o := found(t, g, "udp.uro")
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"udp.uro": "enabled"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err == nil || !strings.Contains(err.Error(), "write udp.uro: the guest refuses it (exit code 1)") {
		t.Errorf("a switch that is refused: %v", err)
	}
}

// The dead-man switch puts the switches of UDP back: by its script, and by plain commands where an
// antivirus keeps that back.
func TestTheDeadManSwitchPutsUDPBack(t *testing.T) {
	for by, faults := range map[string][]string{"": {"allow=uso"}, deadman.ByCommands: {"allow=uso", "antivirus=revert"}} {
		s := newUDP(t, faults...)
		g := s.guest()
		o := found(t, g, "netkvm.VlanID", "udp.uro", "udp.uso")
		if _, _, err := g.Arm(t.Context(), o, 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		for _, r := range readBack(t, g, o, map[string]matrix.Value{"netkvm.VlanID": "100", "udp.uro": "enabled", "udp.uso": "disabled"}, true) {
			if !r.AsAsked {
				t.Errorf("%s", r)
			}
		}
		for range 20 {
			if err := s.Sleep(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if m, err := g.DeadMan(t.Context()); err != nil || m.Armed || m.By != by || m.Failed() > 0 {
			t.Fatalf("%q: after the limit: %+v, %v", by, m, err)
		}
		if differs, err := g.Differs(t.Context(), o); err != nil || len(differs) > 0 {
			t.Errorf("%q: not back: %v, %v", by, differs, err)
		}
	}
}

// A probe of the dump of UDP: a key that is there, one that is not, and a guest without the context.
func TestProbesOfUDP(t *testing.T) {
	probes := []matrix.Probe{{Setting: "udp.uro", Kind: matrix.ProbeUDP, Name: "uro"}, {Setting: "udp.uso", Kind: matrix.ProbeUDP, Name: "uso"}, {Setting: "tcp.rss", Kind: matrix.ProbeDump, Name: "rss"}}
	for build, want := range map[string][2]string{
		"26200": {`{"exists":true,"kind":"word","data":"disabled"}`, `{"exists":false}`},
		"20348": {"exit code 1: The following command was not found", "exit code 1: The following command was not found"},
	} {
		g := newStandInOf(t, machine.Config{Generation: "w11", Build: build, Language: "en"}).guest()
		f, _, err := g.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answers, _, err := g.Probe(t.Context(), f, probes)
		if err != nil || answers[2].NotAsked != "" || !answers[2].Answer.(record.State).Exists {
			t.Fatalf("%s: %+v, %v", build, answers, err)
		}
		for i, w := range want {
			a := answers[i]
			said := a.NotAsked
			if said == "" {
				b, err := json.Marshal(a.Answer)
				if err != nil {
					t.Fatal(err)
				}
				said = string(b)
			}
			if !strings.Contains(said, w) || a.Asked != "netsh interface udp dump, key "+probes[i].Name {
				t.Errorf("%s: %+v; want %s", build, a, w)
			}
		}
	}
}
