package rank_test

import (
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// The small form of `make calibrate`, with fixed seeds: error rates must not exceed
// the claimed ones by more than chance explains once in a thousand.

// atMost is the largest number of errors in n that a rate of at most p explains.
func atMost(p float64, n int) int {
	b := distuv.Binomial{N: float64(n), P: p}
	k := 0
	for 1-b.CDF(float64(k)) > 0.001 {
		k++
	}
	return k
}

func draw(t *testing.T, p synthetic.Plan) []sample.Row {
	t.Helper()
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func rankOf(t *testing.T, rows []sample.Row) rank.Analysis {
	t.Helper()
	o := rank.DefaultOptions()
	o.Baseline = synthetic.Baseline
	r, err := rank.Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Analyses[0]
}

var calibrationShapes = []synthetic.Shape{synthetic.Normal, synthetic.T3, synthetic.LogNormal, synthetic.Bimodal}

func TestEqualArmsAreSeldomCalledDifferent(t *testing.T) {
	const runs = 150
	for s, shape := range calibrationShapes {
		wrong, naive := 0, 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.Repetitions, p.Shape, p.Seed = 2, 5, 5, shape, uint64(1000*s+run)
			rows := draw(t, p)
			if different(rankOf(t, rows)) {
				wrong++
			}
			// The same data with every repetition taken for a boot.
			for i := range rows {
				rows[i].Boot += string(rune('a' + rows[i].Repetition))
				rows[i].Block += string(rune('a' + rows[i].Repetition))
				rows[i].Repetition = 1
			}
			if different(rankOf(t, rows)) {
				naive++
			}
		}
		if limit := atMost(0.05, runs); wrong > limit || naive <= limit {
			t.Errorf("%s: %d of %d equal pairs are called different, at most %d; %d when repetitions are taken for boots, more than that", shape, wrong, runs, limit, naive)
		}
	}
}

func different(a rank.Analysis) bool {
	for _, arm := range a.Arms {
		if record.True(arm.Differs) {
			return true
		}
	}
	return false
}

func TestCampaignsOfEqualArms(t *testing.T) {
	const runs = 40
	for s, shape := range calibrationShapes {
		wrong, split, missed := 0, 0, 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Drift, p.Shape, p.Seed = 10, 5, shape, uint64(5000+1000*s+run)
			a := rankOf(t, draw(t, p))
			if different(a) {
				wrong++
			}
			if len(a.Tiers) > 1 {
				split++
			}
			for _, arm := range a.Arms {
				if !arm.IsBaseline && (arm.Interval.Low > 0 || arm.Interval.High < 0) {
					missed++
					break
				}
			}
		}
		if limit := atMost(0.06, runs); wrong > limit || split > limit || missed > limit {
			t.Errorf("%s: of %d campaigns %d have a false difference, %d a false tier, %d an interval beside the truth; at most %d", shape, runs, wrong, split, missed, limit)
		}
	}
}

// A plan that is large enough finds what is there.
func TestPowerIsThere(t *testing.T) {
	const runs = 30
	missed := 0
	for run := range runs {
		p := synthetic.DefaultPlan()
		p.Combinations, p.Blocks, p.Seed = 12, 10, uint64(30000+run)
		p.Effects = map[string]float64{"c05": 5}
		for _, arm := range rankOf(t, draw(t, p)).Arms {
			if arm.Name == "c05" && !*arm.Differs {
				missed++
			}
		}
	}
	if limit := atMost(0.1, runs); missed > limit {
		t.Errorf("%d of %d campaigns miss a difference of 5 %%, at most %d", missed, runs, limit)
	}
}
