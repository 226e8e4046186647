package apply_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/export"
	"vnettune/lab/windows/machine"
	"vnettune/matrix"
	"vnettune/report/audit"
)

// audited is what an audit says of a stand-in.
func audited(t *testing.T, s *standIn) audit.Audit {
	t.Helper()
	g := s.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w, err := apply.WindowsOf(f)
	if err != nil {
		t.Fatal(err)
	}
	if w.Generation != matrix.XP {
		f = declared(t, g)
		a, err := g.AdapterUnderTest(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range a.Driver.Keywords {
			w.Declared = append(w.Declared, k.Name)
		}
	}
	settings := matrix.Catalogue().Everywhere(w, nil)
	survey, err := g.Survey(t.Context(), f, settings)
	if err != nil {
		t.Fatal(err)
	}
	in := audit.Input{Survey: survey, Settings: settings, Profiles: matrix.Profiles(), Undo: map[string]audit.UndoLine{}}
	for _, one := range survey.Settings {
		line, err := export.CommandLine(one.Original, matrix.Default)
		u := audit.UndoLine{Command: line}
		if err != nil {
			u.Why = err.Error()
		}
		in.Undo[one.Place.Key()] = u
	}
	a, err := audit.Judge(in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A guest that nobody touched has no finding, whatever Windows it is. Where a default is not known, that is said.
func TestAFreshGuestHasNoFinding(t *testing.T) {
	for _, c := range slices.Concat(releases, []struct{ generation, build string }{{"xp", "2600"}}) {
		t.Run(c.generation+" "+c.build, func(t *testing.T) {
			a := audited(t, newStandInOf(t, machine.Config{Generation: c.generation, Build: c.build, Language: "en"}))
			for _, f := range a.Findings {
				t.Errorf("%s: %s", f.Kind, f.Says)
			}
			if a.Read < 30 || c.generation != "xp" && a.Read < 85 || len(a.Unread) > 1 {
				t.Errorf("%d of %d settings read, not %v", a.Read, a.Asked, a.Unread)
			}
			for _, h := range a.Unjudged {
				if !strings.HasPrefix(h.Setting, "template.") && !slices.Contains([]string{"tcp.timestamps", "udp.uro", "offload.PacketCoalescingFilter"}, h.Setting) {
					t.Errorf("the default of %s=%s is not known", h.Setting, h.Value)
				}
			}
		})
	}
}

// What was planted is found, with who says what and how it is undone, and nothing else; the audit leaves the guest as
// it is, and undone there is nothing to find.
func TestPlantedOdditiesAreFound(t *testing.T) {
	s := newStandInOf(t, machine.Config{Generation: "w10", Language: "en"})
	run := func(line string) {
		t.Helper()
		if r, err := s.Run(t.Context(), line, nil); err != nil || r.Exit != 0 {
			t.Fatalf("%s: %d %s%s %v", line, r.Exit, r.Stdout, r.Stderr, err)
		}
	}
	for _, line := range []string{
		"netsh interface ipv4 set global taskoffload=disabled",
		"netsh interface tcp set global autotuninglevel=disabled",
		`reg add "HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters" /v DefaultReceiveWindow /t REG_DWORD /d 1048576 /f`,
	} {
		run(line)
	}
	was := bytes.Clone(s.disk.data)
	a := audited(t, s)
	if !bytes.Equal(was, s.disk.data) {
		t.Error("the audit changed what the guest holds")
	}
	var got []string
	for _, f := range a.Findings {
		got = append(got, string(f.Kind)+" "+f.Setting+"="+f.Value)
	}
	want := []string{"dangerous ip.taskoffload=disabled", "differs afd.DefaultReceiveWindow=1048576", "differs tcp.autotuninglevel=disabled"}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	said := func(f audit.Finding) string {
		var all []string
		for _, x := range f.Advice {
			all = append(all, string(x.Stance)+" "+x.Profile)
		}
		return strings.Join(all, ", ")
	}
	if text := said(a.Findings[2]); !strings.Contains(text, "advises seed-vista") || !strings.Contains(text, "contradicts ms-throughput") {
		t.Errorf("auto-tuning: %s", text)
	}
	if text := said(a.Findings[1]); !strings.Contains(text, "advises seed-xp") {
		t.Errorf("the window: %s", text)
	}
	for _, f := range a.Findings {
		for _, u := range f.Undo {
			if u.Command == "" {
				t.Errorf("%s: %s", f.Setting, u.Why)
				continue
			}
			run(u.Command)
		}
		if len(f.Undo) == 0 {
			t.Errorf("nothing undoes %s", f.Setting)
		}
	}
	if a = audited(t, s); len(a.Findings) > 0 {
		t.Errorf("undone, it finds %+v", a.Findings)
	}
}

// What the host keeps off is found where the guest's own number says so.
func TestWhatIsNotInEffectIsFound(t *testing.T) {
	s := newStandInOf(t, machine.Config{Generation: "w10", Language: "en"}, "no-guest-tso")
	var off []string
	for _, f := range audited(t, s).Findings {
		off = append(off, string(f.Kind)+" "+f.Setting)
		if !strings.Contains(f.Do, "guest_tso4") {
			t.Errorf("%s: %s", f.Says, f.Do)
		}
	}
	if d := cmp.Diff([]string{"not in effect netkvm.RscIPv4", "not in effect netkvm.RscIPv6"}, off); d != "" {
		t.Error(d)
	}
}
