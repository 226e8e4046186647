package main

import (
	"fmt"
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/stints"
	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
)

// withinNoises are what boots within which arms are switched may look like.
func withinNoises() []noise {
	interaction := func(sd float64) func(*synthetic.Plan) {
		return func(p *synthetic.Plan) { p.InteractionSD = sd }
	}
	return []noise{
		{"arm by boot 0", interaction(0)},
		{"arm by boot 0.5 %", interaction(0.5)},
		{"arm by boot 1 %", interaction(1)},
		{"arm by boot 2 %", interaction(2)},
		{"arm by boot 1 %, stints 1 %", func(p *synthetic.Plan) { p.InteractionSD, p.StintSD = 1, 1 }},
		{"arm by boot 1 %, AR(1) 0.6 over repetitions", func(p *synthetic.Plan) { p.InteractionSD, p.Correlation = 1, 0.6 }},
		{"arm by boot 1 %, placements 50/50, 8 % apart", both(interaction(1), placements(0.5, 8))},
		{"arm by boot 1 %, placements 10/90, 15 % apart", both(interaction(1), placements(0.1, 15))},
		{"arm by boot 1 %, unequal, log-SD 0.35", func(p *synthetic.Plan) { p.InteractionSD, p.NoiseSpread = 1, 0.35 }},
		{"arm by boot 1 %, t3", both(interaction(1), shape(synthetic.T3))},
		{"arm by boot 1 %, drift 6 %", func(p *synthetic.Plan) { p.InteractionSD, p.Drift = 1, 6 }},
		{"arm by boot 1 %, 3 % of stints lost", func(p *synthetic.Plan) { p.InteractionSD, p.Lost = 1, 0.03 }},
		{"arm by boot 1 %, 1 whole plot", func(p *synthetic.Plan) { p.InteractionSD, p.WholePlots = 1, 1 }},
		{"arm by boot 1 %, 2 whole plots", func(p *synthetic.Plan) { p.InteractionSD, p.WholePlots = 1, 2 }},
		{"arm by boot 0, 2 whole plots, placements 50/50, 8 % apart", both(func(p *synthetic.Plan) { p.WholePlots = 2 }, placements(0.5, 8))},
	}
}

func both(a, b func(*synthetic.Plan)) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) {
		a(p)
		b(p)
	}
}

// within is what pages say of arms that are switched within boots.
func (c *calibration) within() error {
	for _, part := range []func() error{c.withinErrors, c.withinAfterEffects, c.withinRebootOnly, c.withinPower} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// withinErrors counts false claims of pages without effects, intervals that hold zero, and arms that are
// falsely taken for ones that take only at a reboot.
func (c *calibration) withinErrors() error {
	var all tally
	for _, n := range withinNoises() {
		for _, arms := range []int{4, 8} {
			for _, boots := range []int{10, 20} {
				runs := c.runs(1000)
				var wrong, holds, fell tally
				err := c.campaigns(runs, func(p *synthetic.Plan) {
					p.WithinBoot, p.Combinations, p.Blocks = true, arms, boots
					n.apply(p)
				}, func(x printed) {
					wrong.add(x.page.Difference())
					holds.add(holdZero(x.rank))
					fell.add(len(x.rank.Stints.FellBack) > 0)
				})
				if err != nil {
					return err
				}
				all.hits, all.of = all.hits+wrong.hits, all.of+wrong.of
				row("within", fmt.Sprintf("%d equal arms with the baseline, %d boots: any difference printed; all intervals hold; any arm falls back", arms, boots), n.name, runs,
					"<= 6 %; >= 94 %; <= 6 %", wrong.atMost(6)+"; "+holds.atLeast(94)+"; "+fell.atMost(6), "-")
			}
		}
	}
	row("within", "mean over all cells: any difference printed", "all", all.of, "<= 5 %", all.atMost(5), "-")
	return nil
}

// withinAfterEffects leaves a part of a value in force: arms without effect must claim none, and of the
// arm with one the bridge must find it, or its bound cover it.
func (c *calibration) withinAfterEffects() error {
	const effect = 10.0
	for _, share := range []float64{0.1, 0.25, 0.5} {
		for _, boots := range []int{10, 20} {
			runs := c.runs(1000)
			var wrong, holds, found, covered tally
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.WithinBoot, p.Combinations, p.Blocks, p.InteractionSD = true, 8, boots, 1
				p.CarryOver, p.Effects = share, map[string]float64{"c01": effect}
			}, func(x printed) {
				claims, zero := false, true
				for _, arm := range x.rank.Arms {
					switch {
					case arm.IsBaseline:
					case arm.Name == "c01":
						found.add(arm.Bridge.Outcome == stints.Differs)
						covered.add(arm.Bridge.Outcome == stints.Differs || reboots(arm, effect))
					default:
						claims = claims || record.True(arm.Differs) && (arm.Verdict == rank.Verdict(rank.LabelHelps) || arm.Verdict == rank.Verdict(rank.LabelHelpsMaybe) || arm.Verdict == rank.Verdict(rank.LabelHarms))
						zero = zero && !(arm.Interval.Low > 0) && !(arm.Interval.High < 0)
					}
				}
				wrong.add(claims)
				holds.add(zero)
			})
			if err != nil {
				return err
			}
			row("within", fmt.Sprintf("8 arms, one of +%g %%, %d boots: a false claim of another; their intervals hold; the one is found not to switch; found, or its interval with x holds", effect, boots),
				fmt.Sprintf("arm by boot 1 %%, %g %% stays in force", 100*share), runs, "<= 6 %; >= 94 %; -; >= 94 %",
				wrong.atMost(6)+"; "+holds.atLeast(94)+"; "+found.String()+"; "+covered.atLeast(94), "-")
		}
	}
	return nil
}

// reboots says whether the arm's interval, widened by the bridge's bound, holds what a reboot does.
func reboots(arm rank.Arm, effect float64) bool {
	x := float64(arm.Bridge.Bound)
	return math.IsInf(x, 1) || float64(arm.Interval.Low)-x <= effect && effect <= float64(arm.Interval.High)+x
}

// withinRebootOnly is a setting that takes only at a reboot.
func (c *calibration) withinRebootOnly() error {
	for _, effect := range []float64{2, 5, 10, 20} {
		for _, boots := range []int{10, 20, 40} {
			runs := c.runs(1000)
			var found, equivalent, covered tally
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.WithinBoot, p.Combinations, p.Blocks, p.InteractionSD = true, 8, boots, 0.5
				p.RebootOnly = map[string]float64{"c03": effect}
			}, func(x printed) {
				for _, arm := range x.rank.Arms {
					if arm.Name == "c03" {
						found.add(arm.Bridge.Outcome == stints.Differs)
						equivalent.add(arm.Verdict == rank.Verdict(rank.LabelEquivalent))
						covered.add(arm.Bridge.Outcome == stints.Differs || reboots(arm, effect))
					}
				}
			})
			if err != nil {
				return err
			}
			row("within", fmt.Sprintf("8 arms, one of +%g %% that takes only at a reboot, %d boots: found; called equivalent; found, or its interval with x holds", effect, boots),
				"arm by boot 0.5 %", runs, "-; <= 5 %; >= 94 %", found.String()+"; "+equivalent.atMost(5)+"; "+covered.atLeast(94), "-")
		}
	}
	return nil
}

// withinPower is +2 % among 8 arms with the baseline by both ways: repetitions resemble each other.
func (c *calibration) withinPower() error {
	for _, k := range []struct {
		rep, correlation, interaction float64
	}{{1, 0.3, 0.3}, {2, 0.3, 0.3}, {2, 0.6, 1}} {
		for _, d := range []struct {
			within bool
			blocks int
		}{{true, 10}, {true, 12}, {true, 16}, {true, 20}, {true, 30}, {false, 36}, {false, 45}} {
			runs := c.runs(1000)
			var helps tally
			boots := 0
			err := c.campaigns(runs, func(p *synthetic.Plan) {
				p.Combinations, p.Blocks, p.RepSD, p.Correlation, p.Effects = 8, d.blocks, k.rep, k.correlation, map[string]float64{"c05": 2}
				boots = d.blocks * 9
				if d.within {
					p.WithinBoot, p.InteractionSD, boots = true, k.interaction, d.blocks
				} else {
					p.BootSD = math.Hypot(p.BootSD, k.interaction)
				}
			}, func(x printed) { helps.add(x.page.Helps("c05")) })
			if err != nil {
				return err
			}
			way := "by reboots"
			if d.within {
				way = "within boots"
			}
			row("within", fmt.Sprintf("+2 %% among 8 arms %s, %d boots: printed to help", way, boots),
				fmt.Sprintf("boots 2 %%, repetitions %g %% with AR(1) %g, arm by boot %g %%", k.rep, k.correlation, k.interaction), runs, "no goal", helps.String(), "-")
		}
	}
	return nil
}
