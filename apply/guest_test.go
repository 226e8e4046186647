package apply_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

// seedSettings are what the seed page touches on a w10, with the placebo.
var seedSettings = []string{"tcp.autotuninglevel", "tcp.heuristics_wsh", "tcpip.EnableWsd", "template.congestionprovider", "vnettune.placebo"}

func originals(t *testing.T, s *standIn, ids ...string) (*apply.Guest, record.Originals) {
	t.Helper()
	g := s.guest()
	f := declared(t, g)
	o, err := g.Originals(t.Context(), f, planned(t, ids...))
	if err != nil {
		t.Fatal(err)
	}
	return g, o
}

// declared are a guest's facts with what its driver declares.
func declared(t *testing.T, g *apply.Guest) record.Guest {
	t.Helper()
	f, _, err := g.Facts(t.Context())
	if err == nil {
		f, err = g.Declare(t.Context(), f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func combination(o record.Originals, values map[string]matrix.Value) matrix.Combination {
	all := map[string]matrix.Value{}
	for _, s := range o.Settings {
		all[s.Place.ID] = matrix.Found
	}
	for id, v := range values {
		all[id] = v
	}
	return matrix.NewCombination(all)
}

// readBack is what the guest reads back once values are written, the other settings as they were
// found; with reboot, behind a proven boot.
func readBack(t *testing.T, g *apply.Guest, o record.Originals, values map[string]matrix.Value, reboot bool) []record.Reading {
	t.Helper()
	targets, err := apply.Targets(o, combination(o, values))
	if err == nil {
		_, err = g.Write(t.Context(), targets)
	}
	if err == nil && reboot {
		_, err = g.Reboot(t.Context(), rebootLimits)
	}
	if err != nil {
		t.Fatal(err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	return readings
}

func TestFactsOfTheStandIn(t *testing.T) {
	g := newStandIn(t).guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gen, err := apply.GenerationOf(f)
	if err != nil || gen != matrix.W10 {
		t.Errorf("generation %s, %v; want w10", gen, err)
	}
	if f.Kind() != "lab" {
		t.Errorf("kind %q, want lab: a stand-in must never pass for a Windows", f.Kind())
	}
	a, err := g.AdapterUnderTest(f)
	if err != nil || !a.Up {
		t.Errorf("adapter %+v, %v", a, err)
	}
}

func TestApplyRebootReadBackRestore(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, seedSettings...)
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{
		"tcp.autotuninglevel": "disabled", "tcpip.EnableWsd": "0", "template.congestionprovider": "ctcp", "vnettune.placebo": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	r, err := g.Reboot(t.Context(), rebootLimits)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Signs) != 3 || !r.BootAfter.After(r.Before) || r.Down.IsZero() {
		t.Errorf("proof %+v; want three signs, a later boot, and a time without an answer", r)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		t.Log(r)
		if !r.OK() {
			t.Errorf("not in effect: %s", r)
		}
	}
	if got := s.effects[len(s.effects)-1]; got.ReceiveWindow > 65536 || got.Congestion != "illinois" {
		t.Errorf("effects %+v; want the 64 KiB window and the provider's counterpart", got)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, err := g.Originals(t.Context(), f, planned(t, seedSettings...))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Same(now); err != nil {
		t.Errorf("after the restore: %v", err)
	}
}

func TestAnIgnoredSettingIsNotInEffect(t *testing.T) {
	g, o := originals(t, newStandIn(t, "ignore=autotuninglevel"), seedSettings...)
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		if want := r.ID != "tcp.autotuninglevel"; r.OK() != want {
			t.Errorf("%s: ok %v, want %v", r, r.OK(), want)
		}
	}
}

func TestASystemThatGoesDownIsNoNewBoot(t *testing.T) {
	s := newStandIn(t)
	s.deaf = true // it takes the request and goes on as the old boot
	_, err := s.guest().Reboot(t.Context(), apply.RebootLimits{Ask: time.Second, GoingDown: time.Second})
	var failed *apply.RebootError
	if !errors.As(err, &failed) || failed.Stage != apply.StageGoingDown {
		t.Fatalf("error %v, want the stage going down", err)
	}
}

// kindless is a stand-in whose numbers are values without a kind.
type kindless struct{ *standIn }

func (k kindless) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	r, err := k.standIn.Run(ctx, command, stdin)
	r.Stdout = bytes.ReplaceAll(r.Stdout, []byte(`"kind":"DWord"`), []byte(`"kind":"None"`))
	return r, err
}

func TestAnOriginalThatCouldNotBePutBackIsRefused(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "vnettune.placebo")
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"vnettune.placebo": "1"}))
	if err == nil {
		_, err = g.Write(t.Context(), targets)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Through(kindless{s}).Originals(t.Context(), f, planned(t, "vnettune.placebo"))
	if err == nil || !strings.Contains(err.Error(), "could not be put back") {
		t.Errorf("%v; want a refusal before anything is written", err)
	}
}

func TestARefusedValueNamesTheSetting(t *testing.T) {
	g, o := originals(t, newStandIn(t), "template.congestionprovider")
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"template.congestionprovider": "nonsense"}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Write(t.Context(), targets)
	var refused *apply.WriteError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "template.congestionprovider") {
		t.Errorf("error %v, want a WriteError that names the setting", err)
	}
}
