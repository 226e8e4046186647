package apply_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

// changedGuest is a guest of the stand-in to which a combination was written, with its originals.
func changedGuest(t *testing.T, faults ...string) (*standIn, *apply.Guest, record.Originals) {
	t.Helper()
	s := newStandIn(t, faults...)
	g, o := originals(t, s, append([]string{"netkvm.VlanID"}, seedSettings...)...)
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"tcp.autotuninglevel": "disabled", "tcpip.EnableWsd": "0", "vnettune.placebo": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	return s, g, o
}

// One script error is no reason to leave a guest changed, wherever it comes.
func TestARestoreOutlastsOneScriptErrorAtEveryStep(t *testing.T) {
	for step, at := range map[string]string{
		"writing":               "boot=1,step=write,nth=2",
		"leaving the token":     "boot=1,step=boot",
		"asking for the reboot": "boot=1,step=shutdown",
		"proof of the boot":     "boot=2,step=boot",
		"facts of the boot":     "boot=2,step=facts",
		"read-back":             "boot=2,step=read",
		"disarming the switch":  "boot=2,step=deadman",
	} {
		t.Run(step, func(t *testing.T) {
			s, g, o := changedGuest(t, "script-error@"+at)
			if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
				t.Fatal(err)
			}
			now, err := g.Originals(t.Context(), declared(t, g), planned(t, append([]string{"netkvm.VlanID"}, seedSettings...)...))
			if err == nil {
				err = o.Same(now)
			}
			if err != nil || s.machine.Boots() < 2 {
				t.Errorf("after the restore, in boot %d: %v", s.machine.Boots(), err)
			}
		})
	}
}

// What does not end within the limits is said with what is back and what is not.
func TestARestoreInVainSaysWhatIsBack(t *testing.T) {
	for name, c := range map[string]struct {
		fault string
		says  []string
	}{
		"nothing can be written":    {"script-error@boot=1,step=write,nth=2+", []string{"The RPC server is unavailable.", "no boot after it proven", "not back: tcp.autotuninglevel: asked", "vnettune.placebo: asked", "; back: netkvm.VlanID, tcp.heuristics_wsh"}},
		"nothing can be read":       {"script-error@boot=2,step=read,nth=1+", []string{"The RPC server is unavailable.", "which of its originals are back is not known"}},
		"it does not reboot":        {"script-error@boot=1,step=shutdown,nth=1+", []string{"shutdown.exe: exit code 1", "no boot after it proven: not back: none; back: netkvm.VlanID, tcp.autotuninglevel"}},
		"its task cannot be erased": {"script-error@boot=2,step=deadman,nth=1+", []string{"the guest has its originals, but would reboot once more by itself"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, g, o := changedGuest(t, c.fault)
			began := s.now
			err := g.Restore(t.Context(), o, rebootLimits)
			if err == nil {
				t.Fatal("restored")
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
			if spent := s.now.Sub(began); spent < rebootLimits.Down+rebootLimits.Up || spent > 3*rebootLimits.Total() {
				t.Errorf("it took %s", spent)
			}
		})
	}
}

// A value that the guest refuses does not keep the others from coming back.
func TestARefusedOriginalDoesNotHoldTheOthers(t *testing.T) {
	s, g, o := changedGuest(t, "deny=autotuninglevel@boot=2+")
	if _, err := g.Reboot(t.Context(), rebootLimits); err != nil {
		t.Fatal(err)
	}
	began := s.now
	err := g.Restore(t.Context(), o, rebootLimits)
	var differs *apply.DiffersError
	if !errors.As(err, &differs) || len(differs.Readings) != 1 || !strings.HasPrefix(differs.Readings[0], "tcp.autotuninglevel: asked") ||
		len(differs.Back) != len(o.Settings)-1 || len(differs.Refused) != 1 || !strings.Contains(err.Error(), "Access is denied.") {
		t.Errorf("%v; want one value that is refused and all others back", err)
	}
	if spent := s.now.Sub(began); spent > rebootLimits.Down {
		t.Errorf("a refusal was tried again for %s", spent)
	}
}

// A value that one boot undid is written once more.
func TestAnOriginalThatABootUndidIsWrittenOnceMore(t *testing.T) {
	s, g, o := changedGuest(t, "revert=autotuninglevel@boot=2")
	i := slices.IndexFunc(o.Settings, func(s record.Original) bool { return s.Place.ID == "tcp.autotuninglevel" })
	o.Settings[i].State.Data = "restricted" // as the guest was found
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil || s.machine.Boots() != 3 {
		t.Errorf("%v in boot %d; want it restored in the third", err, s.machine.Boots())
	}
}
