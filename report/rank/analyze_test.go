package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vnettune/report/rank/ranktest"
	"vnettune/results/record"
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
	return cmp.Diff(a, b, roughly(1e-6, 1e-8),
		cmp.AllowUnexported(Arm{}, onY{}, Analysis{}))
}

func TestAnalyzeFindsWhatIsThere(t *testing.T) {
	a := analyze(t, ranktest.Campaign(1, eight, 8, 3, 0.5), baseOptions())
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
	if got := a.arm("a"); math.Abs(float64(got.Difference)-6.18) > 1 || got.Grade != GradeCertifying {
		t.Errorf("a: %+v %% (%s), want about 6.18", got.Difference, got.Grade)
	}
}

// The unit does not matter: all values times a constant leave every difference.
func TestUnitDoesNotMatter(t *testing.T) {
	rows := ranktest.Campaign(2, eight, 5, 2, 1)
	scaled := slices.Clone(rows)
	for i := range scaled {
		scaled[i].Value *= 125
	}
	a, b := analyze(t, rows, baseOptions()), analyze(t, scaled, baseOptions())
	for i := range b.Arms {
		b.Arms[i].Estimate /= 125
		b.Arms[i].y.mean -= 100 * math.Log(125)
		b.Arms[i].y.rawMean -= 100 * math.Log(125)
	}
	if d := near(a, b); d != "" {
		t.Error(d)
	}
}

// On the difference scale a change of the unit, margin and all, changes numbers by that factor
// and no word.
func TestUnitScalesDifferences(t *testing.T) {
	const unit = 1000.0
	rows := ranktest.Campaign(2, eight, 5, 2, 1)
	for i := range rows {
		rows[i].Metric, rows[i].Unit, rows[i].Value = "drops", "datagrams", 5+100*math.Log(rows[i].Value/9000)+20
	}
	o := baseOptions()
	o.Scales, o.Margins = map[string]sample.Scale{"drops": sample.Difference}, map[string]float64{"drops": 2}
	scaled, so := slices.Clone(rows), o
	so.Margins = map[string]float64{"drops": 2 * unit}
	for i := range scaled {
		scaled[i].Value *= unit
	}
	a, b := analyze(t, rows, o), analyze(t, scaled, so)
	if a.EffectUnit != "datagrams" || a.SingleWinner == "" || a.SingleWinner != b.SingleWinner || !slices.Equal(a.BestSet, b.BestSet) {
		t.Errorf("in %s: winner %q, in another unit %q", a.EffectUnit, a.SingleWinner, b.SingleWinner)
	}
	for _, x := range a.Arms {
		y := b.arm(x.Name)
		if x.Label != y.Label || x.Verdict != y.Verdict || x.Rank != y.Rank || x.Tier != y.Tier || x.Letters != y.Letters {
			t.Errorf("%s: %q, %q; in another unit %q, %q", x.Name, x.Label, x.Verdict, y.Label, y.Verdict)
		}
		for what, pair := range map[string][2]record.Number{"difference": {x.Difference, y.Difference}, "lower": {x.Interval.Low, y.Interval.Low}, "upper": {x.Interval.High, y.Interval.High},
			"MDE": {x.MDE, y.MDE}, "from the best": {x.FromBest.Low, y.FromBest.Low}, "estimate": {x.Estimate, y.Estimate}} {
			if pair[0].Exists() && math.Abs(float64(pair[0]*unit-pair[1])) > 1e-6*unit {
				t.Errorf("%s: %s %v, in another unit %v", x.Name, what, pair[0], pair[1])
			}
		}
	}
}

// The label of a difference compares the printed ends with the margin in the unit, more or less of it
// being better.
func TestDifferenceLabels(t *testing.T) {
	for _, better := range []sample.Better{sample.HigherIsBetter, sample.LowerIsBetter} {
		rows := ranktest.Campaign(64, map[string]float64{"base": 0, "a": 6, "b": -6, "c": 0, "d": 0, "e": 0}, 8, 1, 0.3)
		for i := range rows {
			rows[i].Metric, rows[i].Unit, rows[i].Better, rows[i].Value = "drops", "datagrams", better, 50+100*math.Log(rows[i].Value/9000)
		}
		o := baseOptions()
		o.Scales, o.Margins = map[string]sample.Scale{"drops": sample.Difference}, map[string]float64{"drops": 2}
		up, down := LabelHelps, LabelHarms
		if better == sample.LowerIsBetter {
			up, down = down, up
		}
		a := analyze(t, rows, o)
		for name, want := range map[string]struct {
			label Label
			diff  float64
		}{"a": {up, 6}, "b": {down, -6}, "c": {LabelEquivalent, 0}} {
			got := a.arm(name)
			if got.Verdict != Verdict(want.label) || math.Abs(float64(got.Difference)-want.diff) > 1 || !(got.Interval.Low < got.Difference && got.Difference < got.Interval.High) || !(got.MDE > 0) {
				t.Errorf("%s is better, %s: %q, %v %+v; want %q, %v", better, name, got.Verdict, got.Difference, got.Interval, want.label, want.diff)
			}
		}
	}
}

// A metric without a margin has numbers, and claims nothing.
func TestWithoutAMargin(t *testing.T) {
	rows := ranktest.Campaign(65, eight, 8, 1, 0.3)
	for i := range rows {
		rows[i].Metric, rows[i].Unit, rows[i].Better = "retransmits", "segments", sample.LowerIsBetter
	}
	a := analyze(t, rows, baseOptions())
	if a.Margin.Exists() || a.BootsNeeded != 0 || len(a.BestSet)+len(a.Tiers) != 0 || a.SingleWinner != "" || !says(a, WarnNoMargin, "--margin retransmits=") {
		t.Errorf("margin %v, best %v, tiers %v, warnings %v", a.Margin, a.BestSet, a.Tiers, a.Warnings)
	}
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			continue
		}
		if arm.Label != LabelNoMargin || arm.Verdict != Verdict(LabelNoMargin) || !arm.Difference.Exists() || !arm.Interval.Low.Exists() || arm.Grade != GradeNone {
			t.Errorf("%s: %q, %q, %v %+v", arm.Name, arm.Label, arm.Verdict, arm.Difference, arm.Interval)
		}
	}
	o := baseOptions()
	o.Margins = map[string]float64{"retransmits": 100}
	if a = analyze(t, rows, o); a.Margin != 100 || a.arm("a").Verdict != Verdict(LabelHarms) {
		t.Errorf("with a margin of 100: %v, %q", a.Margin, a.arm("a").Verdict)
	}
}

// An arm with two boots has numbers and a rank, and no part in tiers, letters and best set; nobody is
// the only best beside it (SPEC 14.7).
func TestFewBootsStandAside(t *testing.T) {
	rows := slices.DeleteFunc(ranktest.Campaign(66, eight, 6, 2, 0.3), func(r sample.Row) bool { return r.Combination == "d" && r.Block > "1" })
	a := analyze(t, rows, baseOptions())
	d := a.arm("d")
	if d.Label != LabelTwoBoots || d.Tier != 0 || d.Letters != "" || d.MayBeBest != nil || d.FromLeader != nil || d.Rank == 0 || a.Family != 7 {
		t.Errorf("d: %+v", d)
	}
	if slices.Contains(slices.Concat(a.Tiers...), "d") || slices.Contains(a.BestSet, "d") || !slices.Equal(a.BestSet, []string{"a"}) || a.SingleWinner != "" {
		t.Errorf("best %v, winner %q, tiers %v", a.BestSet, a.SingleWinner, a.Tiers)
	}
}

// An arm that measured other workloads only is named, and no part of the family.
func TestNotMeasured(t *testing.T) {
	rows := ranktest.Campaign(67, eight, 5, 1, 0.5)
	var all []sample.Row
	for _, r := range rows {
		if r.Combination != "g" {
			all = append(all, r)
		}
		r.Workload = "bulk"
		all = append(all, r)
	}
	r, err := Analyze(all, baseOptions())
	if err != nil {
		t.Fatal(err)
	}
	bulk, tcp := r.Analyses[0], r.Analyses[1]
	if bulk.Family != 7 || len(bulk.NotMeasured) != 0 || bulk.arm("g").Label == "" {
		t.Errorf("bulk: family %d, not measured %v", bulk.Family, bulk.NotMeasured)
	}
	if tcp.Family != 6 || !slices.Equal(tcp.NotMeasured, []string{"g"}) || tcp.arm("g").Name != "" {
		t.Errorf("tcp: family %d, not measured %v", tcp.Family, tcp.NotMeasured)
	}
	without := slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool { return r.Combination == "g" })
	tcp.NotMeasured = []string{}
	if d := near(analyze(t, without, baseOptions()), tcp); d != "" {
		t.Errorf("not as if g were not there:\n%s", d)
	}
	// One whose boots failed as a whole is not working, everywhere.
	for block := range 5 {
		all = append(all, sample.Row{Combination: "h", Block: string(rune('0' + block)), Boot: string(rune('A' + block)), Status: record.RebootFailed})
	}
	if r, err = Analyze(all, baseOptions()); err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Analyses {
		if got := a.arm("h"); got.Label != LabelNotWorking || slices.Contains(a.NotMeasured, "h") {
			t.Errorf("%s: h: %q, not measured %v", a.Workload, got.Label, a.NotMeasured)
		}
	}
}

// A factor on all boots of a block changes no difference.
func TestBlocksAreRemoved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := ranktest.Campaign(rapid.Uint64().Draw(rt, "seed"), eight, 4, 2, 1)
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
			if math.Abs(a.Arms[i].y.diff-b.Arms[i].y.diff) > 1e-9 || a.Arms[i].Label != b.Arms[i].Label {
				rt.Fatalf("%s: %v, with other block effects %v", a.Arms[i].Name, a.Arms[i].y.diff, b.Arms[i].y.diff)
			}
		}
	})
}

// A time of 1/x is as much better as a rate of x: less is better is the mirror.
func TestLessIsBetterIsTheMirror(t *testing.T) {
	rows := ranktest.Campaign(3, eight, 6, 2, 0.8)
	turned := slices.Clone(rows)
	for i := range turned {
		turned[i].Value = 1e6 / turned[i].Value
		turned[i].Metric, turned[i].Better = "latency", sample.LowerIsBetter
	}
	a, b := analyze(t, rows, baseOptions()), analyze(t, turned, baseOptions())
	for _, x := range a.Arms {
		y := b.arm(x.Name)
		if x.Rank != y.Rank || x.Tier != y.Tier || *x.MayBeBest != *y.MayBeBest {
			t.Errorf("%s: rank %d, tier %d; mirrored %d, %d", x.Name, x.Rank, x.Tier, y.Rank, y.Tier)
		}
		if x.IsBaseline {
			continue
		}
		if math.Abs(float64(x.P-y.P)) > 1e-9 {
			t.Errorf("%s: p %v, mirrored %v", x.Name, x.P, y.P)
		}
		// 1+low of the one is 1/(1+high) of the other.
		if got := (1 + x.Interval.Low/100) * (1 + y.Interval.High/100); math.Abs(float64(got)-1) > 1e-9 {
			t.Errorf("%s: interval %v, mirrored %v", x.Name, x.Interval, y.Interval)
		}
	}
	if got := b.arm("a"); got.Label != LabelHelps || got.Difference >= 0 || got.T <= 0 || got.MDE <= 0 {
		t.Errorf("a lower latency: %q, %v %%, t %v, MDE %v", got.Label, got.Difference, got.T, got.MDE)
	}
}

// The label compares the printed percentages with the margin, in both directions.
func TestLabelAgreesWithThePrintedInterval(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := ranktest.Campaign(rapid.Uint64().Draw(rt, "seed"), eight, 5, 1, rapid.Float64Range(0.1, 4).Draw(rt, "noise"))
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
			low, high := float64(arm.Interval.Low), float64(arm.Interval.High)
			if lower {
				low, high = -high, -low
			}
			want := LabelUndetermined
			switch {
			case low > -o.Margin && high < o.Margin:
				want = LabelEquivalent
			case low > o.Margin:
				want = LabelHelps
			case low > 0:
				want = LabelHelpsMaybe
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
	rows := ranktest.Campaign(4, eight, 5, 2, 1)
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

func TestAnalyzeRefuses(t *testing.T) {
	rows := ranktest.Campaign(9, eight, 2, 1, 1)
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
		{"scale of a known metric", rows, func(o *Options) { o.Scales = map[string]sample.Scale{"loss": sample.Ratio} }, []string{"loss", "difference"}},
		{"no such scale", rows, func(o *Options) { o.Scales = map[string]sample.Scale{"x": "log"} }, []string{`"log"`, "ratio", "difference"}},
		{"margin of loss 0", rows, func(o *Options) { o.Margins = map[string]float64{"loss": 0} }, []string{"loss", "above 0"}},
		{"margin of loss Inf", rows, func(o *Options) { o.Margins = map[string]float64{"loss": math.Inf(1)} }, []string{"loss", "above 0"}},
		{"margin of throughput 100", rows, func(o *Options) { o.Margins = map[string]float64{"throughput": 100} }, []string{"throughput", "0 and 100"}},
		{"variance", rows, func(o *Options) { o.Variance = "x" }, []string{"variance", "moderated"}},
		{"early failures only", []sample.Row{{Combination: "base", Boot: "1", Block: "1", Status: "no_boot"}}, nil, []string{"no boot gave a number"}},
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

// Whatever is lost from a campaign, the numbers stay sound.
func TestLostRowsNeverBreakTheNumbers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		effects := rapid.SampledFrom([]map[string]float64{eight, {"base": 0}, {"base": 0, "a": 3}, {"base": 0, "a": 3, "b": 0}}).Draw(rt, "effects")
		noise := rapid.SampledFrom([]float64{0, 1}).Draw(rt, "noise")
		rows := ranktest.Campaign(rapid.Uint64().Draw(rt, "seed"), effects, rapid.IntRange(1, 8).Draw(rt, "blocks"), 1, noise)
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
			for what, p := range map[string]record.Number{"p": arm.P, "holm": arm.PHolm} {
				if p.Exists() && !(p >= 0 && p <= 1) {
					rt.Fatalf("%s: %s = %v", arm.Name, what, p)
				}
			}
			if arm.PHolm < arm.P || arm.Interval.Low > arm.Difference || arm.Interval.High < arm.Difference || arm.MDE <= 0 {
				rt.Fatalf("%s: %+v", arm.Name, arm)
			}
			if arm.FromBest.Low > 0 || arm.FromBest.High < 0 {
				rt.Fatalf("%s: distance from the best %v", arm.Name, arm.FromBest)
			}
			if arm.Label.Plain() && min(arm.Boots.OK, a.arm("base").Boots.OK) < 3 {
				rt.Fatalf("%s: %q with %d boots", arm.Name, arm.Label, arm.Boots.OK)
			}
		}
	})
}
