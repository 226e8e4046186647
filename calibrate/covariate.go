package main

import (
	"fmt"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
)

// pairOf is a drawn campaign without its covariate and with it.
type pairOf struct{ without, with stopped }

// adjusted draws a campaign with a covariate and analyses it both ways.
func adjusted(p synthetic.Plan) (pairOf, error) {
	rows, err := synthetic.Draw(p)
	if err != nil {
		return pairOf{}, err
	}
	var out pairOf
	for _, x := range []struct {
		name string
		to   *stopped
	}{{"", &out.without}, {"drawn", &out.with}} {
		o := options()
		o.Covariate = x.name
		r, err := rank.Analyze(rows, o)
		if err != nil {
			return pairOf{}, err
		}
		*x.to = stopped{analysis: r.Analyses[0], plan: p}
	}
	return out, nil
}

// squares is the sum of the squared widths of the intervals against the baseline.
func squares(a rank.Analysis) float64 {
	sum := 0.0
	for _, arm := range a.Arms {
		if arm.Interval.Low.Exists() {
			w := float64(arm.Interval.High - arm.Interval.Low)
			sum += w * w
		}
	}
	return sum
}

// covariate is what campaigns say with a covariate of the boots, beside the same draws without it: where it is
// what it should be, and where an arm touches it.
func (c *calibration) covariate() error {
	cell := func(what, name string, change func(p *synthetic.Plan)) error {
		var without, with, held, heldWith, used, wrong, wrongWith tally
		wide, narrow := 0.0, 0.0
		runs := c.runs(1000)
		first := c.seeds(runs)
		err := each(runs, func(run int) (pairOf, error) {
			p := synthetic.DefaultPlan()
			p.CovariateSD = 2
			change(&p)
			p.Seed = first + uint64(run)*seedStep
			return adjusted(p)
		}, func(x pairOf) {
			is := x.with.analysis.Covariate.Used
			used.add(is)
			h, lied := x.without.holds()
			held.add(h)
			wrong.add(lied)
			without.add(x.without.claims())
			h, lied = x.with.holds()
			heldWith.add(h)
			wrongWith.add(lied)
			with.add(x.with.claims())
			if is {
				wide, narrow = wide+squares(x.without.analysis), narrow+squares(x.with.analysis)
			}
		})
		if err != nil {
			return err
		}
		p := synthetic.DefaultPlan()
		change(&p)
		if len(p.Effects) > 0 {
			without, with = wrong, wrongWith
		}
		saved := "-"
		if narrow > 0 {
			saved = fmt.Sprintf("%.2f", narrow/wide)
		}
		row("covariate", what+": a false claim without, with; all intervals hold without, with; used; boots for the same width", name, runs, "<= 6 %; >= 94 %; -; -",
			fmt.Sprintf("%s, %s; %s, %s; %s; %s", without, with.atMost(6), held, heldWith.atLeast(94), used, saved), "-")
		return nil
	}
	for _, arms := range []int{2, 4, 8} {
		for _, blocks := range []int{5, 10} {
			for _, rho := range []float64{0, 0.5, 0.9} {
				if err := cell(fmt.Sprintf("%d equal arms, %d blocks, rho %g", arms, blocks, rho), "normal", func(p *synthetic.Plan) {
					p.Combinations, p.Blocks, p.CovariateRho = arms, blocks, rho
				}); err != nil {
					return err
				}
			}
		}
	}
	for _, n := range noises()[1:] {
		if n.name == "loss, 80 % of boots without" {
			continue // its boots have no deviation that a covariate could follow
		}
		if err := cell("8 equal arms, 10 blocks, rho 0.9", n.name, func(p *synthetic.Plan) {
			p.Combinations, p.Blocks, p.CovariateRho = 8, 10, 0.9
			n.apply(p)
		}); err != nil {
			return err
		}
	}
	for _, rho := range []float64{0.5, 0.9} {
		if err := cell(fmt.Sprintf("8 arms of +8, -8, +4, +2, -4 %%, the others 0, 10 blocks, rho %g", rho), "normal", func(p *synthetic.Plan) {
			p.Combinations, p.Blocks, p.CovariateRho = 8, 10, rho
			p.Effects = map[string]float64{"c01": 8, "c02": -8, "c03": 4, "c04": 2, "c05": -4}
		}); err != nil {
			return err
		}
	}
	for _, blocks := range []int{5, 10, 20} {
		for _, rho := range []float64{0.5, 0.9} {
			for _, by := range []float64{0.5, 1, 2, 4} {
				if err := cell(fmt.Sprintf("8 equal arms, %d blocks, rho %g, one arm makes the covariate %g SD higher", blocks, rho, by/2), "normal", func(p *synthetic.Plan) {
					p.Combinations, p.Blocks, p.CovariateRho = 8, blocks, rho
					p.CovariateEffects = map[string]float64{"c01": by}
				}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
