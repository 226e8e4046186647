package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/ranktest"
	"vnettune/results/sample"
)

func baseOptions() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = "base"
	return o
}

func TestGate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		effect float64
		blocks int
		noise  float64
		want   Verdict
	}{
		{"no difference", 0, 10, 0.3, Pass},
		{"better", 5, 10, 0.3, Pass},
		{"a proven loss inside the margin", -1, 10, 0.1, Pass},
		{"a loss beyond the margin", -5, 10, 0.3, Fail},
		{"too much noise", 0, 4, 5, Inconclusive},
		{"two boots", -5, 2, 0.1, Inconclusive},
	} {
		for _, lower := range []bool{false, true} {
			rows := ranktest.Campaign(21, map[string]float64{"base": 0, "a": tt.effect, "b": 9}, tt.blocks, 2, tt.noise)
			if lower {
				for i := range rows {
					rows[i].Value, rows[i].Better = 1e6/rows[i].Value, sample.LowerIsBetter
				}
			}
			results, got, err := Judge(rows, "a", baseOptions(), Looks{})
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
	rows := ranktest.Campaign(22, map[string]float64{"base": 0, "a": -9}, 8, 1, 0)
	results, got, err := Judge(rows, "a", baseOptions(), Looks{})
	if err != nil || got != Inconclusive || results[0].PFail.Exists() {
		t.Errorf("%s %+v %v", got, results, err)
	}
}

// One metric that fails fails the gate; one that is open keeps it from passing.
func TestGateOverSeveralMetrics(t *testing.T) {
	series := func(workload string, effect, noise float64) []sample.Row {
		rows := ranktest.Campaign(23, map[string]float64{"base": 0, "a": effect}, 8, 2, noise)
		for i := range rows {
			rows[i].Workload = workload
		}
		return rows
	}
	pass, fail, open := series("x", 0, 0.2), series("y", -6, 0.2), series("z", 0, 6)
	for _, tt := range []struct {
		rows []sample.Row
		want Verdict
	}{
		{slices.Concat(pass, fail, open), Fail},
		{slices.Concat(pass, open), Inconclusive},
		{pass, Pass},
	} {
		results, got, err := Judge(tt.rows, "a", baseOptions(), Looks{})
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
	rows := ranktest.Campaign(24, map[string]float64{"base": 0, "a": 0}, 3, 1, 1)
	for candidate, want := range map[string]string{"base": "both", "x": "a, base"} {
		if _, _, err := Judge(rows, candidate, baseOptions(), Looks{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("candidate %q: %v", candidate, err)
		}
	}
}

// gateRows are ten boots of each arm with one repetition each; low is the value of the
// baseline's third boot.
func gateRows(low float64) []sample.Row {
	noise := [2][10]float64{{3, -5, 1, 7, -2, 4, -6, 0, -3, 5}, {-1, 4, -4, 2, 6, -7, 3, -2, 5, 0}}
	var rows []sample.Row
	for block := range 10 {
		for i, arm := range []string{"new", "base"} {
			r := sample.Row{Combination: arm, Block: fmt.Sprint(block), Boot: fmt.Sprintf("%s-%d", arm, block), Workload: "w",
				Metric: "throughput", Unit: "Mbit/s", Better: "higher", Repetition: 1, HasValue: true, Value: 1000 + noise[i][block]}
			if arm == "base" && block == 3 {
				r.Value = low
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func TestGateSaysWhatHangsOnFlaggedBoots(t *testing.T) {
	for name, c := range map[string]struct {
		low     float64
		verdict Verdict
		second  rank.Code // what the last warning is; "" for no warning
	}{
		"nothing is flagged":                 {1002, Pass, ""},
		"a boot far off, the verdict stands": {960, Pass, rank.WarnWithoutFlagged},
		"the verdict hangs on it":            {1400, Inconclusive, rank.WarnOutlierMatters},
	} {
		t.Run(name, func(t *testing.T) {
			results, overall, err := Judge(gateRows(c.low), "new", baseOptions(), Looks{})
			if err != nil {
				t.Fatal(err)
			}
			ws := results[0].Warnings
			if overall != c.verdict || (len(ws) == 0) != (c.second == "") {
				t.Fatalf("%s with %+v, want %s and last %q", overall, ws, c.verdict, c.second)
			}
			if len(ws) == 0 {
				return
			}
			last := ws[len(ws)-1]
			if last.Code != c.second || !strings.Contains(last.Text, "PASS") {
				t.Errorf("last warning %+v, want %q and what the verdict is without the boot", last, c.second)
			}
			// Of a pair nobody knows which boot is the odd one: both are named.
			if !slices.ContainsFunc(ws, func(w rank.Warning) bool {
				return w.Arm == "base" && slices.Equal(w.Boots, []string{"base-3"})
			}) {
				t.Errorf("warnings %+v, want the baseline's boot named", ws)
			}
		})
	}
}

// What is lost is known by the slots, a baseline that boots twice a block included; a
// planned boot that was never made is lost, though nobody tried it.
func TestGateKnowsWhatIsLost(t *testing.T) {
	rows := ranktest.Campaign(25, map[string]float64{"base": 0, "a": 0}, 5, 2, 0.2)
	for _, r := range rows[:len(rows):len(rows)] {
		if r.Combination == "base" { // a second boot of the baseline in each block
			r.Boot += "again"
			r.Value *= 1.0003
			rows = append(rows, r)
		}
	}
	second := func(r sample.Row) bool {
		return r.Combination == "base" && strings.HasSuffix(r.Boot, "again") && r.Block > "1"
	}
	for _, tt := range []struct {
		name   string
		lose   func(sample.Row) string
		want   Verdict
		reason Reason
		base   boots.Counts
	}{
		{"nothing", func(sample.Row) string { return "" }, Pass, "", boots.Counts{OK: 10, Planned: 10}},
		{"three of ten failed", func(r sample.Row) string {
			if second(r) {
				return "no_boot"
			}
			return ""
		}, Inconclusive, ReasonMissing, boots.Counts{OK: 7, Failed: 3, Planned: 10}},
		{"three of ten never made", func(r sample.Row) string {
			if second(r) {
				return sample.StatusNotRun
			}
			return ""
		}, Inconclusive, ReasonMissing, boots.Counts{OK: 7, Planned: 10}},
	} {
		results, got, err := Judge(ranktest.Slotted(rows, tt.lose), "a", baseOptions(), Looks{})
		if err != nil {
			t.Fatal(err)
		}
		if g := results[0]; got != tt.want || g.Reason != tt.reason || g.Base != tt.base {
			t.Errorf("%s: %s, %q, %+v; want %s, %q, %+v", tt.name, got, g.Reason, g.Base, tt.want, tt.reason, tt.base)
		}
	}
}

// Without its flagged boots a side may have none: then there is no second look.
func TestGateOfASideThatStalled(t *testing.T) {
	rows := ranktest.Campaign(26, map[string]float64{"base": 0, "a": 0}, 4, 2, 0.2)
	for i := range rows {
		if rows[i].Combination == "a" && rows[i].Repetition == 2 {
			rows[i].Value = 0
		}
	}
	results, _, err := Judge(rows, "a", baseOptions(), Looks{})
	if err != nil || len(results[0].Warnings) != 1 || results[0].Warnings[0].Code != rank.WarnStall {
		t.Errorf("%+v, %v; want the stalled boots named, and no second look", results, err)
	}
}

// A gate of two arms that were never booted is inconclusive, where others were.
func TestGateOfArmsThatWereNeverBooted(t *testing.T) {
	rows := ranktest.Campaign(25, map[string]float64{"base": 0, "a": 0, "b": 0}, 5, 2, 0.2)
	results, got, err := Judge(ranktest.Slotted(rows, func(r sample.Row) string {
		if r.Combination != "b" {
			return sample.StatusNotRun
		}
		return ""
	}), "a", baseOptions(), Looks{})
	if err != nil || got != Inconclusive || len(results) != 1 || results[0].New.OK+results[0].Base.OK != 0 || results[0].New.Planned == 0 {
		t.Errorf("%s, %+v, %v; want one inconclusive metric", got, results, err)
	}
}
