package rank_test

import (
	"fmt"
	"strconv"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// looked asks a gate after 5, 10 and 15 blocks and ends with the first verdict, as
// a user would who adds blocks while it is inconclusive.
func looked(t *testing.T, rows []sample.Row, looks func(look int) rank.Looks) rank.GateVerdict {
	t.Helper()
	for look := 1; look <= 3; look++ {
		var seen []sample.Row
		for _, r := range rows {
			if block, err := strconv.Atoi(r.Block); err == nil && block <= 5*look {
				seen = append(seen, r)
			}
		}
		o := rank.DefaultOptions()
		o.Baseline, o.Looks = synthetic.Baseline, looks(look)
		_, verdict, err := rank.Gate(seen, "c01", o)
		if err != nil {
			t.Fatal(err)
		}
		if verdict != rank.GateInconclusive {
			return verdict
		}
	}
	return rank.GateInconclusive
}

// Three looks that share alpha are wrong as seldom as one; three at the whole of it
// are not.
func TestLooksShareAlpha(t *testing.T) {
	const runs = 400
	for _, tt := range []struct {
		effect float64
		wrong  rank.GateVerdict
		naive  bool // so wrong without sharing that it shows
	}{{-2, rank.GatePass, true}, {0, rank.GateFail, false}} {
		shared, full := 0, 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.Seed = 2, 15, uint64(40000+run)
			p.Effects = map[string]float64{"c01": tt.effect}
			rows := draw(t, p)
			if looked(t, rows, func(look int) rank.Looks { return rank.Looks{Planned: 3, This: look} }) == tt.wrong {
				shared++
			}
			if looked(t, rows, func(int) rank.Looks { return rank.Looks{} }) == tt.wrong {
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
		l    rank.Looks
		good bool
	}{
		{rank.Looks{}, true}, {rank.Looks{Planned: 1, This: 1}, true}, {rank.Looks{Planned: 3, This: 3}, true},
		{rank.Looks{Planned: 3}, false}, {rank.Looks{Planned: 3, This: 4}, false}, {rank.Looks{This: 1}, false},
		{rank.Looks{Planned: -1, This: 1}, false}, {rank.Looks{Planned: 21, This: 1}, false},
	} {
		if err := tt.l.Check(); (err == nil) != tt.good {
			t.Errorf("%+v: %v", tt.l, err)
		}
	}
	if got := fmt.Sprintf("%.4f %.4f", rank.Looks{}.Alpha(0.05), rank.Looks{Planned: 4, This: 2}.Alpha(0.05)); got != "0.0500 0.0125" {
		t.Errorf("shares %s", got)
	}
}
