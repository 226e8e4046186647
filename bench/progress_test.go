package bench_test

import (
	"context"
	"testing"
	"time"

	"vnettune/bench"
)

// of gives the events of a kind.
func (r *rig) of(kind bench.EventKind) (out []bench.Event) {
	for _, e := range r.events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// The time left is the plan's until a boot is ranked, however early and often boots failed
// before; then it is that of the ranked boots.
func TestTimeLeft(t *testing.T) {
	r := newRig()
	r.spec.BootTime = 10 * time.Minute
	r.guest.refuses = "tuned" // as fails at once
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := r.of(bench.EventStart)[0]
	if start.Remaining != 40*60 || !start.ByPlan || start.BootsOver != 0 {
		t.Errorf("at the start %+v, want 40 minutes by the plan", start)
	}
	boots := r.of(bench.EventBoot)
	want := []struct {
		boot, try, over int
		left            time.Duration
		byPlan          bool
	}{{1, 1, 0, 40 * time.Minute, true}, {1, 2, 1, 30 * time.Minute, true}, {2, 1, 2, 0, false}, {3, 1, 3, 0, false}, {4, 1, 3, 0, false}, {4, 2, 4, 0, false}}
	if len(boots) != len(want) {
		t.Fatalf("%d boots, want %d: %+v", len(boots), len(want), boots)
	}
	one := r.store.boots[2].Ended.Sub(r.store.boots[2].Started).Seconds()
	for i, w := range want {
		e := boots[i]
		left := w.left.Seconds()
		if !w.byPlan {
			left = one * float64(4-w.over) // every boot lasts as long by the fake's clock
		}
		if e.Boot != w.boot || e.Try != w.try || e.BootsOver != w.over || e.ByPlan != w.byPlan || e.Remaining != left {
			t.Errorf("boot event %d: boot %d, try %d, %d over, %g s left, by plan %v; want %+v, %g s", i, e.Boot, e.Try, e.BootsOver, e.Remaining, e.ByPlan, w, left)
		}
	}
	for _, e := range r.events {
		if e.Boot == 3 && e.Step == "reboot" && e.Remaining != 2*one {
			t.Errorf("where the third boot begins %g s are left, want %g: %+v", e.Remaining, 2*one, e)
		}
	}
}

// A run's value comes with the arm's mean over the boots before, those of earlier sessions
// and no others' among them.
func TestMeansOfAnArm(t *testing.T) {
	r := newRig()
	ctx, cancel := context.WithCancel(t.Context())
	r.meter.level = func(string) float64 { return float64(100 + r.meter.runs%7) }
	r.meter.onRun = func() {
		if r.meter.runs == 13 { // in the third boot
			cancel()
		}
	}
	if _, err := r.run(ctx); err == nil || len(r.store.boots) != 2 {
		t.Fatalf("%v, %d boots", err, len(r.store.boots))
	}
	for _, e := range r.of(bench.EventRun) {
		if e.Boot < 3 && (e.Mean != nil || e.MeanBoots != 0 || e.Metric != "throughput") {
			t.Errorf("before any boot of the arm has ended: %+v", e)
		}
	}
	r.events, r.meter.onRun = nil, nil
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if start := r.of(bench.EventStart)[0]; start.BootsOver != 2 {
		t.Errorf("it goes on with %d boots over, want 2", start.BootsOver)
	}
	counted := map[string]float64{} // of the boots of the first session
	for _, b := range r.store.boots[:2] {
		for _, run := range b.Runs {
			if run.Repetition > 0 {
				counted[b.Arm+" "+run.Workload] += run.Metrics[0].Value / float64(r.spec.Repetitions)
			}
		}
	}
	runs := r.of(bench.EventRun)
	for _, e := range runs {
		if want := counted[e.Arm+" "+e.Step]; e.Mean == nil || *e.Mean != want || e.MeanBoots != 1 {
			t.Errorf("%+v: want the mean of one boot, %g", e, want)
		}
	}
	if first := runs[0]; len(runs) != 10 || first.Repetition != 0 || runs[1].Repetition != 1 {
		t.Errorf("%d runs, the first %+v", len(runs), first)
	}
}

// The time left of a search is that of the most boots it may need, from its start on.
func TestTimeLeftOfASearch(t *testing.T) {
	r := newSearch(8, 0.5, landscape)
	r.spec.BootTime = time.Minute
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := r.of(bench.EventStart)[0]
	if want := float64(60 * r.spec.Plan.MaxBoots()); start.Remaining != want || !start.AtMost {
		t.Errorf("at the start %g s, want %g", start.Remaining, want)
	}
	boots := r.of(bench.EventBoot)
	one := r.store.boots[0].Ended.Sub(r.store.boots[0].Started).Seconds()
	most := r.spec.Plan.MaxBoots()
	if got, want := boots[0].Remaining, one*float64(most-1); got != want {
		t.Errorf("after the first boot %g s, want %g", got, want)
	}
	// The decision leaves the pick and the baseline in the blocks that confirm.
	if got, want := boots[18].Remaining, one*float64(2*r.spec.Plan.Search.Confirm-1); got != want {
		t.Errorf("after the first that confirms %g s, want %g", got, want)
	}
	if last := boots[len(boots)-1]; last.Remaining != 0 || last.BootsOver != last.Boot {
		t.Errorf("after the last, in its slot of the plan: %+v", last)
	}
}
