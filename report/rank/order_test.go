package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// sequence is the rows of a campaign whose boots were made in this order: words of an arm ("x" is
// the baseline) and a block, such as "a1".
func sequence(words string) []sample.Row {
	var rows []sample.Row
	for i, w := range strings.Fields(words) {
		arm := w[:1]
		if arm == "x" {
			arm = ranktest.Baseline
		}
		rows = append(rows, sample.Row{Combination: arm, Block: w[1:], Boot: fmt.Sprint(i), Order: i + 1, Workload: "tcp", Metric: "throughput",
			Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, Value: 900 + math.Mod(7.3*float64(i), 5), HasValue: true})
	}
	return rows
}

// SPEC 14.5. Of two arms of three boots, (2+4)/2 = 3 neighbours of one arm are as many as half way
// from chance to a pure sequence, which takes more.
func TestBootOrder(t *testing.T) {
	for _, tt := range []struct {
		name, words string
		want        BootOrder
	}{
		{"blocks", "x1 a1 a2 x2 a3 x3", OrderBlocks},
		{"blocks in another order than their names", "x3 a3 a1 x1 x2 a2", OrderBlocks},
		{"one and the same order inside each", "x1 a1 x2 a2 x3 a3", OrderBlocks},
		{"a pure sequence", "x1 x1 x1 a1 a1 a1", OrderGrouped},
		{"a pure sequence that calls itself blocks", "x1 x2 x3 a1 a2 a3", OrderGrouped},
		{"half way", "x1 x1 a1 a1 a1 x1", OrderMixed},
		{"in turn without blocks", "x1 a1 x1 a1 x1 a1", OrderMixed},
		{"blocks that overlap, arms mixed", "x1 a1 x2 a1 a2 x1 x3 a2 a3 x2", OrderMixed},
		// Kruskal-Wallis: H = 14.4 on 3 degrees of freedom, p 0.002, though no arm follows itself.
		{"two arms, then two others", "x1 a1 x1 a1 x1 a1 x1 a1 x1 a1 b1 c1 b1 c1 b1 c1 b1 c1 b1 c1", OrderGrouped},
	} {
		rows := sequence(tt.words)
		if got := analyze(t, rows, baseOptions()).BootOrder; got != tt.want {
			t.Errorf("%s (%s): %s, want %s", tt.name, tt.words, got, tt.want)
		}
		for what, order := range map[string]int{"is not said": 0, "is that of another": 2} {
			unknown := slices.Clone(rows)
			unknown[3].Order = order
			if got := analyze(t, unknown, baseOptions()).BootOrder; got != OrderUnknown {
				t.Errorf("%s, where one boot's place %s: %s", tt.name, what, got)
			}
		}
	}
}

// A boot that is not ranked needs no place.
func TestBootOrderIsThatOfRankedBoots(t *testing.T) {
	rows := sequence("x1 a1 a2 x2 a3 x3 x4 a4")
	rows[7].Status, rows[7].Order = sample.StatusNotInEffect, 0
	if got := analyze(t, rows, baseOptions()).BootOrder; got != OrderBlocks {
		t.Errorf("%s", got)
	}
}

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
	a := analyze(t, rows, o)
	d := a.Diagnostics.Drift
	change := stat.Percent(23 * 2.0631160551652347e-01)
	if math.Abs(float64(d.T)-6.1373713403478147) > 1e-9 || math.Abs(float64(d.P)/5.3643945045336174e-06-1) > 1e-9 || d.DF != 20 || math.Abs(float64(d.Change)-change) > 1e-9 {
		t.Errorf("%+v, want t 6.137, p 5.36e-6, df 20, %v %%", d, change)
	}
	if a.BootOrder != OrderMixed {
		t.Errorf("boots of a block were not made together, and the order is %q", a.BootOrder)
	}
}

func says(a Analysis, code Code, words string) bool {
	return slices.ContainsFunc(a.Warnings, func(w Warning) bool { return w.Code == code && strings.Contains(w.Text, words) })
}

// What is known to have been booted arm by arm claims nothing, whether drift is seen or not.
// Numbers, labels, rank and the bounds of the comparison with the best stay.
func TestGroupedBootsClaimNothing(t *testing.T) {
	effects := map[string]float64{"base": 0, "a": 8, "b": 0, "c": -8, "d": 0, "e": 0}
	rows := ranktest.Campaign(31, effects, 6, 2, 0.3)
	for _, drift := range []float64{0, 0.4} {
		a := analyze(t, ranktest.Ordered(rows, drift, func(arm, block, blocks int) int { return arm*blocks + block }), baseOptions())
		if a.BootOrder != OrderGrouped || !says(a, WarnOrder, "arm by arm") {
			t.Fatalf("order %q, warnings %v", a.BootOrder, a.Warnings)
		}
		if len(a.BestSet)+len(a.MCBSet)+len(a.Tiers) > 0 || a.SingleWinner != "" {
			t.Errorf("best %v, %v, tiers %v, winner %q", a.BestSet, a.MCBSet, a.Tiers, a.SingleWinner)
		}
		plain := 0
		for _, arm := range a.Arms {
			if arm.MayBeBest != nil || arm.Tier != 0 || arm.Letters != "" || arm.FromLeader != nil {
				t.Errorf("%s: %+v", arm.Name, arm)
			}
			if arm.Rank == 0 || !arm.FromBest.Low.Exists() {
				t.Errorf("%s has no rank or no bounds: %+v", arm.Name, arm)
			}
			if arm.IsBaseline {
				continue
			}
			if arm.Label != LabelUndetermined {
				plain++
			}
			if arm.Verdict != VerdictOrder {
				t.Errorf("%s: verdict %q on the label %q", arm.Name, arm.Verdict, arm.Label)
			}
		}
		if plain < 2 {
			t.Errorf("%d labels that would be claims: it proves nothing", plain)
		}
	}
}

// In blocks, in a mixed order and in one that is not known the same claims stand; what is to be said
// of the order is said.
func TestOtherOrdersClaim(t *testing.T) {
	const arms = 6
	rows := ranktest.Campaign(31, map[string]float64{"base": 0, "a": 8, "b": 0, "c": -8, "d": 0, "e": 0}, 6, 2, 0.3)
	blocks := func(arm, block, _ int) int { return arms*block + (5*arm+block)%arms }
	turned := func(arm, block, n int) int { // pairs of blocks woven into each other
		at := blocks(arm, block, n)
		return at/(2*arms)*(2*arms) + at%arms*2 + at/arms%2
	}
	same := func(arm, block, _ int) int { return arms*block + arm }
	for _, tt := range []struct {
		name  string
		rows  []sample.Row
		order BootOrder
		code  Code   // of the warning
		words string // in it; "" for no such warning
	}{
		{"in blocks", ranktest.Ordered(rows, 0, blocks), OrderBlocks, WarnOrder, ""},
		{"in blocks, with drift", ranktest.Ordered(rows, 0.4, blocks), OrderBlocks, WarnDrift, "keep it out"},
		{"always the same order in blocks", ranktest.Ordered(rows, 0, same), OrderBlocks, WarnOrder, "one and the same order"},
		{"mixed", ranktest.Ordered(rows, 0, turned), OrderMixed, WarnOrder, "mixed well enough"},
		{"not known", rows, OrderUnknown, WarnOrder, "do not say in which order"},
	} {
		a := analyze(t, tt.rows, baseOptions())
		if a.BootOrder != tt.order || says(a, tt.code, tt.words) != (tt.words != "") {
			t.Errorf("%s: order %q, warnings %v", tt.name, a.BootOrder, a.Warnings)
		}
		for name, want := range map[string]Label{"a": LabelHelps, "c": LabelHarms} {
			if got := a.arm(name); got.Verdict != Verdict(want) {
				t.Errorf("%s: %s: %q, want %q", tt.name, name, got.Verdict, want)
			}
		}
		if a.SingleWinner != "a" || len(a.Tiers) < 3 {
			t.Errorf("%s: winner %q, tiers %v", tt.name, a.SingleWinner, a.Tiers)
		}
		if d := a.Diagnostics.Drift; tt.order == OrderUnknown && (d.Found() || d.P.Exists()) {
			t.Errorf("%s: drift %+v", tt.name, d)
		}
	}
}
