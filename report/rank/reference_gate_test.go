package rank_test

import (
	"math"
	"testing"

	"vnettune/report/rank/gate"
	"vnettune/results/record"
	"vnettune/results/sample"
)

func checkGate(t *testing.T, c *refCase) {
	var in caseCampaign
	c.in(&in)
	if !in.Blocked {
		for i := range in.Boots {
			in.Boots[i].Block = 0
		}
	}
	out, err := gate.Judge(in.rows(t), in.name(1), in.options(), gate.Looks{})
	if err != nil {
		t.Fatal(err)
	}
	g := out.Results[0]
	effect, y := "percent", func(shown record.Number) float64 { return 100 * math.Log1p(float64(shown)/100) }
	if in.Scale == sample.Difference {
		effect, y = "unit", func(shown record.Number) float64 { return float64(shown) }
	}
	if in.Better == sample.LowerIsBetter {
		up := y
		y = func(shown record.Number) float64 { return -up(shown) }
	}
	lower, upper := y(g.Interval.Low), y(g.Interval.High)
	c.number("n_new", float64(g.New.OK))
	c.number("n_base", float64(g.Base.OK))
	c.same("method", g.Method)
	c.same("pairs", g.Pairs)
	c.number("diff", y(g.Difference))
	c.number("diff_"+effect, float64(g.Difference))
	c.number("se", float64(g.SE))
	c.number("df", float64(g.DF))
	c.number("lower", min(lower, upper))
	c.number("upper", max(lower, upper))
	c.number("lower_"+effect, float64(g.Interval.Low))
	c.number("upper_"+effect, float64(g.Interval.High))
	c.number("p_pass", float64(g.PPass))
	c.number("p_fail", float64(g.PFail))
	c.number("p_fail_holm", float64(g.PFailHolm))
	c.same("boots_needed", g.BootsNeeded)
	c.same("equal_in_every_boot", g.Equal)
	c.same("boot_order", g.BootOrder)
	c.number("missing_share_new", g.MissingNew)
	c.number("missing_share_base", g.MissingBase)
	f := out.Failures
	c.same("failed_new", f.FailedNew)
	c.same("tried_new", f.TriedNew)
	c.same("failed_base", f.FailedBase)
	c.same("tried_base", f.TriedBase)
	c.number("p_failures", float64(f.P))
	c.same("failures_in_family", f.InFamily)
	c.number("p_failures_holm", float64(f.PHolm))
	c.same("verdict_without_loss_rule", g.Numbers)
	c.same("verdict_lost_worst", orNull(g.LostWorst))
	c.same("verdict_lost_best", orNull(g.LostBest))
	c.same("verdict_lost_null", orNull(g.LostEven))
	c.same("verdict", out.Verdict)
	reason := g.Reason
	if out.Verdict != gate.Inconclusive {
		reason = ""
	}
	c.same("reason", reason)
	c.same("exit_code", map[gate.Verdict]int{gate.Pass: 0, gate.Fail: 4, gate.FailFailures: 4, gate.Inconclusive: 5}[out.Verdict])
}

// orNull is null for no verdict.
func orNull(v gate.Verdict) any {
	if v == "" {
		return nil
	}
	return v
}
