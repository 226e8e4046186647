package main

import (
	"fmt"
	"slices"
	"strconv"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// stopped is a drawn campaign with the boots that it made of those that were drawn.
type stopped struct {
	analysis     rank.Analysis
	plan         synthetic.Plan
	boots, drawn int
}

// stop draws a campaign and boots arms no more that settle at one of so many looks; 0 boots all to the end.
func stop(p synthetic.Plan, looks int) (stopped, error) {
	rows, err := synthetic.Draw(p)
	if err != nil {
		return stopped{}, err
	}
	o, drawn := options(), bootsOf(rows)
	if looks > 0 {
		s := &rank.Settle{Arms: map[string]int{}}
		for k := range looks {
			s.Looks = append(s.Looks, ((k+1)*p.Blocks+looks-1)/looks)
		}
		o.Settle = s
		for look := 1; look < looks; look++ {
			settled, err := rank.NewlySettled(rows, o, look)
			if err != nil {
				return stopped{}, err
			}
			for _, x := range settled {
				s.Arms[x.Arm] = look
			}
			rows = slices.DeleteFunc(rows, func(r sample.Row) bool {
				at, is := s.Arms[r.Combination]
				block, err := strconv.Atoi(r.Block)
				return is && (err != nil || block > s.Looks[at-1])
			})
		}
	}
	r, err := rank.Analyze(rows, o)
	if err != nil {
		return stopped{}, err
	}
	return stopped{r.Analyses[0], p, bootsOf(rows), drawn}, nil
}

func bootsOf(rows []sample.Row) int {
	names := map[string]bool{}
	for _, r := range rows {
		names[r.Boot] = true
	}
	return len(names)
}

// claims says whether a verdict, a tier or a single winner says that two arms differ.
func (s stopped) claims() bool {
	for _, a := range s.analysis.Arms {
		if a.Tier > 1 || a.Verdict == rank.Verdict(rank.LabelHelps) || a.Verdict == rank.Verdict(rank.LabelHelpsMaybe) || a.Verdict == rank.Verdict(rank.LabelHarms) {
			return true
		}
	}
	return s.analysis.SingleWinner != ""
}

// holds says whether all intervals hold the truth, and wrong whether a verdict contradicts it.
func (s stopped) holds() (holds, wrong bool) {
	holds = true
	for _, a := range s.analysis.Arms {
		truth, margin := s.plan.Effects[a.Name], float64(s.analysis.Margin)
		if a.Interval.Low.Exists() && (float64(a.Interval.Low) > truth || float64(a.Interval.High) < truth) {
			holds = false
		}
		switch a.Verdict {
		case rank.Verdict(rank.LabelHelps):
			wrong = wrong || truth <= margin
		case rank.Verdict(rank.LabelHelpsMaybe):
			wrong = wrong || truth <= 0
		case rank.Verdict(rank.LabelHarms):
			wrong = wrong || truth >= 0
		case rank.Verdict(rank.LabelEquivalent):
			wrong = wrong || truth >= margin || truth <= -margin
		}
	}
	return holds, wrong
}

// told is the number of arms with a verdict by which they settle.
func (s stopped) told() int {
	n := 0
	for _, a := range s.analysis.Arms {
		if a.Verdict == rank.Verdict(rank.LabelHelps) || a.Verdict == rank.Verdict(rank.LabelHarms) || a.Verdict == rank.Verdict(rank.LabelEquivalent) {
			n++
		}
	}
	return n
}

// settle is what campaigns say in which arms settle, beside those in which none does, on the same draws.
func (c *calibration) settle() error {
	effects := map[string]float64{"c01": 8, "c02": -8, "c03": 4, "c04": 2, "c05": -4}
	for _, part := range []struct {
		name    string
		effects map[string]float64
		arms    int
	}{{"arms of +8, -8, +4, +2, -4 %, the others 0", effects, 8}, {"equal arms", nil, 8}} {
		for _, n := range []noise{{"normal", shape(synthetic.Normal)}, {"t3", shape(synthetic.T3)},
			{"placements 10/90, 15 % apart", placements(0.1, 15)}, {"unequal, log-SD 0.35", func(p *synthetic.Plan) { p.NoiseSpread = 0.35 }}} {
			for _, blocks := range []int{24} {
				runs := c.runs(1000)
				first := c.seeds(runs)
				for _, looks := range []int{0, 2, 4, 8} {
					var claims, holds, wrong tally
					boots, drawn, told := 0, 0, 0
					err := each(runs, func(run int) (stopped, error) {
						p := synthetic.DefaultPlan()
						p.Combinations, p.Blocks, p.Effects = part.arms, blocks, part.effects
						n.apply(&p)
						p.Seed = first + uint64(run)*seedStep
						return stop(p, looks)
					}, func(x stopped) {
						held, lied := x.holds()
						holds.add(held)
						wrong.add(lied)
						claims.add(x.claims())
						boots, drawn, told = boots+x.boots, drawn+x.drawn, told+x.told()
					})
					if err != nil {
						return err
					}
					said := wrong
					if part.effects == nil {
						said = claims
					}
					row("settle", fmt.Sprintf("%d %s, the baseline with them, %d blocks, %d looks: a false claim; all intervals hold; boots made; arms told, a campaign", part.arms, part.name, blocks, looks), n.name, runs,
						"<= 6 %; >= 94 %; -; -", fmt.Sprintf("%s; %s; %.0f %%; %.2f", said.atMost(6), holds.atLeast(94), 100*float64(boots)/float64(drawn), float64(told)/float64(runs)), "-")
				}
			}
		}
	}
	return nil
}
