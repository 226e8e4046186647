package main

import (
	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// noise is a named departure from the textbook.
type noise struct {
	name  string
	apply func(*synthetic.Plan)
}

func noises() []noise {
	shape := func(s synthetic.Shape) func(*synthetic.Plan) {
		return func(p *synthetic.Plan) { p.Shape = s }
	}
	return []noise{
		{"normal", shape(synthetic.Normal)},
		{"t3", shape(synthetic.T3)},
		{"drops", shape(synthetic.Drops)},
		{"lognormal", shape(synthetic.LogNormal)},
		{"bimodal boots", shape(synthetic.Bimodal)},
		{"AR(1) 0.7 repetitions", func(p *synthetic.Plan) { p.Correlation = 0.7 }},
		{"unequal, log-SD 0.35", func(p *synthetic.Plan) { p.NoiseSpread = 0.35 }},
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
		if arm.Differs {
			n++
		}
	}
	return n
}
