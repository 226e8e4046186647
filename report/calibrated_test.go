package report_test

import (
	"bytes"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report"
	"vnettune/report/rank/synthetic"
	"vnettune/report/reporttest"
	"vnettune/report/stored"
)

// The small form of `make calibrate`, with fixed seeds: what is printed must not be wrong more often
// than is claimed, by more than chance explains once in a thousand.

// printedOf is the page of a drawn campaign, by the functions that the command uses.
func printedOf(t *testing.T, p synthetic.Plan) reporttest.Page {
	t.Helper()
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Of(&stored.Campaign{Path: "-", Rows: rows}, nil, stored.Asked{Baseline: synthetic.Baseline})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.Text(&text, r); err != nil {
		t.Fatal(err)
	}
	page := reporttest.Read(text.String(), p.Arms())
	if len(page.Words) != p.Combinations-1 {
		t.Fatalf("%d sentences about %d arms:\n%s", len(page.Words), p.Combinations-1, text.String())
	}
	return page
}

// atMost is the largest number of errors in n that a rate of at most p explains.
func atMost(p float64, n int) int {
	b := distuv.Binomial{N: float64(n), P: p}
	k := 0
	for 1-b.CDF(float64(k)) > 0.001 {
		k++
	}
	return k
}

func TestPrintedWordsAreSeldomWrong(t *testing.T) {
	const runs = 60
	for name, apply := range map[string]func(*synthetic.Plan){
		"normal":          func(*synthetic.Plan) {},
		"heavy tails":     func(p *synthetic.Plan) { p.Shape = synthetic.T3 },
		"noisy baseline":  func(p *synthetic.Plan) { p.Noise = map[string]float64{synthetic.Baseline: 3} },
		"two placements":  func(p *synthetic.Plan) { p.Slow, p.SlowBy = 0.1, 15 },
		"lost boots":      func(p *synthetic.Plan) { p.Lost = 0.03 },
		"loss, 80 % zero": func(p *synthetic.Plan) { p.Metric, p.Zeros, p.Mean, p.BootSD, p.RepSD = "loss", 0.8, 1, 0.3, 0.3 },
	} {
		wrong := 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Seed = uint64(1000 + run)
			apply(&p)
			if printedOf(t, p).Difference() {
				wrong++
			}
		}
		if most := atMost(0.06, runs); wrong > most {
			t.Errorf("%s: a difference is printed in %d of %d campaigns without any, at most %d are explained", name, wrong, runs, most)
		}
	}
}

func TestBootedArmByArmClaimsNothing(t *testing.T) {
	for run := range 30 {
		p := synthetic.DefaultPlan()
		p.Combinations, p.Blocks, p.Drift, p.Sequential, p.Seed = 2+run%7, 3+run%4, 6, true, uint64(run)
		page := printedOf(t, p)
		for arm, word := range page.Words {
			if word != reporttest.NoVerdict {
				t.Errorf("seed %d: %s %q", run, arm, word)
			}
		}
		if page.Difference() || len(page.MayBe) > 0 {
			t.Errorf("seed %d: something is claimed beside the verdicts", run)
		}
	}
}

// What is there is printed: +5 % among 33 arms is found with the power that the method is stated for.
func TestPrintedHelpIsFound(t *testing.T) {
	const runs = 30
	missed := 0
	for run := range runs {
		p := synthetic.DefaultPlan()
		p.Combinations, p.Blocks, p.Seed, p.Effects = 33, 10, uint64(run), map[string]float64{"c07": 5}
		if !printedOf(t, p).Helps("c07") {
			missed++
		}
	}
	if most := atMost(0.07, runs); missed > most {
		t.Errorf("+5 %% is not printed in %d of %d campaigns, at most %d are explained", missed, runs, most)
	}
}
