package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vnettune/report/rank/gate"
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
			runs, good, unproven, boots := c.runs(600), 0, 0, 0
			for range runs {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.BaselinePerBlock, p.Seed = arms, n.blocks, 1, c.next()
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
					return err
				}
				r, err := search.Decide(rows, options(), search.Options{First: 3})
				if err != nil {
					return err
				}
				boots += r.Boots
				// Within the margin: no more than 2 % below the best, and proven to be.
				switch {
				case !r.Proven:
					unproven++
				case (1+p.Effects[r.Pick]/100)/(1+best/100) > 0.98+1e-9:
					good++
				}
			}
			mean := float64(boots) / float64(runs)
			row("G5", fmt.Sprintf("search among 32 arms, %s, at most %d blocks: pick proven and right; not proven; boots", l.name, n.blocks), n.name, runs, n.wanted(l.wanted),
				fmt.Sprintf("%s; %s; %.0f %%", percent(good, runs), percent(unproven, runs), 100*mean/certifiedFixed), "-")
		}
	}
	return nil
}

// gate is G6: 10+10 boots.
func (c *calibration) gate() error {
	for _, k := range []struct {
		effect       float64
		what, wanted string
		verdict      gate.Verdict
	}{
		{0, "no difference: FAIL", "<= 5 %", gate.Fail},
		{-2, "a loss of the margin: PASS", "<= 6 %", gate.Pass},
		{-5, "a loss of 5 %: FAIL", ">= 99 %", gate.Fail},
	} {
		for _, n := range gateNoises() {
			runs, count, wanted := c.runs(4000), 0, k.wanted
			if k.effect < -2 {
				wanted = n.wanted(wanted) // power depends on the size of the noise, errors must not
			}
			for range runs {
				p := synthetic.DefaultPlan()
				p.Combinations, p.Blocks, p.Seed, p.Effects = 2, 10, c.next(), map[string]float64{"c01": k.effect}
				n.apply(&p)
				rows, err := synthetic.Draw(p)
				if err != nil {
					return err
				}
				_, verdict, err := gate.Judge(rows, "c01", options(), gate.Looks{})
				if err != nil {
					return err
				}
				if verdict == k.verdict {
					count++
				}
			}
			row("G6", "gate, 10+10 boots, "+k.what, n.name, runs, wanted, percent(count, runs), "-")
		}
	}
	return nil
}
