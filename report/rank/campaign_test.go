package rank

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vnettune/results/record"
	"vnettune/results/sample"
)

// campaign makes rows of a balanced campaign from a seed: effects on the scale of
// 100 ln, one arm named base.
func campaign(seed uint64, effects map[string]float64, blocks, reps int, noise float64) []sample.Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	names := make([]string, 0, len(effects))
	for _, n := range []string{"base", "a", "b", "c", "d", "e", "f", "g", "h"} {
		if _, ok := effects[n]; ok {
			names = append(names, n)
		}
	}
	var rows []sample.Row
	for block := range blocks {
		drift := 3 * rng.NormFloat64()
		for _, name := range names {
			boot := noise * rng.NormFloat64()
			for rep := range reps {
				y := effects[name] + drift + boot + noise*rng.NormFloat64()
				rows = append(rows, sample.Row{
					Combination: name, Block: fmt.Sprint(block), Boot: fmt.Sprint(name, block),
					Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter,
					Repetition: rep + 1, Value: 9000 * math.Exp(y/100), HasValue: true, Status: sample.StatusOK,
				})
			}
		}
	}
	return rows
}

func baseOptions() Options {
	o := DefaultOptions()
	o.Baseline = "base"
	return o
}

// roughly takes numbers for the same that differ by less than the tolerances, and those
// that do not exist.
func roughly(relative, absolute float64) cmp.Option {
	return cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(relative, absolute),
		cmp.Transformer("float64", func(n record.Number) float64 { return float64(n) })}
}

// arm finds an arm by name.
func (a Analysis) arm(name string) Arm {
	for _, arm := range a.Arms {
		if arm.Name == name {
			return arm
		}
	}
	return Arm{}
}
