package gate_test

import (
	"fmt"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// looked asks a gate after 5, 10 and 15 blocks and ends with the first verdict, as
// a user would who adds blocks while it is inconclusive.
func looked(t *testing.T, rows []sample.Row, looks func(look int) gate.Looks) gate.Verdict {
	t.Helper()
	for look := 1; look <= 3; look++ {
		var seen []sample.Row
		for _, r := range rows {
			if block, err := strconv.Atoi(r.Block); err == nil && block <= 5*look {
				seen = append(seen, r)
			}
		}
		o := rank.DefaultOptions()
		o.Baseline = synthetic.Baseline
		out, err := gate.Judge(seen, "c01", o, looks(look))
		if err != nil {
			t.Fatal(err)
		}
		if out.Verdict != gate.Inconclusive {
			return out.Verdict
		}
	}
	return gate.Inconclusive
}

// Three looks that share alpha are wrong as seldom as one; three at the whole of it are not.
func TestLooksShareAlpha(t *testing.T) {
	const runs = 400
	for _, tt := range []struct {
		effect float64
		wrong  gate.Verdict
		naive  bool // so wrong without sharing that it shows
	}{{-2, gate.Pass, true}, {0, gate.Fail, false}} {
		shared, full := 0, 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.Seed = 2, 15, uint64(40000+run)
			p.Effects = map[string]float64{"c01": tt.effect}
			rows := draw(t, p)
			if looked(t, rows, func(look int) gate.Looks { return gate.Looks{Planned: 3, This: look} }) == tt.wrong {
				shared++
			}
			if looked(t, rows, func(int) gate.Looks { return gate.Looks{} }) == tt.wrong {
				full++
			}
		}
		if limit := atMost(0.05, runs); shared > limit || (full > limit) != tt.naive {
			t.Errorf("a true difference of %v %%: %d of %d times %s, at most %d; %d at the whole alpha each look", tt.effect, shared, runs, tt.wrong, limit, full)
		}
	}
}

func TestLooksCheck(t *testing.T) {
	for _, tt := range []struct {
		l    gate.Looks
		good bool
	}{
		{gate.Looks{}, true}, {gate.Looks{Planned: 1, This: 1}, true}, {gate.Looks{Planned: 3, This: 3}, true},
		{gate.Looks{Planned: 3}, false}, {gate.Looks{Planned: 3, This: 4}, false}, {gate.Looks{This: 1}, false},
		{gate.Looks{Planned: -1, This: 1}, false}, {gate.Looks{Planned: 21, This: 1}, false},
	} {
		if err := tt.l.Check(); (err == nil) != tt.good {
			t.Errorf("%+v: %v", tt.l, err)
		}
	}
	if got := fmt.Sprintf("%.4f %.4f", gate.Looks{}.Alpha(0.05), gate.Looks{Planned: 4, This: 2}.Alpha(0.05)); got != "0.0500 0.0125" {
		t.Errorf("shares %s", got)
	}
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

func draw(t *testing.T, p synthetic.Plan) []sample.Row {
	t.Helper()
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestGateErrsSeldom(t *testing.T) {
	const runs = 150
	for _, tt := range []struct {
		effect  float64
		verdict gate.Verdict
		rate    float64
		least   bool
	}{
		{0, gate.Fail, 0.05, false},
		{-2, gate.Pass, 0.05, false},
		{-5, gate.Fail, 0.01, true}, // the share that does not fail
	} {
		count := 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.Seed = 2, 10, uint64(20000+run)
			p.Effects = map[string]float64{"c01": tt.effect}
			o := rank.DefaultOptions()
			o.Baseline = synthetic.Baseline
			out, err := gate.Judge(draw(t, p), "c01", o, gate.Looks{})
			if err != nil {
				t.Fatal(err)
			}
			if (out.Verdict == tt.verdict) != tt.least {
				count++
			}
		}
		if limit := atMost(tt.rate, runs); count > limit {
			t.Errorf("a true difference of %v %%: %d of %d wrong verdicts, at most %d", tt.effect, count, runs, limit)
		}
	}
}
