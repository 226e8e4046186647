package rank

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// TestDriftSlope: R's summary(lm(y ~ arm + order)) of the same numbers.
func TestDriftSlope(t *testing.T) {
	order := []int{24, 11, 19, 3, 7, 12, 6, 2, 8, 1, 4, 23, 21, 13, 5, 17, 16, 20, 14, 10, 22, 15, 9, 18}
	y := []float64{5.111, 2.721, 2.101, -0.312, 3.023, 2.635, 1.363, 4.062, 1.474, 0.001, 2.861, 4.254,
		2.733, 6.964, 0.328, 3.437, 8.108, 3.335, 2.403, 5.496, 3.252, 1.889, 5.351, 3.985}
	var rows []sample.Row
	for i, v := range y {
		rows = append(rows, sample.Row{Combination: string("abc"[i%3]), Block: fmt.Sprint(i / 3), Boot: fmt.Sprint(i), Order: order[i],
			Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, Value: math.Exp(v / 100), HasValue: true})
	}
	o := DefaultOptions()
	o.Baseline = "a"
	d := analyze(t, rows, o).Diagnostics.Drift
	change := stat.Percent(23 * 2.0631160551652347e-01)
	if math.Abs(float64(d.T)-6.1373713403478147) > 1e-9 || math.Abs(float64(d.P)/5.3643945045336174e-06-1) > 1e-9 || d.DF != 20 || math.Abs(float64(d.ChangePercent)-change) > 1e-9 {
		t.Errorf("%+v, want t 6.137, p 5.36e-6, df 20, %v %%", d, change)
	}
	if *d.Blocks {
		t.Error("boots of a block were not made together, and count as blocks")
	}
}

// ordered gives the rows of a campaign an order of boots and a drift of so many
// percent (on the scale of 100 ln) a boot.
func ordered(rows []sample.Row, perBoot float64, place func(arm, block, blocks int) int) []sample.Row {
	var arms, blocks []string
	for _, r := range rows {
		if !slices.Contains(arms, r.Combination) {
			arms = append(arms, r.Combination)
		}
		if !slices.Contains(blocks, r.Block) {
			blocks = append(blocks, r.Block)
		}
	}
	slices.Sort(arms)
	out := slices.Clone(rows)
	for i := range out {
		r := &out[i]
		r.Order = 1 + place(slices.Index(arms, r.Combination), slices.Index(blocks, r.Block), len(blocks))
		r.Value *= math.Exp(perBoot * float64(r.Order) / 100)
	}
	return out
}

// Where all boots of one arm come before those of the next, drift looks like a
// difference: every claim is taken back. In blocks it is a note.
func TestDriftTakesClaimsBack(t *testing.T) {
	rows := campaign(31, map[string]float64{"base": 0, "a": 0, "b": 0, "c": 0, "d": 0, "e": 0}, 6, 2, 0.3)
	const arms = 6
	inTurn := ordered(rows, 0.4, func(arm, block, blocks int) int { return arm*blocks + block })
	a := analyze(t, inTurn, baseOptions())
	if d := a.Diagnostics.Drift; !d.Found() || !d.Confounds() || !(d.ChangePercent > 5) {
		t.Errorf("%+v", d)
	}
	if !slices.ContainsFunc(a.Warnings, func(w Warning) bool { return w.Code == WarnDrift }) {
		t.Errorf("warnings %v", a.Warnings)
	}
	lied := 0
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			continue
		}
		if record.True(arm.Differs) {
			lied++
		}
		if arm.Verdict != VerdictDrift && arm.Verdict != VerdictOutliers {
			t.Errorf("%s: verdict %q on the label %q", arm.Name, arm.Verdict, arm.Label)
		}
	}
	if lied == 0 || len(a.BestSet)+len(a.Tiers) > 0 {
		t.Errorf("%d arms look different, best %v, tiers %v: something must look different, and nothing be claimed", lied, a.BestSet, a.Tiers)
	}

	blockwise := ordered(rows, 0.4, func(arm, block, _ int) int { return arms*block + (5*arm+block)%arms })
	a = analyze(t, blockwise, baseOptions())
	if d := a.Diagnostics.Drift; !d.Found() || d.Confounds() {
		t.Errorf("in blocks: %+v", d)
	}
	for _, arm := range a.Arms {
		if arm.Verdict == VerdictDrift {
			t.Errorf("in blocks: %s: %q", arm.Name, arm.Verdict)
		}
	}

	// Always the same order within a block is no protection from drift within it.
	same := ordered(rows, 0.4, func(arm, block, _ int) int { return arms*block + arm })
	if d := analyze(t, same, baseOptions()).Diagnostics.Drift; !d.Confounds() {
		t.Errorf("one order for all blocks: %+v", d)
	}
	// Samples that do not say the order say nothing of drift.
	if d := analyze(t, rows, baseOptions()).Diagnostics.Drift; d.Found() || d.P.Exists() {
		t.Errorf("without an order: %+v", d)
	}
}
