package apply_test

import (
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
)

// What somebody else changed is told by a restore: it loses its value where the campaign
// sets that too, and keeps it where the campaign never does.
func TestARestoreTellsWhatOthersChanged(t *testing.T) {
	s := newStandIn(t)
	g := s.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o, err := g.Originals(t.Context(), f, planned(t, "tcp.autotuninglevel", "tcp.rss", "afd.DefaultReceiveWindow"))
	if err != nil {
		t.Fatal(err)
	}
	arm := combination(o, map[string]matrix.Value{"tcp.autotuninglevel": "disabled", "tcp.rss": "disabled"})
	write := func(values map[string]matrix.Value) {
		t.Helper()
		targets, err := apply.Targets(o, combination(o, values))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Write(t.Context(), targets); err != nil {
			t.Fatal(err)
		}
	}
	var told []string
	g.Campaign = apply.CampaignOf(matrix.Plan{Arms: []matrix.Arm{{Combination: combination(o, nil)}, {Combination: arm}}}, func(what string) { told = append(told, what) })
	targets, err := apply.Targets(o, arm)
	if err != nil {
		t.Fatal(err)
	}
	var sets []string
	for _, target := range g.Campaign.Sets(o, targets) {
		sets = append(sets, target.Place.ID)
	}
	if !slices.Equal(sets, []string{"tcp.autotuninglevel", "tcp.rss"}) && !slices.Equal(sets, []string{"tcp.rss", "tcp.autotuninglevel"}) {
		t.Errorf("the campaign sets %v", sets)
	}
	// Its own change, another's of a setting of its own, and one of a setting that it leaves alone.
	write(map[string]matrix.Value{"tcp.rss": "disabled", "tcp.autotuninglevel": "restricted", "afd.DefaultReceiveWindow": "12345"})
	for range 2 { // what was kept is not told again
		if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(told)
	if len(told) != 2 || !strings.Contains(told[0], "afd.DefaultReceiveWindow from absent to 12345") || !strings.Contains(told[0], "kept") ||
		!strings.Contains(told[1], "tcp.autotuninglevel to restricted") || !strings.Contains(told[1], "original back, normal") {
		t.Errorf("told %q", told)
	}
	if kept := g.Campaign.Kept(); !slices.Equal(kept, []string{"afd.DefaultReceiveWindow"}) {
		t.Errorf("kept are %v", kept)
	}
	now, err := g.Originals(t.Context(), f, planned(t, "tcp.autotuninglevel", "tcp.rss", "afd.DefaultReceiveWindow"))
	if err != nil {
		t.Fatal(err)
	}
	was := o.States()
	for _, x := range now.Settings {
		id := x.Place.ID
		if kept := id == "afd.DefaultReceiveWindow"; kept && x.State.Data != "12345" || !kept && x.State != was[id] {
			t.Errorf("%s is %s, was %s", id, x.State, was[id])
		}
	}
}
