package bench_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results/record"
)

// newScreen is a rig that screens the 16 combinations of four settings, a to d, and
// then searches in at most blocks blocks. An arm's name is its four levels; the
// baseline has levels of its own and runs as "....". effect is in percent; boots vary
// by about noise percent, by what was booted and not by when.
func newScreen(blocks int, noise float64, effect func(levels string) float64) *rig {
	r := newRig()
	p := matrix.Plan{Generation: matrix.W10, Settings: r.spec.Plan.Settings,
		Search: &matrix.Search{Screen: matrix.ScreenBlocks, Blocks: blocks, Confirm: matrix.MinConfirm}}
	for i := range 17 {
		name, value := matrix.BaselineName, matrix.Found
		if i > 0 {
			name = fmt.Sprintf("%04b", i-1)
			value = matrix.Value(name)
		}
		p.Arms = append(p.Arms, matrix.Arm{Name: name, Combination: matrix.NewCombination(map[string]matrix.Value{settingID: value})})
	}
	for block := range p.Search.Last() + p.Search.Confirm {
		for i := range p.Arms {
			p.Slots = append(p.Slots, matrix.Slot{Block: block + 1, Order: len(p.Slots) + 1, Arm: (i + 5*block) % len(p.Arms)})
		}
	}
	r.spec.Plan = p
	r.spec.Search = bench.SearchSpec{Workload: "tcp-to", Metric: "throughput", Judge: judge()}
	r.guest.value = "...."
	r.store.levels = func(arm string) map[string]matrix.Value {
		if arm == matrix.BaselineName {
			arm = "...."
		}
		levels := map[string]matrix.Value{}
		for i, l := range arm {
			levels[string(rune('a'+i))] = matrix.Value(l)
		}
		return levels
	}
	r.meter.level = func(running string) float64 {
		seen, number := 0, 0.0
		for i, c := range running {
			number += float64(i+1) * float64(c)
		}
		for _, b := range r.store.boots {
			if b.Arm == running || b.Arm == matrix.BaselineName && running == "...." {
				seen++
			}
		}
		return 1000 * (1 + effect(running)/100) * (1 + noise*math.Sin(float64(100*seen*seen)+7*number)/100)
	}
	return r
}

// additive is 6 % for a, 3 % for b and for c, nothing for d.
func additive(levels string) float64 {
	e := 0.0
	for i, each := range []float64{6, 3, 3, 0} {
		if levels[i] == '1' {
			e += each
		}
	}
	return e
}

// Every combination boots once, the best by the model and the baseline go on with
// fresh boots, and the pick is confirmed in further ones.
func TestScreenSearchesAmongTheBest(t *testing.T) {
	r := newScreen(6, 0.5, additive)
	sum, err := r.run(t.Context())
	if err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	booted := map[string]map[string]bool{"screen": {}, "search": {}, "confirm": {}}
	for _, b := range r.store.boots {
		switch {
		case b.Block == 1:
			booted["screen"][b.Arm] = true
		case b.Block <= 7:
			booted["search"][b.Arm] = true
		default:
			booted["confirm"][b.Arm] = true
		}
	}
	_, decisions := r.trace(t)
	if len(booted["screen"]) != 17 || len(booted["search"]) != 9 || !booted["search"]["baseline"] || len(booted["confirm"]) != 2 {
		t.Errorf("%v", booted)
	}
	if len(decisions) < 2 || !strings.HasPrefix(decisions[0], "the screen keeps 9 of 17 arms, best first by its model: 111") || !strings.Contains(decisions[0], record.ScreenCaveat) {
		t.Errorf("%v", decisions)
	}
	last := decisions[len(decisions)-1]
	if !strings.Contains(last, "picks 111") || !strings.Contains(last, "within the margin of the best of those that the screen kept; no guarantee") {
		t.Errorf("%s", last)
	}
	start := ""
	for _, e := range r.events {
		if e.Kind == bench.EventStart {
			start = e.Text
		}
	}
	if !strings.Contains(start, record.ScreenCaveat) {
		t.Errorf("a run begins without its caveat: %s", start)
	}
	if r.store.changed || r.guest.value != "...." {
		t.Errorf("guest has %q", r.guest.value)
	}
	boots := len(r.store.boots)
	if sum, err := r.run(t.Context()); err != nil || len(r.store.boots) != boots || len(r.store.decisions) != len(decisions) {
		t.Errorf("again: %+v, %v", sum, err)
	}
}

// A screen that is stopped in any of its boots, or between a boot and its decision,
// ends as one that never was.
func TestScreenGoesOnWhereItStopped(t *testing.T) {
	small := func() *rig { return newScreen(3, 3, additive) }
	whole := small()
	if sum, err := whole.run(t.Context()); err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	boots, decisions := whole.trace(t)
	for cut := 0; cut < len(boots); cut += 7 { // odd, so that both kinds of cut meet each block
		r := small()
		ctx, cancel := context.WithCancel(t.Context())
		r.meter.onRun = func() {
			if len(r.store.boots) == cut {
				cancel()
			}
		}
		if _, err := r.run(ctx); err == nil {
			t.Fatalf("cut in boot %d: no error", cut+1)
		}
		if cut%2 == 0 && len(r.store.decisions) > 0 {
			r.store.decisions = r.store.decisions[:len(r.store.decisions)-1]
		}
		r.meter.onRun = nil
		if _, err := r.run(t.Context()); err != nil {
			t.Fatalf("cut in boot %d: %v", cut+1, err)
		}
		gotBoots, gotDecisions := r.trace(t)
		if d := cmp.Diff(boots, gotBoots) + cmp.Diff(decisions, gotDecisions); d != "" {
			t.Fatalf("cut in boot %d (-whole +cut):\n%s", cut+1, d)
		}
	}
}

// The end of the budget leaves the best so far, and the set that holds the best.
func TestScreenAtTheEndOfItsBudget(t *testing.T) {
	r := newScreen(3, 9, additive)
	if sum, err := r.run(t.Context()); err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	_, decisions := r.trace(t)
	last := decisions[len(decisions)-1]
	for _, want := range []string{"the search ends (budget)", "is the best so far, not proven", "may be the best: ", record.ScreenCaveat} {
		if !strings.Contains(last, want) {
			t.Errorf("%q is not in %s", want, last)
		}
	}
}

// An arm that does not work is screened out without a number; one that stops working
// behind the screen is out before the first decision, and the screen's stands.
func TestScreenGoesOnWithoutAnArmThatDoesNotWork(t *testing.T) {
	r := newScreen(3, 0.5, additive)
	r.guest.refuses = "1111"
	if sum, err := r.run(t.Context()); err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	if _, decisions := r.trace(t); !strings.HasPrefix(decisions[0], "the screen keeps 9 of 16 arms, best first by its model: 1110") {
		t.Errorf("%v", decisions)
	}
	r = newScreen(3, 0.5, additive)
	r.meter.onRun = func() {
		if len(r.store.decisions) > 0 {
			r.guest.refuses = "1111"
		}
	}
	if sum, err := r.run(t.Context()); err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	if _, decisions := r.trace(t); !strings.Contains(decisions[1], "of 8 arms are left") || !strings.Contains(decisions[len(decisions)-1], "picks 1110") {
		t.Errorf("%v", decisions)
	}
}

// A screen that its stored boots do not carry any more is refused.
func TestScreenThatDecidedOtherwise(t *testing.T) {
	r := newScreen(3, 0.5, additive)
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.decisions[0].Decision = record.Decision{Blocks: 1, Survivors: []string{"0000"}}
	if _, err := r.run(t.Context()); err == nil || !strings.Contains(err.Error(), "after block 1 the store decided otherwise") || r.store.changed {
		t.Errorf("%v, guest changed %v", err, r.store.changed)
	}
}
