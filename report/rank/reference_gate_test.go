package rank_test

import (
	"math"
	"testing"

	"vnettune/report/rank/gate"
	"vnettune/results/record"
)

func checkGate(t *testing.T, c *refCase) {
	var in caseCampaign
	c.in(&in)
	if !in.Blocked {
		for i := range in.Boots {
			in.Boots[i].Block = 0
		}
	}
	results, overall, err := gate.Judge(in.rows(t), in.name(1), in.options(), gate.Looks{})
	if err != nil {
		t.Fatal(err)
	}
	g := results[0]
	c.number("n_new", float64(g.New.OK))
	c.number("n_base", float64(g.Base.OK))
	c.same("method", g.Method)
	c.same("pairs", g.Pairs)
	log := func(percent record.Number) float64 { return 100 * math.Log1p(float64(percent)/100) }
	c.number("diff", log(g.DiffPercent))
	c.number("diff_percent", float64(g.DiffPercent))
	c.number("se", float64(g.SE))
	c.number("df", float64(g.DF))
	c.number("lower", log(g.Interval.Low))
	c.number("upper", log(g.Interval.High))
	c.number("lower_percent", float64(g.Interval.Low))
	c.number("upper_percent", float64(g.Interval.High))
	c.number("p_pass", float64(g.PPass))
	c.number("p_fail", float64(g.PFail))
	c.same("verdict", g.Verdict)
	c.same("verdict", overall)
	c.same("boots_needed", g.BootsNeeded)
}
