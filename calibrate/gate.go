package main

import (
	"fmt"
	"strings"

	"vnettune/report"
	"vnettune/report/rank/synthetic"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// gate is G6': what the gate prints about 10+10 boots in blocks.
func (c *calibration) gate() error {
	cells := []gateCell{{"loss of the primary metric 0 against 0: PASS", nil, loss(1), "PASS", 100, true}}
	for _, n := range noises() {
		if n.name != "loss, 80 % of boots without" {
			cells = append(cells, gateCell{"no difference: FAIL", &n, nil, "FAIL", 5, false})
		}
	}
	for _, n := range noises()[:3] {
		cells = append(cells, gateCell{"a loss of the margin: PASS", &n, effect(-2), "PASS", 6, false})
	}
	lost := noise{"8 % of boots lost", func(p *synthetic.Plan) { p.Lost = 0.08 }}
	normal := noise{"normal", shape(synthetic.Normal)}
	cells = append(cells,
		gateCell{"a loss of 5 %: FAIL", &normal, effect(-5), "FAIL", 99, true},
		gateCell{"a loss of 5 %: FAIL", &lost, effect(-5), "FAIL", 95, true},
		gateCell{"no difference: FAIL", &lost, nil, "FAIL", 5, false},
		gateCell{"half of the candidate's 20 boots fail, none of the baseline's: FAIL", &noise{"normal, 20+20 boots", shape(synthetic.Normal)}, half, "FAIL", 95, true},
		gateCell{"loss of packets + 0.5 points, margin 0.1: FAIL", &noise{"normal, SD 0.2 points", loss(0)}, points(0.5), "FAIL", 99, true},
		gateCell{"loss of packets equal, margin 0.1: FAIL", &noise{"80 % of boots without loss", loss(0.8)}, nil, "FAIL", 5, false},
	)
	for _, k := range cells {
		runs := c.runs(2000)
		var hit tally
		first := c.seeds(runs)
		err := each(runs, func(run int) (string, error) {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.Seed = 2, 10, first+uint64(run)*seedStep
			k.apply(&p)
			return judged(p)
		}, func(word string) { hit.add(word == k.word) })
		if err != nil {
			return err
		}
		name, wanted, measured := "normal", fmt.Sprintf("<= %g %%", k.wanted), hit.atMost(k.wanted)
		if k.noise != nil {
			name = k.noise.name
		}
		if k.least {
			wanted, measured = fmt.Sprintf(">= %g %%", k.wanted), hit.atLeast(k.wanted)
		}
		row("G6'", "gate, 10+10 boots, "+k.what, name, runs, wanted, measured, "-")
	}
	return nil
}

// gateCell is a kind of campaign, and how often a word is wanted at most or at least.
type gateCell struct {
	what   string
	noise  *noise
	change func(*synthetic.Plan)
	word   string
	wanted float64
	least  bool
}

func (k gateCell) apply(p *synthetic.Plan) {
	if k.noise != nil {
		k.noise.apply(p)
	}
	if k.change != nil {
		k.change(p)
	}
}

func effect(percent float64) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) { p.Effects = map[string]float64{"c01": percent} }
}

// points adds to the candidate's loss, with noise that the goal's size can be found in.
func points(more float64) func(*synthetic.Plan) {
	return func(p *synthetic.Plan) {
		p.BootSD, p.RepSD, p.Effects = 0.2, 0.2, map[string]float64{"c01": more}
	}
}

// half lets 10 of the candidate's 20 boots fail; judged does it.
func half(p *synthetic.Plan) { p.Blocks, p.Lost = 20, -1 }

// judged is the first word that the gate prints about a campaign.
func judged(p synthetic.Plan) (string, error) {
	crashes := p.Lost < 0
	p.Lost = max(0, p.Lost)
	rows, err := synthetic.Draw(p)
	if err != nil {
		return "", err
	}
	if crashes {
		rows = crashed(rows)
	}
	g, err := (&stored.Campaign{Path: "-", Rows: rows}).Gate("c01", stored.Asked{Baseline: synthetic.Baseline})
	if err != nil {
		return "", err
	}
	word, _, _ := strings.Cut(report.TellGate(g).Lead[0], ":")
	word, _, _ = strings.Cut(word, "(") // FAIL(failures) is a FAIL
	return word, nil
}

// crashed is the rows with every second boot of the candidate failed.
func crashed(rows []sample.Row) []sample.Row {
	var out []sample.Row
	boots := 0
	for i, r := range rows {
		if r.Combination != "c01" {
			out = append(out, r)
			continue
		}
		if i == 0 || rows[i-1].Boot != r.Boot {
			boots++
		}
		switch {
		case boots%2 == 0:
			out = append(out, r)
		case i == 0 || rows[i-1].Boot != r.Boot:
			r.Status, r.HasValue, r.Value = record.MeasurementFailed, false, 0
			out = append(out, r)
		}
	}
	return out
}
