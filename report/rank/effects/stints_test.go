package effects

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vnettune/report/rank/stints"
	"vnettune/results/sample"
)

// Effects of settings that are switched within boots: after-effects are taken out, and what they cost in
// degrees of freedom is counted.
func TestEffectsWithinBoots(t *testing.T) {
	cells := allCells(2)
	effect := map[string]float64{"00": 0, "01": 4, "10": -3, "11": 1}
	const boots = 12
	rng := rand.New(rand.NewPCG(11, 2))
	var rows []sample.Row
	for boot := range boots {
		shift, before := 5*rng.NormFloat64(), boot%len(cells)
		order := append([]int{before}, stints.Sequence(len(cells), 0, before, rng.IntN)...)
		for k, arm := range order {
			y := shift + effect[cells[arm]] + 0.1*rng.NormFloat64()
			if k > 0 {
				y += 0.5 * effect[cells[before]]
			}
			before = arm
			rows = append(rows, sample.Row{Combination: cells[arm], Block: fmt.Sprint(boot), Boot: fmt.Sprint("b", boot), Order: boot + 1, Stint: k + 1,
				Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, HasValue: true, Status: sample.StatusOK,
				Levels: map[string]string{"a": cells[arm][:1], "b": cells[arm][1:]}, Value: 9000 * math.Exp(y/100)})
		}
	}
	e := effectsOf(t, rows)
	// 4 arms in 12 boots, less 3 columns of carry-over.
	if want := 4*boots - 4 - (boots - 1) - 3; e.DF != want {
		t.Errorf("degrees of freedom %d, want %d", e.DF, want)
	}
	for _, want := range []struct {
		setting string
		percent float64
	}{{"a", -3}, {"b", 4}} {
		found := false
		for _, l := range e.Levels {
			if l.Factor == want.setting {
				found = true
				if got, truth := float64(l.Difference), 100*math.Expm1(want.percent/100); math.Abs(got-truth) > 0.3 {
					t.Errorf("%s: %v, want %v", want.setting, got, truth)
				}
			}
		}
		if !found {
			t.Errorf("no effect of %s in %+v", want.setting, e.Levels)
		}
	}
}
