package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vnettune/results/sample"
)

var eight = map[string]float64{"base": 0, "a": 6, "b": -5, "c": 0.2, "d": 1.5, "e": 0, "f": 3, "g": -1}

func analyze(t testing.TB, rows []sample.Row, o Options) Analysis {
	t.Helper()
	r, err := Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Analyses) != 1 {
		t.Fatalf("%d analyses, want 1", len(r.Analyses))
	}
	return r.Analyses[0]
}

// near compares two analyses up to rounding.
func near(a, b Analysis) string {
	return cmp.Diff(a, b, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-6, 1e-8),
		cmp.AllowUnexported(Arm{}, logScale{}))
}

func TestAnalyzeFindsWhatIsThere(t *testing.T) {
	a := analyze(t, campaign(1, eight, 8, 3, 0.5), baseOptions())
	if a.Method != MethodModerated || a.Family != 7 || a.Boots != 64 || a.Blocks != 8 {
		t.Errorf("method %s, family %d, %d boots, %d blocks", a.Method, a.Family, a.Boots, a.Blocks)
	}
	for name, want := range map[string]Label{"base": LabelBaseline, "a": LabelHelps, "b": LabelHarms, "c": LabelEquivalent} {
		if got := a.arm(name); got.Label != want || got.Verdict != Verdict(want) {
			t.Errorf("%s: label %q, verdict %q, want %q", name, got.Label, got.Verdict, want)
		}
	}
	if a.SingleWinner != "a" || a.Arms[0].Name != "a" || a.Arms[0].Rank != 1 {
		t.Errorf("winner %q, first %q", a.SingleWinner, a.Arms[0].Name)
	}
	if got := a.arm("a"); math.Abs(got.DiffPercent-6.18) > 1 || got.Grade != GradeCertifying {
		t.Errorf("a: %+v %% (%s), want about 6.18", got.DiffPercent, got.Grade)
	}
}

// The unit does not matter: all values times a constant leave every difference.
func TestUnitDoesNotMatter(t *testing.T) {
	rows := campaign(2, eight, 5, 2, 1)
	scaled := slices.Clone(rows)
	for i := range scaled {
		scaled[i].Value *= 125
	}
	a, b := analyze(t, rows, baseOptions()), analyze(t, scaled, baseOptions())
	for i := range b.Arms {
		b.Arms[i].Estimate /= 125
		b.Arms[i].log.mean -= 100 * math.Log(125)
		b.Arms[i].log.rawMean -= 100 * math.Log(125)
	}
	if d := near(a, b); d != "" {
		t.Error(d)
	}
}

// A factor on all boots of a block changes no difference.
func TestBlocksAreRemoved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := campaign(rapid.Uint64().Draw(rt, "seed"), eight, 4, 2, 1)
		shifted := slices.Clone(rows)
		factor := map[string]float64{}
		for i := range shifted {
			b := shifted[i].Block
			if factor[b] == 0 {
				factor[b] = rapid.Float64Range(0.5, 2).Draw(rt, "factor")
			}
			shifted[i].Value *= factor[b]
		}
		a, b := analyze(t, rows, baseOptions()), analyze(t, shifted, baseOptions())
		for i := range a.Arms {
			if math.Abs(a.Arms[i].log.diff-b.Arms[i].log.diff) > 1e-9 || a.Arms[i].Label != b.Arms[i].Label {
				rt.Fatalf("%s: %v, with other block effects %v", a.Arms[i].Name, a.Arms[i].log.diff, b.Arms[i].log.diff)
			}
		}
	})
}

// A time of 1/x is as much better as a rate of x: less is better is the mirror.
func TestLessIsBetterIsTheMirror(t *testing.T) {
	rows := campaign(3, eight, 6, 2, 0.8)
	turned := slices.Clone(rows)
	for i := range turned {
		turned[i].Value = 1e6 / turned[i].Value
		turned[i].Metric, turned[i].Better = "latency", sample.LowerIsBetter
	}
	a, b := analyze(t, rows, baseOptions()), analyze(t, turned, baseOptions())
	for _, x := range a.Arms {
		y := b.arm(x.Name)
		if x.Rank != y.Rank || x.Tier != y.Tier || x.MayBeBest != y.MayBeBest {
			t.Errorf("%s: rank %d, tier %d; mirrored %d, %d", x.Name, x.Rank, x.Tier, y.Rank, y.Tier)
		}
		if x.IsBaseline {
			continue
		}
		if math.Abs(x.P-y.P) > 1e-9 {
			t.Errorf("%s: p %v, mirrored %v", x.Name, x.P, y.P)
		}
		// 1+low of the one is 1/(1+high) of the other.
		if got := (1 + x.Interval.Low/100) * (1 + y.Interval.High/100); math.Abs(got-1) > 1e-9 {
			t.Errorf("%s: interval %v, mirrored %v", x.Name, x.Interval, y.Interval)
		}
	}
	if got := b.arm("a"); got.Label != LabelHelps || got.DiffPercent >= 0 || got.T >= 0 || got.MDEPercent <= 0 {
		t.Errorf("a lower latency: %q, %v %%, t %v, MDE %v", got.Label, got.DiffPercent, got.T, got.MDEPercent)
	}
}

// The label compares the printed percentages with the margin, in both directions.
func TestLabelAgreesWithThePrintedInterval(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := campaign(rapid.Uint64().Draw(rt, "seed"), eight, 5, 1, rapid.Float64Range(0.1, 4).Draw(rt, "noise"))
		lower := rapid.Bool().Draw(rt, "lower")
		if lower {
			for i := range rows {
				rows[i].Better = sample.LowerIsBetter
			}
		}
		o := baseOptions()
		o.Margin = rapid.Float64Range(0.5, 8).Draw(rt, "margin")
		for _, arm := range analyze(t, rows, o).Arms {
			if arm.IsBaseline {
				continue
			}
			low, high := arm.Interval.Low, arm.Interval.High
			if lower {
				low, high = -high, -low
			}
			want := LabelUndetermined
			switch {
			case low > o.Margin:
				want = LabelHelps
			case low > 0:
				want = LabelHelpsMaybe
			case low > -o.Margin && high < o.Margin:
				want = LabelEquivalent
			case low > -o.Margin:
				want = LabelNoWorse
			case high < 0:
				want = LabelHarms
			}
			if arm.Label != want {
				rt.Fatalf("interval %v, margin %v, lower is better %v: %q, want %q", arm.Interval, o.Margin, lower, arm.Label, want)
			}
		}
	})
}

func TestEveryWorkloadIsAFamily(t *testing.T) {
	rows := campaign(4, eight, 5, 2, 1)
	udp := slices.Clone(rows)
	for i := range udp {
		udp[i].Workload = "udp"
	}
	r, err := Analyze(append(udp, rows...), baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Analyses) != 2 || r.Analyses[0].Workload != "tcp" || r.Analyses[1].Workload != "udp" {
		t.Fatalf("%d analyses", len(r.Analyses))
	}
	alone := analyze(t, rows, baseOptions())
	if d := near(alone, r.Analyses[0]); d != "" {
		t.Errorf("another workload changes this one:\n%s", d)
	}
}

// Failures are counted and shown, and never become numbers.
func TestFailedBootsAreCounted(t *testing.T) {
	rows := campaign(5, eight, 6, 2, 0.5)
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Combination == "d" && r.Block == "2":
			r.Status, r.HasValue, r.Value = "iperf_timeout", false, 0
		case r.Combination == "e" && r.Block == "1":
			r.Status = sample.StatusNotInEffect
		case r.Combination == "f" && r.Block == "0" && r.Repetition == 2:
			r.Status, r.HasValue, r.Value = "iperf_timeout", false, 0
		case r.Combination == "g":
			r.Value = 0
		}
	}
	// a's block 3 failed before it measured anything, and was tried again.
	rows = append(rows, sample.Row{Combination: "a", Block: "3", Boot: "again", Status: "no_boot"})
	a := analyze(t, rows, baseOptions())

	checks := map[string]Counts{
		"a": {OK: 6, Failed: 1, Planned: 6},
		"d": {OK: 5, Failed: 1, Planned: 6},
		"e": {OK: 5, NotInEffect: 1, Planned: 6},
		"f": {OK: 6, Planned: 6},
		"g": {Failed: 6, Planned: 6},
	}
	for name, want := range checks {
		if got := a.arm(name).Boots; got != want {
			t.Errorf("%s: boots %+v, want %+v", name, got, want)
		}
	}
	wantFailures := map[string][]FailureCount{
		"a": {{Class: "no_boot", Boots: 1}},
		"d": {{Class: "iperf_timeout", Boots: 1, Repetitions: 2}},
		"f": {{Class: "iperf_timeout", Repetitions: 1}},
		"g": {{Class: classAllZero, Boots: 6, Repetitions: 12}},
	}
	for name, want := range wantFailures {
		if d := cmp.Diff(want, a.arm(name).Failures); d != "" {
			t.Errorf("%s: failures:\n%s", name, d)
		}
	}
	if got := a.arm("g"); got.Label != LabelNotWorking || !math.IsNaN(got.Estimate) || got.Rank != 0 {
		t.Errorf("g, all zero: %q, estimate %v, rank %d", got.Label, got.Estimate, got.Rank)
	}
	if got := a.arm("d").Verdict; got != VerdictMissing {
		t.Errorf("d lost a boot of six: verdict %q", got)
	}
	if got := a.arm("a"); got.Verdict != Verdict(LabelHelps) || got.MissingShare != 0 {
		t.Errorf("a, tried again: verdict %q, missing %v", got.Verdict, got.MissingShare)
	}
	if a.Family != 7 {
		t.Errorf("the family shrank to %d", a.Family)
	}
}

// A missing baseline boot forbids every claim, for all of them rest on it.
func TestMissingBaseline(t *testing.T) {
	rows := campaign(6, eight, 6, 2, 0.5)
	rows = slices.DeleteFunc(rows, func(r sample.Row) bool { return r.Combination == "base" && r.Block == "5" })
	for _, arm := range analyze(t, rows, baseOptions()).Arms {
		if !arm.IsBaseline && arm.Verdict != VerdictMissing {
			t.Errorf("%s: verdict %q", arm.Name, arm.Verdict)
		}
	}
	for i := range rows {
		if rows[i].Combination == "base" {
			rows[i].Status, rows[i].HasValue = "no_boot", false
		}
	}
	a := analyze(t, rows, baseOptions())
	if got := a.arm("a").Label; got != LabelNoBaseline {
		t.Errorf("no baseline at all: %q", got)
	}
	if a.SingleWinner != "a" {
		t.Errorf("best without a baseline: %q", a.SingleWinner)
	}
}

func TestStallIsKeptAndSaid(t *testing.T) {
	rows := campaign(7, eight, 5, 4, 0.5)
	for i := range rows {
		if rows[i].Boot == "c3" && rows[i].Repetition == 2 {
			rows[i].Value = 0
		}
	}
	hasCode := func(a Analysis, code Code) bool {
		return slices.ContainsFunc(a.arm("c").Warnings, func(w Warning) bool { return w.Code == code })
	}
	a := analyze(t, rows, baseOptions())
	if a.arm("c").Boots.OK != 5 || !hasCode(a, WarnStall) || !hasCode(a, WarnOutlier) {
		t.Errorf("stall: %+v, %v", a.arm("c").Boots, a.arm("c").Warnings)
	}
	o := baseOptions()
	o.ZeroRule = ZeroExclude
	a = analyze(t, rows, o)
	if a.arm("c").Boots.OK != 4 || !hasCode(a, WarnZeroDropped) {
		t.Errorf("exclude: %+v, %v", a.arm("c").Boots, a.arm("c").Warnings)
	}
}

// A claim that hangs on one boot is said to.
func TestOutlierThatMatters(t *testing.T) {
	rows := campaign(13, eight, 8, 2, 0.3)
	for i := range rows {
		if rows[i].Boot == "e2" {
			rows[i].Value *= 0.6
		}
	}
	a := analyze(t, rows, baseOptions())
	e := a.arm("e")
	if e.Boots.OK != 8 || e.Label == LabelEquivalent || e.WithoutFlagged != LabelEquivalent {
		t.Errorf("%d boots, %q, without the outlier %q", e.Boots.OK, e.Label, e.WithoutFlagged)
	}
	if !slices.ContainsFunc(e.Warnings, func(w Warning) bool { return w.Code == WarnOutlierMatters }) {
		t.Errorf("warnings %v", e.Warnings)
	}
	if clean := analyze(t, campaign(13, map[string]float64{"base": 0, "a": 6}, 3, 2, 0.3), baseOptions()); clean.arm("a").WithoutFlagged != "" {
		t.Errorf("nothing is flagged, yet %q", clean.arm("a").WithoutFlagged)
	}
}

// Zero loss is the best there is and has no ratio: the ranking says so.
func TestZeroOfWhatShouldBeLow(t *testing.T) {
	rows := campaign(8, eight, 4, 2, 0.5)
	for i := range rows {
		rows[i].Metric, rows[i].Better = "loss", sample.LowerIsBetter
		if rows[i].Combination == "b" {
			rows[i].Value = 0
		}
	}
	a := analyze(t, rows, baseOptions())
	if !slices.ContainsFunc(a.Warnings, func(w Warning) bool { return w.Code == WarnZeroLower }) {
		t.Errorf("warnings %v", a.Warnings)
	}
}

func TestAnalyzeRefuses(t *testing.T) {
	rows := campaign(9, eight, 2, 1, 1)
	tests := []struct {
		name   string
		rows   []sample.Row
		change func(*Options)
		want   []string
	}{
		{"no rows", nil, nil, []string{"no samples"}},
		{"baseline not there", rows, func(o *Options) { o.Baseline = "bse" }, []string{`"bse"`, "a, b, base, c"}},
		{"no baseline", rows, func(o *Options) { o.Baseline = "" }, []string{"no baseline", "a, b, base, c"}},
		{"margin 0", rows, func(o *Options) { o.Margin = 0 }, []string{"margin"}},
		{"margin 100", rows, func(o *Options) { o.Margin = 100 }, []string{"margin"}},
		{"margin NaN", rows, func(o *Options) { o.Margin = math.NaN() }, []string{"margin"}},
		{"alpha 1", rows, func(o *Options) { o.Alpha = 1 }, []string{"alpha"}},
		{"variance", rows, func(o *Options) { o.Variance = "x" }, []string{"variance", "moderated"}},
		{"summary", rows, func(o *Options) { o.Summary = "x" }, []string{"summary"}},
		{"zero rule", rows, func(o *Options) { o.ZeroRule = "x" }, []string{"zero rule"}},
		{"planned", rows, func(o *Options) { o.PerBlock = map[string]int{"a": 0} }, []string{"a", "per block"}},
		{"early failures only", []sample.Row{{Combination: "base", Boot: "1", Block: "1", Status: "no_boot"}}, nil, []string{"failed before"}},
		{"NaN", append(slices.Clone(rows), sample.Row{Combination: "a", Block: "1", Boot: "x", Workload: "tcp", Metric: "throughput", Repetition: 1, Value: math.NaN(), HasValue: true}), nil, []string{`"x"`, "NaN"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := baseOptions()
			if tt.change != nil {
				tt.change(&o)
			}
			_, err := Analyze(tt.rows, o)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q lacks %q", err, w)
				}
			}
		})
	}
}

// Two arms in all: the classical tests, chosen by the number of common blocks.
func TestTwoArms(t *testing.T) {
	two := map[string]float64{"base": 0, "a": 2}
	for _, tt := range []struct {
		blocks int
		want   Method
	}{{5, MethodWelch}, {6, MethodPaired}} {
		rows := campaign(11, two, tt.blocks, 1, 1)
		a := analyze(t, rows, baseOptions())
		if a.Method != tt.want {
			t.Errorf("%d blocks: %s, want %s", tt.blocks, a.Method, tt.want)
		}
		values := map[string][]float64{}
		for _, r := range rows {
			values[r.Combination] = append(values[r.Combination], 100*math.Log(r.Value))
		}
		test := Welch(values["a"], values["base"])
		if tt.want == MethodPaired {
			test = Paired(values["a"], values["base"])
		}
		got := a.arm("a")
		if math.Abs(got.P-test.P) > 1e-9 || math.Abs(got.DF-test.DF) > 1e-9 || got.PHolm != got.P {
			t.Errorf("%d blocks: p %v on %v, want %v on %v", tt.blocks, got.P, got.DF, test.P, test.DF)
		}
	}
}

// An arm without variance beside one with: both get the larger.
func TestTwoArmsOneWithoutVariance(t *testing.T) {
	rows := campaign(12, map[string]float64{"base": 0, "a": 2}, 4, 1, 1)
	for i := range rows {
		if rows[i].Combination == "a" {
			rows[i].Value = 9500
		}
	}
	a := analyze(t, rows, baseOptions())
	got := a.arm("a")
	var base []float64
	for _, r := range rows {
		if r.Combination == "base" {
			base = append(base, 100*math.Log(r.Value))
		}
	}
	_, v := meanVariance(base)
	if want := math.Sqrt(2 * v / 4); math.Abs(got.SE-want) > 1e-9 || math.Abs(got.DF-3) > 1e-9 {
		t.Errorf("se %v on %v, want %v on 3", got.SE, got.DF, want)
	}
	if !slices.ContainsFunc(a.Warnings, func(w Warning) bool { return w.Code == WarnSomeNoVariance }) {
		t.Error("it is not said")
	}
}

// Whatever is lost from a campaign, the numbers stay sound.
func TestLostRowsNeverBreakTheNumbers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := campaign(rapid.Uint64().Draw(rt, "seed"), eight, rapid.IntRange(1, 6).Draw(rt, "blocks"), 1, 1)
		keep := rapid.Float64Range(0.1, 1).Draw(rt, "keep")
		kept := rows[:0]
		for i, r := range rows {
			if r.Combination == "base" && r.Block == "0" || rapid.Float64Range(0, 1).Draw(rt, fmt.Sprint("row", i)) < keep {
				kept = append(kept, r)
			}
		}
		a := analyze(t, kept, baseOptions())
		if a.DF < 0 || a.Boots != len(kept) {
			rt.Fatalf("%d degrees of freedom, %d boots of %d", a.DF, a.Boots, len(kept))
		}
		for _, arm := range a.Arms {
			for what, p := range map[string]float64{"p": arm.P, "holm": arm.PHolm} {
				if !math.IsNaN(p) && !(p >= 0 && p <= 1) {
					rt.Fatalf("%s: %s = %v", arm.Name, what, p)
				}
			}
			if arm.PHolm < arm.P || arm.Interval.Low > arm.DiffPercent || arm.Interval.High < arm.DiffPercent || arm.MDEPercent <= 0 {
				rt.Fatalf("%s: %+v", arm.Name, arm)
			}
			if arm.FromBest.Low > 0 || arm.FromBest.High < 0 {
				rt.Fatalf("%s: distance from the best %v", arm.Name, arm.FromBest)
			}
			if arm.Label.plain() && min(arm.Boots.OK, a.arm("base").Boots.OK) < 3 {
				rt.Fatalf("%s: %q with %d boots", arm.Name, arm.Label, arm.Boots.OK)
			}
		}
	})
}
