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
	"vnettune/report/rank"
	"vnettune/results/record"
)

// newSearch is a rig that searches six arms in at most blocks blocks. effects are in
// percent of the baseline by the value that the guest runs; boots vary by about
// noise percent, by what was booted and not by when.
func newSearch(blocks int, noise float64, effects map[string]float64) *rig {
	r := newRig()
	p := matrix.Plan{Generation: matrix.W10, Settings: r.spec.Plan.Settings, Search: &matrix.Search{Blocks: blocks, Confirm: matrix.MinConfirm}}
	for i := range 6 {
		name, value := fmt.Sprint("v", i), matrix.Value(fmt.Sprint("v", i))
		if i == 0 {
			name, value = matrix.BaselineName, matrix.Found
		}
		p.Arms = append(p.Arms, matrix.Arm{Name: name, Combination: matrix.NewCombination(map[string]matrix.Value{settingID: value})})
	}
	for block := range blocks + matrix.MinConfirm {
		for i := range p.Arms {
			p.Slots = append(p.Slots, matrix.Slot{Block: block + 1, Order: len(p.Slots) + 1, Arm: (i + 5*block) % len(p.Arms)})
		}
	}
	r.spec.Plan = p
	r.spec.Search = bench.SearchSpec{Workload: "tcp-to", Metric: "throughput", Judge: judge()}
	r.guest.value = "v0"
	r.meter.level = func(running string) float64 {
		seen := 0
		for _, b := range r.store.boots {
			if b.Arm == running || b.Arm == matrix.BaselineName && running == "v0" {
				seen++
			}
		}
		wave := math.Sin(float64(100*seen*seen) + 7*float64(running[len(running)-1]))
		return 1000 * (1 + effects[running]/100) * (1 + noise*wave/100)
	}
	return r
}

// judge is how the searches of these tests decide.
func judge() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = matrix.BaselineName
	return o
}

var landscape = map[string]float64{"v0": 0, "v1": -10, "v2": 15, "v3": 40, "v4": 5, "v5": -20}

// trace is what a search booted, as block:arm, and what it decided.
func (r *rig) trace(t *testing.T) (boots, decisions []string) {
	t.Helper()
	for _, b := range r.store.boots {
		boots = append(boots, fmt.Sprintf("%d:%s", b.Block, b.Arm))
	}
	for _, d := range r.store.decisions {
		decisions = append(decisions, d.String())
	}
	return boots, decisions
}

// The best of six very different arms is found after the first decision, and only
// it and the baseline are booted again, in fresh blocks.
func TestSearchFindsTheBestAndConfirmsIt(t *testing.T) {
	r := newSearch(8, 0.5, landscape)
	sum, err := r.run(t.Context())
	if err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	boots, decisions := r.trace(t)
	want := []string{"after block 3 1 of 6 arms are left, eliminated: baseline, v1, v2, v4, v5; the search ends (one survivor) and picks v3, which is within the margin of the best"}
	if d := cmp.Diff(want, decisions); d != "" {
		t.Errorf("decisions (-want +got):\n%s", d)
	}
	confirm := map[string]int{}
	for _, b := range r.store.boots[18:] {
		if b.Block <= 8 {
			t.Errorf("a boot in block %d behind the decision", b.Block)
		}
		confirm[b.Arm]++
	}
	if len(boots) != 18+10 || confirm["v3"] != 5 || confirm["baseline"] != 5 || sum.OK != 28 {
		t.Errorf("%d boots, %v in the confirmation, %d ranked: %v", len(boots), confirm, sum.OK, boots)
	}
	var told []string
	for _, e := range r.events {
		if e.Kind == bench.EventDecision {
			told = append(told, e.Text)
		}
	}
	if d := cmp.Diff(decisions, told); d != "" {
		t.Errorf("told (-stored +told):\n%s", d)
	}
	if r.store.changed || r.guest.value != "v0" {
		t.Errorf("guest has %q", r.guest.value)
	}
	// A further session finds nothing to do.
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 28 || len(r.store.boots) != 28 || len(r.store.decisions) != 1 {
		t.Errorf("again: %+v, %v", sum, err)
	}
}

// noisy is a search that goes on for some blocks.
func noisy() *rig { return newSearch(8, 4, map[string]float64{"v1": 9, "v2": 8, "v3": 2, "v4": -12}) }

// A search that is stopped in the middle of any of its boots goes on and ends as
// one that never was.
func TestSearchGoesOnWhereItStopped(t *testing.T) {
	whole := noisy()
	if sum, err := whole.run(t.Context()); err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	boots, decisions := whole.trace(t)
	if len(decisions) < 2 {
		t.Fatalf("the search decided only %v: it proves nothing here", decisions)
	}
	for cut := range len(boots) {
		r := noisy()
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
			// As a kill between a block's last boot and its decision leaves it.
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

// An arm that never gives a number is tried twice two times and is then out; the
// others are searched without it.
func TestSearchGoesOnWithoutAnArmThatDoesNotWork(t *testing.T) {
	r := newSearch(8, 0.5, landscape)
	r.guest.refuses = "v5"
	sum, err := r.run(t.Context())
	if err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	tries := 0
	for _, b := range r.store.boots {
		if b.Arm == "v5" {
			tries++
			if b.Block != 1 || b.Status != "write_failed" {
				t.Errorf("v5 in block %d: %s", b.Block, b.Status)
			}
		}
	}
	_, decisions := r.trace(t)
	if tries != 4 || len(decisions) != 1 || !strings.Contains(decisions[0], "1 of 5 arms are left") || !strings.Contains(decisions[0], "picks v3") {
		t.Errorf("%d tries; %v", tries, decisions)
	}
}

// An arm that stops working once decisions rest on it ends the session with words.
func TestSearchStopsWhenASurvivorBreaks(t *testing.T) {
	r := noisy()
	r.meter.onRun = func() {
		if len(r.store.decisions) > 0 {
			r.guest.refuses = "v1"
		}
	}
	sum, err := r.run(t.Context())
	if err != nil || !strings.Contains(sum.Stopped, "v1 gave no number in block 4") {
		t.Errorf("%+v, %v; want a stop that names v1 and its block", sum, err)
	}
}

func TestSearchWithoutItsBaselineStops(t *testing.T) {
	r := newSearch(8, 0.5, landscape)
	r.guest.refuses = "v0"
	r.spec.Limits.FailuresInARow = 0
	sum, err := r.run(t.Context())
	if err != nil || !strings.Contains(sum.Stopped, "the baseline gave no number") {
		t.Errorf("%+v, %v", sum, err)
	}
}

// At the end of its blocks the search says that nothing is proven, and confirms the
// best so far all the same.
func TestSearchAtTheEndOfItsBudget(t *testing.T) {
	r := newSearch(3, 8, map[string]float64{"v2": 16})
	if sum, err := r.run(t.Context()); err != nil || sum.Stopped != "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	boots, decisions := r.trace(t)
	if len(decisions) != 1 || !strings.Contains(decisions[0], "the search ends (budget)") || !strings.Contains(decisions[0], "not proven; may be the best: ") || len(boots) != 28 {
		t.Errorf("%d boots; %v", len(boots), decisions)
	}
}

// Where the baseline itself is picked there is nothing to confirm.
func TestSearchThatPicksTheBaseline(t *testing.T) {
	r := newSearch(8, 0.5, map[string]float64{"v1": -10, "v2": -15, "v3": -40, "v4": -5, "v5": -20})
	if sum, err := r.run(t.Context()); err != nil || sum.Stopped != "" || sum.OK != 18 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// Decisions that the stored boots do not carry any more are refused, not overruled.
func TestSearchThatDecidedOtherwise(t *testing.T) {
	r := noisy()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.decisions[0].Decision = record.Decision{Blocks: 3, Survivors: []string{"v1", "v2"}}
	if _, err := r.run(t.Context()); err == nil || !strings.Contains(err.Error(), "block 3") || r.store.changed {
		t.Errorf("%v, guest changed %v", err, r.store.changed)
	}
	r = noisy()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	further := r.store.decisions[len(r.store.decisions)-1]
	further.Blocks++
	r.store.decisions = append(r.store.decisions, further)
	if _, err := r.run(t.Context()); err == nil || !strings.Contains(err.Error(), "only carry them to block") {
		t.Errorf("one decision too many: %v", err)
	}
}
