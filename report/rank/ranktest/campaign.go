// Package ranktest makes the rows of small campaigns, for the tests of report/rank and its rooms.
package ranktest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vnettune/results/sample"
)

// Baseline is the arm that the others are compared with.
const Baseline = "base"

// arms are the names that a campaign can have, in the order in which it boots them.
var arms = []string{Baseline, "a", "b", "c", "d", "e", "f", "g", "h"}

// Campaign makes rows of a balanced campaign from a seed, without an order of boots: effects of the
// arms on the scale of 100 ln, and noise of as much, of boots and of repetitions. Blocks differ by 3 %.
func Campaign(seed uint64, effects map[string]float64, blocks, reps int, noise float64) []sample.Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	var rows []sample.Row
	for block := range blocks {
		shift := 3 * rng.NormFloat64()
		for _, name := range arms {
			if _, ok := effects[name]; !ok {
				continue
			}
			boot := noise * rng.NormFloat64()
			for rep := range reps {
				y := effects[name] + shift + boot + noise*rng.NormFloat64()
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

// Twice boots the baseline a second time in each block, 0.2 % faster.
func Twice(rows []sample.Row) []sample.Row {
	out := slices.Clone(rows)
	for _, r := range rows {
		if r.Combination == Baseline {
			r.Boot += "again"
			r.Value *= 1.002
			out = append(out, r)
		}
	}
	return out
}

// Latency turns throughput around: as much better with less.
func Latency(rows []sample.Row) []sample.Row {
	out := slices.Clone(rows)
	for i := range out {
		r := &out[i]
		r.Metric, r.Unit, r.Better, r.Value = "latency", "ms", sample.LowerIsBetter, 1e6/r.Value
	}
	return out
}

// Loss gives each boot one repetition of loss, by what its block and arm lost.
func Loss(rows []sample.Row, percent func(r sample.Row) float64) []sample.Row {
	var out []sample.Row
	for _, r := range rows {
		if r.Repetition > 1 {
			continue
		}
		r.Workload, r.Metric, r.Unit, r.Better, r.Value = "udp", "loss", "%", sample.LowerIsBetter, percent(r)
		out = append(out, r)
	}
	return out
}

// Ordered gives the boots places in the campaign from 1; place counts from 0, arm in the order of
// names. Every boot is slower or faster by so much a place, on the scale of 100 ln.
func Ordered(rows []sample.Row, perBoot float64, place func(arm, block, blocks int) int) []sample.Row {
	var names, blocks []string
	for _, r := range rows {
		if !slices.Contains(names, r.Combination) {
			names = append(names, r.Combination)
		}
		if !slices.Contains(blocks, r.Block) {
			blocks = append(blocks, r.Block)
		}
	}
	slices.Sort(names)
	out := slices.Clone(rows)
	for i := range out {
		r := &out[i]
		r.Order = 1 + place(slices.Index(names, r.Combination), slices.Index(blocks, r.Block), len(blocks))
		r.Value *= math.Exp(perBoot * float64(r.Order) / 100)
	}
	return out
}

// Slotted numbers the planned boots; lose says of a boot what became of it, "" for nothing.
func Slotted(rows []sample.Row, lose func(r sample.Row) string) []sample.Row {
	slot := make(map[string]int)
	var out []sample.Row
	for _, r := range rows {
		if slot[r.Boot] == 0 {
			slot[r.Boot] = len(slot) + 1
		}
		r.Slot = slot[r.Boot]
		if status := lose(r); status != "" {
			if r.Repetition > 1 {
				continue
			}
			r = sample.Row{Combination: r.Combination, Block: r.Block, Boot: r.Boot, Slot: r.Slot, Order: r.Order, Status: status, Levels: r.Levels}
		}
		out = append(out, r)
	}
	return out
}
