package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vnettune/report/rank/search"
	"vnettune/report/rank/synthetic"
)

// certifiedFixed is the number of boots that a fixed plan needs for 32 arms
// (Bechhofer, known deviation 2.31 %, margin 2 %).
const certifiedFixed = 672

// search is G5: is the pick within the margin of the best, and in how many boots?
func (c *calibration) search() error {
	const arms = 32
	for _, l := range []struct {
		name, wanted string
		effect       func(i int, seed uint64) float64
	}{
		// Slippage: all but one exactly one margin below the best, the worst case.
		{"slippage", ">= 95 %, boots <= 60 %", func(i int, _ uint64) float64 {
			if i == 17 {
				return 100 / 0.98 * (1 - 0.98)
			}
			return 0
		}},
		{"factorial", ">= 95 %, boots <= 36 %", func(i int, _ uint64) float64 {
			y := 0.0
			for bit, v := range []float64{3, 2, 1.5, 1, 0.5} {
				y += v * float64(i>>bit&1)
			}
			return y
		}},
		{"random effects of SD 3 %", ">= 95 %, boots <= 36 %", func(i int, seed uint64) float64 {
			return 3 * rand.New(rand.NewPCG(seed, uint64(i))).NormFloat64()
		}},
	} {
		for _, n := range searchNoises() {
			runs := c.runs(300)
			var good, unproven tally
			boots, first := 0, c.seeds(runs)
			err := each(runs, func(run int) (picked, error) {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.BaselinePerBlock, p.Seed = arms, n.blocks, 1, first+uint64(run)*seedStep
				p.Effects = make(map[string]float64)
				names := p.Arms()
				best := 0.0
				for i, name := range names {
					if i > 0 {
						p.Effects[name] = l.effect(i, p.Seed)
					}
					best = math.Max(best, p.Effects[name])
				}
				n.apply(&p)
				rows, err := synthetic.Draw(p)
				if err != nil {
					return picked{}, err
				}
				r, err := search.Decide(rows, options(), search.Options{First: 3})
				// Within the margin: no more than 2 % below the best, and proven to be.
				return picked{r.Boots, r.Proven, r.Proven && (1+p.Effects[r.Pick]/100)/(1+best/100) > 0.98+1e-9}, err
			}, func(x picked) {
				boots += x.boots
				unproven.add(!x.proven)
				good.add(x.good)
			})
			if err != nil {
				return err
			}
			mean := float64(boots) / float64(runs)
			row("G5", fmt.Sprintf("search among 32 arms, %s, at most %d blocks: pick proven and right; not proven; boots", l.name, n.blocks), n.name, runs, n.wanted(l.wanted),
				fmt.Sprintf("%s; %s; %.0f %%", good, unproven, 100*mean/certifiedFixed), "-")
		}
	}
	return nil
}

// picked is what a search came to.
type picked struct {
	boots        int
	proven, good bool
}

// searchNoise is noise with the budget of blocks that a search is given: noise that is larger needs
// more of them. The goal is stated for some.
type searchNoise struct {
	noise
	goal   bool
	blocks int
}

func (n searchNoise) wanted(goal string) string {
	if n.goal {
		return goal
	}
	return "no goal"
}

// searchNoises are normal and heavy tails, each with arms that are equally noisy and that are not.
func searchNoises() []searchNoise {
	const some, many = 80, 300
	var out []searchNoise
	for _, s := range []synthetic.Shape{synthetic.Normal, synthetic.T3} {
		out = append(out, searchNoise{noise{string(s), shape(s)}, true, some})
		for _, spread := range []float64{0.35, 0.5} {
			unequal := func(p *synthetic.Plan) { p.Shape, p.NoiseSpread = s, spread }
			out = append(out, searchNoise{noise{fmt.Sprintf("%s, unequal, log-SD %g", s, spread), unequal}, true, many})
		}
	}
	for _, s := range []synthetic.Shape{synthetic.LogNormal, synthetic.Bimodal} {
		out = append(out, searchNoise{noise{string(s), shape(s)}, false, some})
	}
	return append(out, searchNoise{noise{"drops", shape(synthetic.Drops)}, false, many})
}
