package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/ranktest"
	"vnettune/results/record"
	"vnettune/results/sample"
)

func baseOptions() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = "base"
	return o
}

// judge is the gate of arm a.
func judge(t *testing.T, rows []sample.Row) Outcome {
	t.Helper()
	out, err := Judge(rows, "a", baseOptions(), Looks{})
	if err != nil {
		t.Fatal(err)
	}
	return out
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
				rows = ranktest.Latency(rows)
			}
			out := judge(t, rows)
			if out.Verdict != tt.want || len(out.Results) != 1 {
				t.Errorf("%s, lower is better %v: %+v, want %s", tt.name, lower, out, tt.want)
			}
		}
	}
}

// Without variance nothing is decided, whatever the difference.
func TestGateWithoutVariance(t *testing.T) {
	rows := ranktest.Campaign(22, map[string]float64{"base": 0, "a": -9}, 8, 1, 0)
	if out := judge(t, rows); out.Verdict != Inconclusive || out.Results[0].Reason != ReasonVariance || out.Results[0].PFail.Exists() {
		t.Errorf("%+v", out)
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
		out := judge(t, tt.rows)
		if out.Verdict != tt.want {
			t.Errorf("%s, want %s", out.Verdict, tt.want)
		}
		for _, g := range out.Results {
			if g.PFailHolm < g.PFail {
				t.Errorf("%s: adjusted %v below %v", g.Workload, g.PFailHolm, g.PFail)
			}
		}
	}
}

func TestGateRefuses(t *testing.T) {
	rows := ranktest.Campaign(24, map[string]float64{"base": 0, "a": 0}, 3, 1, 1)
	for candidate, want := range map[string]string{"base": "both", "x": "a, base"} {
		if _, err := Judge(rows, candidate, baseOptions(), Looks{}); err == nil || !strings.Contains(err.Error(), want) {
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

// Flagged boots are a note: the verdict is that of all boots, whatever it would be without them.
func TestFlagsAreANoteInTheGate(t *testing.T) {
	for name, c := range map[string]struct {
		low     float64
		verdict Verdict
		noted   bool
	}{
		"nothing is flagged":            {1002, Pass, false},
		"a boot far off":                {900, Pass, true},
		"one that makes too much noise": {1400, Inconclusive, true}, // it would pass without
	} {
		t.Run(name, func(t *testing.T) {
			out, err := Judge(gateRows(c.low), "new", baseOptions(), Looks{})
			if err != nil {
				t.Fatal(err)
			}
			ws := out.Results[0].Warnings
			if out.Verdict != c.verdict || (len(ws) > 0) != c.noted {
				t.Fatalf("%s with %+v, want %s", out.Verdict, ws, c.verdict)
			}
			// Of a pair nobody knows which boot is the odd one: both are named.
			for _, arm := range []string{"base", "new"} {
				if named := slices.ContainsFunc(ws, func(w rank.Warning) bool {
					return string(w.Arm) == arm && slices.Equal(w.Boots, []string{arm + "-3"})
				}); named != c.noted {
					t.Errorf("warnings %+v, boot of %s named: %v", ws, arm, named)
				}
			}
		})
	}
}

// What is lost is known by the slots, a baseline that boots twice a block included; a planned boot
// that was never made is lost, though nobody tried it. A pass must hold in both worst cases, which
// are filled in by hand here.
func TestGateKnowsWhatIsLost(t *testing.T) {
	for _, tt := range []struct {
		effect float64
		want   Verdict // with three of the baseline's twenty boots lost
		reason Reason
	}{{0, Pass, ""}, {-1.3, Inconclusive, ReasonMissing}} {
		rows := ranktest.Twice(ranktest.Campaign(25, map[string]float64{"base": 0, "a": tt.effect}, 10, 1, 0.2))
		second := func(r sample.Row) bool {
			return r.Combination == "base" && strings.HasSuffix(r.Boot, "again") && r.Block > "6"
		}
		low, high := math.Inf(1), 0.0
		for _, r := range rows {
			if !second(r) {
				low, high = math.Min(low, r.Value), math.Max(high, r.Value)
			}
		}
		filled := func(value float64) Verdict {
			all := slices.Clone(rows)
			for i := range all {
				if second(all[i]) {
					all[i].Value = value
				}
			}
			return judge(t, ranktest.Slotted(all, func(sample.Row) string { return "" })).Verdict
		}
		worst, best := filled(high), filled(low)
		if (worst == Pass && best == Pass) != (tt.want == Pass) {
			t.Fatalf("%v: %s and %s in the worst cases", tt.effect, worst, best)
		}
		for status, base := range map[string]boots.Counts{
			record.RebootFailed:     {OK: 17, Failed: 3, Planned: 20},
			sample.StatusNotRun:     {OK: 17, Planned: 20},
			record.PutBack:          {OK: 17, Lost: 3, Planned: 20},
			record.Interrupted:      {OK: 17, Lost: 3, Planned: 20},
			record.ReadBackFailed:   {OK: 17, Failed: 3, Planned: 20},
			record.RebootedByItself: {OK: 17, Failed: 3, Planned: 20},
		} {
			out := judge(t, ranktest.Slotted(rows, func(r sample.Row) string {
				if second(r) {
					return status
				}
				return ""
			}))
			g := out.Results[0]
			if out.Verdict != tt.want || g.Reason != tt.reason || g.Base != base || g.Numbers != Pass || g.LostWorst != worst || g.LostBest != best {
				t.Errorf("%v, %s: %s, %q, %+v, of the numbers %s, worst %s, best %s; want %s, %q, %+v, PASS, %s, %s", tt.effect, status,
					out.Verdict, g.Reason, g.Base, g.Numbers, g.LostWorst, g.LostBest, tt.want, tt.reason, base, worst, best)
			}
			if f := out.Failures; f.FailedBase != base.Failed || f.TriedBase != base.OK+base.Failed || f.FailedNew != 0 || f.TriedNew != 10 {
				t.Errorf("%s: failures %+v", status, f)
			}
		}
	}
}

// A loss that is large enough fails whatever the lost boots would have measured, as long as no
// difference in them would still leave it (SPEC 14.4).
func TestFailWithLostBoots(t *testing.T) {
	lose := func(r sample.Row) string {
		if r.Combination == "a" && (r.Block == "3" || r.Block == "7") {
			return sample.StatusNotRun
		}
		return ""
	}
	for _, tt := range []struct {
		effect float64
		want   Verdict
		reason Reason
	}{
		{-20, Fail, ""},
		{-2.3, Inconclusive, ReasonMissing}, // two of ten without a difference leave less than the margin
	} {
		out := judge(t, ranktest.Slotted(ranktest.Campaign(28, map[string]float64{"base": 0, "a": tt.effect}, 10, 2, 0.1), lose))
		g := out.Results[0]
		if out.Verdict != tt.want || g.Reason != tt.reason || g.Numbers != Fail || g.LostEven == "" {
			t.Errorf("%v: %s, %q, of the numbers %s, worst %s, best %s, no difference %s", tt.effect, out.Verdict, g.Reason, g.Numbers, g.LostWorst, g.LostBest, g.LostEven)
		}
	}
}

// A side that stalled is judged by its boots' arithmetic means, and the boots are named.
func TestGateOfASideThatStalled(t *testing.T) {
	rows := ranktest.Campaign(26, map[string]float64{"base": 0, "a": 0}, 4, 2, 0.2)
	for i := range rows {
		if rows[i].Combination == "a" && rows[i].Repetition == 2 {
			rows[i].Value = 0
		}
	}
	out := judge(t, rows)
	if g := out.Results[0]; g.New.OK != 4 || math.Abs(float64(g.Difference)+50) > 5 || out.Failures.FailedNew != 0 {
		t.Errorf("%+v", out)
	}
	// Where every repetition is zero the boots failed.
	for i := range rows {
		if rows[i].Combination == "a" {
			rows[i].Value = 0
		}
	}
	if out = judge(t, rows); out.Failures.FailedNew != 4 || out.Results[0].New.Failed != 4 || out.Verdict == Pass {
		t.Errorf("all zero: %+v", out)
	}
}

// A gate of two arms that were never booted is inconclusive, where others were.
func TestGateOfArmsThatWereNeverBooted(t *testing.T) {
	rows := ranktest.Campaign(25, map[string]float64{"base": 0, "a": 0, "b": 0}, 5, 2, 0.2)
	out := judge(t, ranktest.Slotted(rows, func(r sample.Row) string {
		if r.Combination != "b" {
			return sample.StatusNotRun
		}
		return ""
	}))
	if out.Verdict != Inconclusive || len(out.Results) != 1 || out.Results[0].New.OK+out.Results[0].Base.OK != 0 || out.Results[0].New.Planned == 0 {
		t.Errorf("%+v; want one inconclusive metric", out)
	}
}

// Loss is compared in points by its own margin. Zero against zero passes, at three boots a side, and
// is no question of more boots.
func TestGateOfLoss(t *testing.T) {
	at := func(level float64) func(block string) float64 { // with noise of 0.02 points
		return func(block string) float64 { return level + 0.02*math.Sin(7*float64(block[0])) }
	}
	zero := func(string) float64 { return 0 }
	for _, tt := range []struct {
		name       string
		base, new  func(block string) float64
		blocks     int
		want       Verdict
		reason     Reason
		equal      bool
		difference float64
	}{
		{"none on either side", zero, zero, 3, Pass, "", true, 0},
		{"none, of two boots", zero, zero, 2, Inconclusive, ReasonBoots, false, 0},
		{"cured", at(3), zero, 8, Pass, "", false, -3},
		{"new loss", zero, at(0.6), 8, Fail, "", false, 0.6},
		{"the same loss", at(0.5), func(b string) float64 { return 0.51 + 0.02*math.Cos(5*float64(b[0])) }, 8, Pass, "", false, 0.01},
	} {
		rows := ranktest.Campaign(27, map[string]float64{"base": 0, "a": 0}, tt.blocks, 1, 0.2)
		out := judge(t, ranktest.Loss(rows, func(r sample.Row) float64 {
			if r.Combination == "a" {
				return tt.new(r.Block)
			}
			return tt.base(r.Block)
		}))
		g := out.Results[0]
		if out.Verdict != tt.want || g.Reason != tt.reason || g.Equal != tt.equal || math.Abs(float64(g.Difference)-tt.difference) > 0.03 || g.Margin != 0.1 || g.EffectUnit != "percentage points" {
			t.Errorf("%s: %s, %q, %+v", tt.name, out.Verdict, g.Reason, g)
		}
		if tt.equal && (g.Interval != rank.Interval{} || g.Method != "" || g.PFail.Exists() || g.BootsNeeded != 0) {
			t.Errorf("%s: %+v", tt.name, g)
		}
	}
}

// A metric without a margin is inconclusive for that, not for its noise.
func TestGateWithoutAMargin(t *testing.T) {
	rows := ranktest.Campaign(29, map[string]float64{"base": 0, "a": 9}, 8, 1, 0.2)
	for i := range rows {
		rows[i].Metric, rows[i].Unit, rows[i].Better = "retransmits", "segments", sample.LowerIsBetter
	}
	if out := judge(t, rows); out.Verdict != Inconclusive || out.Results[0].Reason != ReasonMargin || !out.Results[0].Interval.Low.Exists() {
		t.Errorf("%+v", out)
	}
	o := baseOptions()
	o.Margins = map[string]float64{"retransmits": 50}
	if out, err := Judge(rows, "a", o, Looks{}); err != nil || out.Verdict != Fail {
		t.Errorf("with a margin: %+v, %v", out, err)
	}
}

// A candidate that crashes fails, whatever its other boots measure; what the harness lost does not
// count, nor do as many failures of the baseline (SPEC 14.4).
func TestGateOfFailures(t *testing.T) {
	lost := func(arm string, n int, class string) func(sample.Row) string {
		return func(r sample.Row) string {
			if r.Combination == arm && int(r.Boot[len(r.Boot)-1]-'0') < n {
				return class
			}
			return ""
		}
	}
	both := func(r sample.Row) string { return lost(r.Combination, 5, record.RebootFailed)(r) }
	for _, tt := range []struct {
		name     string
		effect   float64
		lose     func(sample.Row) string
		want     Verdict
		failed   int
		tried    int
		inFamily bool
	}{
		{"half of the boots", 0, lost("a", 5, record.RebootFailed), FailFailures, 5, 10, true}, // p = C(10,5)/C(20,5) = 0.016
		{"all of them", 0, lost("a", 10, record.RebootFailed), FailFailures, 10, 10, true},
		{"four", 0, lost("a", 4, record.ReadBackFailed), Inconclusive, 4, 10, true}, // Holm with the metric: 2 x 0.043
		{"three", 0, lost("a", 3, record.ServerFailed), Inconclusive, 3, 10, false}, // 0.105 is the smallest p there is
		{"the baseline's as well", 0, both, Inconclusive, 5, 10, true},
		{"a worse one is worse", -20, lost("a", 5, record.RebootFailed), Fail, 5, 10, true},
		{"the harness's own doing", 0, lost("a", 5, record.PutBack), Inconclusive, 0, 5, false},
		{"never made", 0, lost("a", 5, sample.StatusNotRun), Inconclusive, 0, 5, false},
	} {
		rows := ranktest.Campaign(30, map[string]float64{"base": 0, "a": tt.effect}, 10, 1, 0.2)
		out := judge(t, ranktest.Slotted(rows, tt.lose))
		f := out.Failures
		if out.Verdict != tt.want || f.FailedNew != tt.failed || f.TriedNew != tt.tried || f.InFamily != tt.inFamily || f.PHolm.Exists() != tt.inFamily {
			t.Errorf("%s: %s, %q, %+v; want %s", tt.name, out.Verdict, out.Results[0].Reason, f, tt.want)
		}
	}
}

// Boots that are set aside are not tried.
func TestExcludedBootsAreNotTried(t *testing.T) {
	rows := ranktest.Campaign(30, map[string]float64{"base": 0, "a": 0}, 10, 1, 0.2)
	for i := range rows {
		switch r := &rows[i]; {
		case r.Combination == "a" && r.Block < "3":
			r.Status = sample.StatusExcluded
		case r.Combination == "a" && r.Block < "5":
			r.Status = sample.StatusNotInEffect
		}
	}
	if f := judge(t, rows).Failures; f.FailedNew != 0 || f.TriedNew != 5 || f.TriedBase != 10 || f.InFamily {
		t.Errorf("%+v", f)
	}
}

// A boot fails if it gave no number in one of the metrics, and is one boot in the test of failures.
func TestFailuresCountBoots(t *testing.T) {
	rows := ranktest.Campaign(33, map[string]float64{"base": 0, "a": 0}, 10, 1, 0.2)
	for _, r := range rows[:len(rows):len(rows)] {
		r.Workload = "two"
		if r.Combination == "a" && r.Block < "5" {
			r.Status, r.HasValue, r.Value = record.PeerLost, false, 0
		}
		rows = append(rows, r)
	}
	f := judge(t, rows).Failures
	if f.FailedNew != 5 || f.TriedNew != 10 || f.FailedBase != 0 || f.TriedBase != 10 {
		t.Errorf("%+v", f)
	}
}

// Boots that are known to have been made arm by arm decide nothing.
func TestGateOfAGroupedOrder(t *testing.T) {
	crashes := func(r sample.Row) string {
		if r.Combination == "a" && r.Block < "5" {
			return record.RebootFailed
		}
		return ""
	}
	for effect, lose := range map[float64]func(sample.Row) string{
		0: func(sample.Row) string { return "" }, -9: func(sample.Row) string { return "" }, 9: crashes,
	} {
		rows := ranktest.Ordered(ranktest.Campaign(34, map[string]float64{"base": 0, "a": effect}, 10, 1, 0.2), 0, func(arm, block, blocks int) int { return arm*blocks + block })
		out := judge(t, ranktest.Slotted(rows, lose))
		if g := out.Results[0]; out.Verdict != Inconclusive || g.Reason != ReasonOrder || g.BootOrder != rank.OrderGrouped {
			t.Errorf("%v: %s, %q, %s", effect, out.Verdict, g.Reason, g.BootOrder)
		}
	}
}

// An arm that measured other workloads only is not judged in this one; two that share none cannot be
// compared.
func TestGateOfAnArmThatMeasuredLess(t *testing.T) {
	rows := ranktest.Campaign(35, map[string]float64{"base": 0, "a": 0}, 8, 1, 0.2)
	var udp []sample.Row
	for _, r := range rows {
		if r.Combination == "base" {
			r.Workload = "udp"
			udp = append(udp, r)
		}
	}
	out := judge(t, slices.Concat(rows, udp))
	if out.Verdict != Pass || len(out.Results) != 1 || out.Results[0].Workload != "tcp" {
		t.Errorf("%+v", out)
	}
	onlyA := slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool { return r.Combination == "base" })
	if _, err := Judge(slices.Concat(onlyA, udp), "a", baseOptions(), Looks{}); err == nil || !strings.Contains(err.Error(), "in common") {
		t.Errorf("nothing in common: %v", err)
	}
}

// What was planned of the two arms is known from the blocks of all arms, as in the ranking.
func TestGateKnowsTheBlocksOfOtherArms(t *testing.T) {
	rows := slices.DeleteFunc(ranktest.Campaign(9, map[string]float64{"base": 0, "a": 0, "b": 0}, 10, 2, 0.2), func(r sample.Row) bool {
		return r.Combination != "b" && (r.Block == "7" || r.Block == "8" || r.Block == "9")
	})
	g := judge(t, rows).Results[0]
	if math.Abs(g.MissingNew-0.3) > 1e-12 || math.Abs(g.MissingBase-0.3) > 1e-12 || g.LostWorst == "" {
		t.Errorf("missing %v and %v, in the worst case %q: both lost 3 of 10 blocks", g.MissingNew, g.MissingBase, g.LostWorst)
	}
}
