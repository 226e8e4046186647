package main

import (
	"fmt"
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/report/reporttest"
	"vnettune/results/record"
)

// errors is G2' and G3': pages about campaigns without any effect. Any difference that is claimed,
// anywhere on the page, is false; and all intervals together have to hold zero.
func (c *calibration) errors() error {
	var all, benchstat tally
	for _, n := range noises() {
		for _, arms := range []int{2, 4, 8, 16, 32} {
			runs := c.runs(1000)
			var wrong, holds, theirs tally
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.Combinations, p.Blocks = arms+1, 5
				n.apply(p)
			}, func(x printed) {
				wrong.add(x.page.Difference())
				holds.add(holdZero(x.rank))
				theirs.add(benchstatDiffers(x.rows) > 0)
			})
			if err != nil {
				return err
			}
			all.hits, all.of = all.hits+wrong.hits, all.of+wrong.of
			benchstat.hits, benchstat.of = benchstat.hits+theirs.hits, benchstat.of+theirs.of
			row("G2', G3'", fmt.Sprintf("%d equal arms and the baseline, 5 boots: any difference printed; all intervals hold", arms), n.name, runs,
				"<= 6 %; >= 94 %", wrong.atMost(6)+"; "+holds.atLeast(94), theirs.String())
		}
	}
	row("G2'", "mean over all cells: any difference printed", "all", all.of, "<= 5 %", all.atMost(5), benchstat.String())
	return nil
}

// holdZero says whether all intervals against the baseline hold zero; an arm without one claims nothing.
func holdZero(a rank.Analysis) bool {
	for _, arm := range a.Arms {
		if arm.Interval.Low > 0 || arm.Interval.High < 0 {
			return false
		}
	}
	return true
}

// order is G2' for campaigns whose boots are known to have been made arm by arm: no claim at all.
func (c *calibration) order() error {
	for _, arms := range []int{2, 4, 8} {
		for _, blocks := range []int{3, 5, 10} {
			runs := c.runs(500)
			var claims tally
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.Combinations, p.Blocks, p.Drift, p.Sequential = arms, blocks, 6, true
			}, func(x printed) {
				claimed := x.page.Difference() || len(x.page.MayBe) > 0
				for _, w := range x.page.Words {
					claimed = claimed || w != reporttest.NoVerdict
				}
				claims.add(claimed)
			})
			if err != nil {
				return err
			}
			row("G2'", fmt.Sprintf("%d arms booted one after another, %d boots, drift 6 %%: any claim printed", arms, blocks), "normal", runs, "0 %", claims.atMost(0), "-")
		}
	}
	return nil
}

// power is G4': +5 % among 33 arms, the baseline twice: printed helps, of whatever size; and beside it
// what the interval of all boots says.
func (c *calibration) power() error {
	for _, n := range []noise{{"normal", shape(synthetic.Normal)}, {"placements 10/90, 15 % apart", placements(0.1, 15)}} {
		before := 0.0
		for _, k := range []struct {
			boots, runs int
			wanted      float64
		}{{5, 1000, 55}, {10, 1000, 93}, {20, 300, 0}} {
			runs := c.runs(k.runs)
			var found, label tally
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.Combinations, p.Blocks, p.Effects = 33, k.boots, map[string]float64{"c07": 5}
				n.apply(p)
			}, func(x printed) {
				found.add(x.page.Helps("c07"))
				for _, arm := range x.rank.Arms {
					if arm.Name == "c07" {
						label.add(arm.Label == rank.LabelHelps || arm.Label == rank.LabelHelpsMaybe)
					}
				}
			})
			if err != nil {
				return err
			}
			wanted, measured := "not below fewer boots", found.atLeast(before)
			if n.name == "normal" {
				wanted, measured = fmt.Sprintf(">= %g %%, within 2 points of the label", k.wanted), found.atLeast(max(k.wanted, label.share()-2))
			}
			row("G4'", fmt.Sprintf("+5 %% among 33 arms, %d boots of SD %.2f %%: printed to help; label", k.boots, bootMean), n.name, runs, wanted,
				measured+"; "+label.String(), "-")
			before = found.share() - 1 // what is lost by chance
		}
	}
	return nil
}

// twoArms is the question that benchstat answers, on the same data: two equal arms.
func (c *calibration) twoArms() error {
	runs := c.runs(1000)
	for _, n := range noises() {
		for _, boots := range []int{5, 10} {
			var ours, theirs tally
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.Combinations, p.Blocks, p.Repetitions = 2, boots, 5
				n.apply(p)
			}, func(x printed) {
				ours.add(x.page.Difference())
				theirs.add(benchstatDiffers(x.rows) > 0)
			})
			if err != nil {
				return err
			}
			row("G1", fmt.Sprintf("two equal arms, %d boots of 5 repetitions: any difference printed", boots), n.name, runs, "<= 6 %", ours.atMost(6), theirs.String())
		}
	}
	return nil
}

// best says whether the true best of a landscape of effects may be the best on the page, and all
// intervals hold: G3 with effects.
func (c *calibration) coverage() error {
	for _, n := range noises()[:8] {
		for _, arms := range []int{8, 32} {
			runs := c.runs(300)
			var kept tally
			first := c.seeds(runs)
			err := each(runs, func(run int) (bool, error) {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.Seed = arms, 5, first+uint64(run)*seedStep
				p.Effects = landscape(p.Arms(), p.Seed)
				n.apply(&p)
				x, err := print(p)
				return err == nil && holdsTruth(x.rank, p.Effects), err
			}, func(ok bool) { kept.add(ok) })
			if err != nil {
				return err
			}
			row("G3", fmt.Sprintf("%d arms with effects from -6 to 6 %%, 5 boots: all intervals hold, and the best may be the best", arms), n.name, runs, ">= 94 %", kept.atLeast(94), "-")
		}
	}
	return nil
}

// holdsTruth says whether all intervals against the baseline hold the truth, and the best arm is in
// the best set.
func holdsTruth(a rank.Analysis, effects map[string]float64) bool {
	best := a.Arms[0]
	for _, arm := range a.Arms {
		if v := record.Number(effects[arm.Name]); !arm.IsBaseline && (v < arm.Interval.Low || v > arm.Interval.High) {
			return false
		}
		if effects[arm.Name] > effects[best.Name] {
			best = arm
		}
	}
	return record.True(best.MayBeBest)
}

// landscape gives every arm its own effect, from -6 to 6 %.
func landscape(arms []string, seed uint64) map[string]float64 {
	out := make(map[string]float64)
	for i, name := range arms[1:] {
		out[name] = 6 * math.Sin(float64(i+1)*2.39996+float64(seed%1000))
	}
	return out
}
