package rank

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/results/sample"
)

func checkGate(t *testing.T, c *refCase) {
	var in caseCampaign
	c.in(&in)
	in.ZeroRule = ZeroStall
	if !in.Blocked {
		for i := range in.Boots {
			in.Boots[i].Block = 0
		}
	}
	results, overall, err := Gate(in.rows(t), in.name(1), in.options())
	if err != nil {
		t.Fatal(err)
	}
	g := results[0]
	c.number("n_new", float64(g.New.OK))
	c.number("n_base", float64(g.Base.OK))
	c.same("method", g.Method)
	c.same("pairs", orNull(g.Pairs, g.Pairs > 0))
	c.number("diff", g.diff)
	c.number("diff_percent", g.DiffPercent)
	c.number("se", g.SE)
	c.number("df", g.DF)
	c.number("lower", g.lower)
	c.number("upper", g.upper)
	c.number("lower_percent", g.Interval.Low)
	c.number("upper_percent", g.Interval.High)
	c.number("p_pass", g.PPass)
	c.number("p_fail", g.PFail)
	c.same("verdict", g.Verdict)
	c.same("verdict", overall)
	c.same("boots_needed", orNull(g.BootsNeeded, g.BootsNeeded > 0))
}

func TestGate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		effect float64
		blocks int
		noise  float64
		want   GateVerdict
	}{
		{"no difference", 0, 10, 0.3, GatePass},
		{"better", 5, 10, 0.3, GatePass},
		{"a proven loss inside the margin", -1, 10, 0.1, GatePass},
		{"a loss beyond the margin", -5, 10, 0.3, GateFail},
		{"too much noise", 0, 4, 5, GateInconclusive},
		{"two boots", -5, 2, 0.1, GateInconclusive},
	} {
		for _, lower := range []bool{false, true} {
			rows := campaign(21, map[string]float64{"base": 0, "a": tt.effect, "b": 9}, tt.blocks, 2, tt.noise)
			if lower {
				for i := range rows {
					rows[i].Value, rows[i].Better = 1e6/rows[i].Value, sample.LowerIsBetter
				}
			}
			results, got, err := Gate(rows, "a", baseOptions())
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want || len(results) != 1 {
				t.Errorf("%s, lower is better %v: %s %+v, want %s", tt.name, lower, got, results, tt.want)
			}
		}
	}
}

// Without variance nothing is decided, whatever the difference.
func TestGateWithoutVariance(t *testing.T) {
	rows := campaign(22, map[string]float64{"base": 0, "a": -9}, 8, 1, 0)
	results, got, err := Gate(rows, "a", baseOptions())
	if err != nil || got != GateInconclusive || !math.IsNaN(results[0].PFail) {
		t.Errorf("%s %+v %v", got, results, err)
	}
}

// One metric that fails fails the gate; one that is open keeps it from passing.
func TestGateOverSeveralMetrics(t *testing.T) {
	series := func(workload string, effect, noise float64) []sample.Row {
		rows := campaign(23, map[string]float64{"base": 0, "a": effect}, 8, 2, noise)
		for i := range rows {
			rows[i].Workload = workload
		}
		return rows
	}
	pass, fail, open := series("x", 0, 0.2), series("y", -6, 0.2), series("z", 0, 6)
	for _, tt := range []struct {
		rows []sample.Row
		want GateVerdict
	}{
		{slices.Concat(pass, fail, open), GateFail},
		{slices.Concat(pass, open), GateInconclusive},
		{pass, GatePass},
	} {
		results, got, err := Gate(tt.rows, "a", baseOptions())
		if err != nil || got != tt.want {
			t.Errorf("%s, %v, want %s", got, err, tt.want)
		}
		for _, g := range results {
			if g.PFailHolm < g.PFail {
				t.Errorf("%s: adjusted %v below %v", g.Workload, g.PFailHolm, g.PFail)
			}
		}
	}
}

func TestGateRefuses(t *testing.T) {
	rows := campaign(24, map[string]float64{"base": 0, "a": 0}, 3, 1, 1)
	for candidate, want := range map[string]string{"base": "both", "x": "a, base"} {
		if _, _, err := Gate(rows, candidate, baseOptions()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("candidate %q: %v", candidate, err)
		}
	}
}
