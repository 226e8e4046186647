package main

import (
	"fmt"
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// noise is a named departure from the textbook.
type noise struct {
	name  string
	apply func(*synthetic.Plan)
	// goal: the goals are stated for it. The others show what happens elsewhere.
	goal bool
	// blocks is the budget of a search: noise that is larger needs more of them.
	blocks int
}

// wanted is what a goal demands of this noise.
func (n noise) wanted(goal string) string {
	if n.goal {
		return goal
	}
	return "no goal"
}

func shape(s synthetic.Shape) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) { p.Shape = s }
}

// unequal arms differ in noise by the standard deviation of its logarithm.
func unequal(s synthetic.Shape, spread float64) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) { p.Shape, p.NoiseSpread = s, spread }
}

// noises are those of error rates, which must hold for all of them.
func noises() []noise {
	return append([]noise{
		{"normal", shape(synthetic.Normal), true, 0},
		{"t3", shape(synthetic.T3), true, 0},
		{"drops", shape(synthetic.Drops), true, 0},
		{"unequal, log-SD 0.35", unequal(synthetic.Normal, 0.35), true, 0},
	}, others()...)
}

// others have no goal but the user's.
func others() []noise {
	return []noise{
		{"lognormal", shape(synthetic.LogNormal), false, 0},
		{"bimodal boots", shape(synthetic.Bimodal), false, 0},
		{"AR(1) 0.7 repetitions", func(p *synthetic.Plan) { p.Correlation = 0.7 }, false, 0},
	}
}

// searchNoises are those of G5: normal and heavy tails, each with arms that are
// equally noisy and that are not.
func searchNoises() []noise {
	const some, many = 80, 300
	var out []noise
	for _, s := range []synthetic.Shape{synthetic.Normal, synthetic.T3} {
		out = append(out, noise{string(s), shape(s), true, some})
		for _, spread := range []float64{0.35, 0.5} {
			out = append(out, noise{fmt.Sprintf("%s, unequal, log-SD %g", s, spread), unequal(s, spread), true, many})
		}
	}
	for _, n := range append(others(), dropped()...) {
		n.blocks = some
		if n.name == string(synthetic.Drops) {
			n.blocks = many
		}
		out = append(out, n)
	}
	return out
}

// gateNoises are those of G6, whose power is stated for one size of noise.
func gateNoises() []noise {
	return append([]noise{
		{"normal", shape(synthetic.Normal), true, 0},
		{"t3", shape(synthetic.T3), true, 0},
		{"unequal, log-SD 0.35", unequal(synthetic.Normal, 0.35), false, 0},
	}, append(others(), dropped()...)...)
}

// dropped is the shape whose drops are noise on top of the rest, and the same made
// as large as the others: what is the size's doing and what the shape's?
func dropped() []noise {
	const share, depth = 0.03, 8.0
	size := math.Sqrt(1 + share*(1-share)*depth*depth)
	return []noise{
		{"drops", shape(synthetic.Drops), false, 0},
		{"drops, as large as the others", func(p *synthetic.Plan) {
			p.Shape = synthetic.Drops
			p.BootSD /= size
			p.RepSD /= size
		}, false, 0},
	}
}

// analyze draws a campaign and ranks it.
func analyze(p synthetic.Plan) ([]sample.Row, rank.Analysis, error) {
	rows, err := synthetic.Draw(p)
	if err != nil {
		return nil, rank.Analysis{}, err
	}
	r, err := rank.Analyze(rows, options())
	if err != nil {
		return nil, rank.Analysis{}, err
	}
	return rows, r.Analyses[0], nil
}

func options() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = synthetic.Baseline
	return o
}

// differences counts the arms that are called different.
func differences(a rank.Analysis) int {
	n := 0
	for _, arm := range a.Arms {
		if record.True(arm.Differs) {
			n++
		}
	}
	return n
}
