package main

import (
	"math"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
)

// noise is a named departure from the textbook.
type noise struct {
	name  string
	apply func(*synthetic.Plan)
}

func shape(s synthetic.Shape) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) { p.Shape = s }
}

// noises are the cells of SPEC 14.8: what a campaign without effects may look like.
func noises() []noise {
	arm := func(name string, by float64) func(*synthetic.Plan) {
		return func(p *synthetic.Plan) { p.Noise = map[string]float64{name: by} }
	}
	return []noise{
		{"normal", shape(synthetic.Normal)},
		{"lognormal", shape(synthetic.LogNormal)},
		{"t3", shape(synthetic.T3)},
		{"placements 50/50, 8 % apart", placements(0.5, 8)},
		{"placements 10/90, 15 % apart", placements(0.1, 15)},
		{"AR(1) 0.8 over boots", func(p *synthetic.Plan) { p.BootCorrelation = 0.8 }},
		{"AR(1) 0.8 over repetitions", func(p *synthetic.Plan) { p.Correlation = 0.8 }},
		{"unequal, log-SD 0.35", func(p *synthetic.Plan) { p.NoiseSpread = 0.35 }},
		{"drift 6 %", func(p *synthetic.Plan) { p.Drift = 6 }},
		{"baseline SD x 2", arm(synthetic.Baseline, 2)},
		{"baseline SD x 3", arm(synthetic.Baseline, 3)},
		{"one arm SD x 4", arm("c01", 4)},
		{"3 % of boots lost", func(p *synthetic.Plan) { p.Lost = 0.03 }},
		{"loss, 80 % of boots without", loss(0.8)},
	}
}

func placements(share, apart float64) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) { p.Slow, p.SlowBy = share, apart }
}

// loss is UDP's, with a share of boots that lose nothing.
func loss(zeros float64) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) {
		p.Metric, p.Zeros, p.Mean, p.BootSD, p.RepSD = "loss", zeros, 1, 0.3, 0.3
	}
}

// bootMean is the deviation of a boot's mean over 3 repetitions that the goals
// state: 2.31 %.
var bootMean = math.Sqrt(4 + 4.0/3)

func options() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = synthetic.Baseline
	return o
}
