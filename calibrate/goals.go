package main

import (
	"fmt"
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
)

// spread is the smallest, mean and largest share of a set of cells.
type spread struct {
	low, high, sum float64
	n              int
}

func (s *spread) add(count, of int) {
	v := 100 * float64(count) / float64(of)
	if s.n == 0 || v < s.low {
		s.low = v
	}
	s.high = math.Max(s.high, v)
	s.sum += v
	s.n++
}

func (s spread) String() string {
	return fmt.Sprintf("%.1f - %.1f - %.1f %%", s.low, s.sum/float64(s.n), s.high)
}

// twoArms is G1: two arms without a difference.
func (c *calibration) twoArms() error {
	runs := c.runs(1000)
	for _, n := range noises() {
		var ours, theirs spread
		for _, boots := range []int{3, 5, 10} {
			for _, ratio := range []float64{0, 1, 2} {
				wrong, benchstat := 0, 0
				for range runs {
					p := synthetic.DefaultPlan()
					p.Combinations, p.Blocks, p.Repetitions, p.BootSD, p.Seed = 2, boots, 5, ratio*p.RepSD, c.next()
					n.apply(&p)
					rows, a, err := analyze(p)
					if err != nil {
						return err
					}
					wrong += differences(a)
					benchstat += benchstatDiffers(rows)
				}
				ours.add(wrong, runs)
				theirs.add(benchstat, runs)
			}
		}
		row("G1", "two equal arms, 3-10 boots, boot/repetition SD 0-2: called different", n.name, runs, "mean <= 5, cell <= 6 %", ours.String(), theirs.String())
	}
	return nil
}

// campaigns is G2: whole campaigns without a difference, under drift.
func (c *calibration) campaigns() error {
	for _, k := range []struct{ combinations, runs int }{{8, 600}, {32, 200}, {128, 30}} {
		for _, n := range noises() {
			runs := c.runs(k.runs)
			if k.combinations == 128 && n.name != "normal" && n.name != "t3" {
				continue
			}
			wrong, split, benchstat := 0, 0, 0
			for range runs {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.Drift, p.Seed = k.combinations, 5, 5, c.next()
				n.apply(&p)
				rows, a, err := analyze(p)
				if err != nil {
					return err
				}
				wrong += min(1, differences(a))
				if len(a.Tiers) > 1 {
					split++
				}
				benchstat += min(1, benchstatDiffers(rows))
			}
			row("G2", fmt.Sprintf("%d equal arms, 5 boots, drift 5 %%: any called different; any tier split", k.combinations), n.name, runs,
				"mean <= 5, cell <= 7 %", percent(wrong, runs)+"; "+percent(split, runs), percent(benchstat, runs))
		}
	}
	return nil
}

// coverage is G3: do all simultaneous intervals hold the truth?
func (c *calibration) coverage() error {
	for _, k := range []struct{ combinations, runs int }{{8, 1000}, {32, 1000}} {
		for _, n := range noises() {
			runs := c.runs(k.runs)
			baseline, best, kept := 0, 0, 0
			for range runs {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.Seed = k.combinations, 5, c.next()
				p.Effects = landscape(p.Arms(), p.Seed)
				n.apply(&p)
				_, a, err := analyze(p)
				if err != nil {
					return err
				}
				b, m, g := covers(a, p.Effects)
				baseline, best, kept = baseline+b, best+m, kept+g
			}
			row("G3", fmt.Sprintf("%d arms, 5 boots: all intervals against the baseline hold; against the best; the best is kept", k.combinations), n.name, runs,
				">= 94 %", percent(baseline, runs)+"; "+percent(best, runs)+"; "+percent(kept, runs), "-")
		}
	}
	return nil
}

// landscape gives every arm its own effect, from -6 to 6 %.
func landscape(arms []string, seed uint64) map[string]float64 {
	out := make(map[string]float64)
	for i, name := range arms[1:] {
		out[name] = 6 * math.Sin(float64(i+1)*2.39996+float64(seed%1000))
	}
	return out
}

// covers says, as 0 or 1, whether all intervals against the baseline hold, all
// against the best of the others, and whether the true best may be the best.
func covers(a rank.Analysis, effects map[string]float64) (baseline, best, kept int) {
	baseline, best, kept = 1, 1, 1
	truth := func(name string) float64 { return 100 * math.Log1p(effects[name]/100) }
	for _, arm := range a.Arms {
		if v := record.Number(effects[arm.Name]); !arm.IsBaseline && (v < arm.Interval.Low || v > arm.Interval.High) {
			baseline = 0
		}
		others := math.Inf(-1)
		for _, other := range a.Arms {
			if other.Name != arm.Name {
				others = math.Max(others, truth(other.Name))
			}
		}
		if v := record.Number(100 * math.Expm1((truth(arm.Name)-others)/100)); v < arm.FromBest.Low-1e-9 || v > arm.FromBest.High+1e-9 {
			best = 0
		}
		if truth(arm.Name) > others && !record.True(arm.MayBeBest) {
			kept = 0
		}
	}
	return baseline, best, kept
}

// bootMean is the deviation of a boot's mean over 3 repetitions that the goals
// state: 2.31 %.
var bootMean = math.Sqrt(4 + 4.0/3)

// power is G4: a difference of 5 % among 32, the baseline booted once in a block as
// the goal has it, and twice as campaigns of this size do.
func (c *calibration) power() error {
	for _, k := range []struct {
		boots, runs int
		wanted      string
	}{{5, 1000, ">= 50 %"}, {10, 400, ">= 90 %"}} {
		for _, baselines := range []int{1, 2} {
			runs, found := c.runs(k.runs), 0
			for range runs {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.BaselinePerBlock, p.Seed, p.Effects = 33, k.boots, baselines, c.next(), map[string]float64{"c07": 5}
				_, a, err := analyze(p)
				if err != nil {
					return err
				}
				for _, arm := range a.Arms {
					if arm.Name == "c07" && record.True(arm.Differs) {
						found++
					}
				}
			}
			what := fmt.Sprintf("+5 %% among 32 arms, %d boots of SD %.2f %%, %d of the baseline: found", k.boots, bootMean, k.boots*baselines)
			row("G4", what, "normal", runs, k.wanted, percent(found, runs), "-")
		}
	}
	return nil
}
