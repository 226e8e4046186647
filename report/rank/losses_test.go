package rank

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Failures are counted and shown, and never become numbers.
func TestFailedBootsAreCounted(t *testing.T) {
	rows := ranktest.Campaign(5, eight, 6, 2, 0.5)
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

	checks := map[string]boots.Counts{
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
	wantFailures := map[string][]boots.FailureCount{
		"a": {{Class: "no_boot", Boots: 1}},
		"d": {{Class: "iperf_timeout", Boots: 1, Repetitions: 2}},
		"f": {{Class: "iperf_timeout", Repetitions: 1}},
		"g": {{Class: boots.ClassAllZero, Boots: 6, Repetitions: 12}},
	}
	for name, want := range wantFailures {
		if d := cmp.Diff(want, a.arm(name).Failures); d != "" {
			t.Errorf("%s: failures:\n%s", name, d)
		}
	}
	if got := a.arm("g"); got.Label != LabelNotWorking || got.Estimate.Exists() || got.Rank != 0 {
		t.Errorf("g, all zero: %q, estimate %v, rank %d", got.Label, got.Estimate, got.Rank)
	}
	for name, lost := range map[string]bool{"a": false, "d": true, "e": true, "f": false} {
		got := a.arm(name)
		if worst, best := got.LostWorst != nil, got.LostBest != nil; worst != lost || best != lost || (got.MissingShare > 0) != lost {
			t.Errorf("%s: missing %v, worst cases %+v, %+v", name, got.MissingShare, got.LostWorst, got.LostBest)
		}
	}
	if got := a.arm("a"); got.Verdict != Verdict(LabelHelps) {
		t.Errorf("a, tried again: verdict %q", got.Verdict)
	}
	if a.Family != 7 {
		t.Errorf("the family shrank to %d", a.Family)
	}
}

// filled gives every lost repetition of an arm a value.
func filled(rows []sample.Row, lost func(sample.Row) bool, value func(arm string) float64) []sample.Row {
	out := slices.Clone(rows)
	for i := range out {
		if lost(out[i]) {
			out[i].Value = value(out[i].Combination)
		}
	}
	return out
}

// extremes are the smallest and the largest value of what is not lost, of rows with one repetition.
func extremes(rows []sample.Row, lost func(sample.Row) bool) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		if !lost(r) {
			low, high = math.Min(low, r.Value), math.Max(high, r.Value)
		}
	}
	return low, high
}

// checkLost compares an arm's worst cases with those that are filled in by hand, and its verdict
// with what the labels leave (SPEC 14.3, 14.4).
func checkLost(t *testing.T, got Arm, worst, best Analysis) {
	t.Helper()
	for _, c := range []struct {
		look *SecondLook
		want Arm
	}{{got.LostWorst, worst.arm(got.Name)}, {got.LostBest, best.arm(got.Name)}} {
		if c.look == nil {
			t.Fatalf("%s: no look at the worst cases", got.Name)
		}
		if c.look.Label != c.want.Label || math.Abs(float64(c.look.Difference-c.want.Difference)) > 1e-9 || math.Abs(float64(c.look.Low-c.want.Interval.Low)) > 1e-9 {
			t.Errorf("%s: %+v, filled in by hand %q %v %+v", got.Name, c.look, c.want.Label, c.want.Difference, c.want.Interval)
		}
	}
	left := meetsOf(got.Label, got.LostWorst.Label, got.LostBest.Label)
	want := Verdict(left)
	if left == LabelUndetermined && got.Label != LabelUndetermined {
		want = VerdictMissing
	} else if got.WithoutFlagged != nil {
		want = Verdict(meetsOf(left, got.WithoutFlagged.Label))
	}
	if got.Verdict != want {
		t.Errorf("%s: verdict %q of %q, worst %q, best %q; want %q", got.Name, got.Verdict, got.Label, got.LostWorst.Label, got.LostBest.Label, want)
	}
}

// What the baseline lost is in every comparison: each verdict must hold in both worst cases.
func TestMissingBaseline(t *testing.T) {
	rows := ranktest.Campaign(6, eight, 6, 1, 0.5)
	lost := func(r sample.Row) bool { return r.Combination == "base" && r.Block == "5" }
	low, high := extremes(rows, lost)
	fill := func(arm, base float64) Analysis {
		return analyze(t, filled(rows, lost, func(name string) float64 {
			if name == "base" {
				return base
			}
			return arm
		}), baseOptions())
	}
	worst, best := fill(low, high), fill(high, low)
	kept := slices.DeleteFunc(slices.Clone(rows), lost)
	a, missing := analyze(t, kept, baseOptions()), 0
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			continue
		}
		checkLost(t, arm, worst, best)
		if arm.Verdict == VerdictMissing {
			missing++
		}
	}
	if missing == 0 {
		t.Error("no claim hangs on the lost boot: it proves little")
	}
	for i := range kept {
		if kept[i].Combination == "base" {
			kept[i].Status, kept[i].HasValue = "no_boot", false
		}
	}
	a = analyze(t, kept, baseOptions())
	if got := a.arm("a").Label; got != LabelNoBaseline {
		t.Errorf("no baseline at all: %q", got)
	}
	if a.SingleWinner != "a" {
		t.Errorf("best without a baseline: %q", a.SingleWinner)
	}
}

// A claim that is large enough stands whatever the lost boots measured; one that is not is missing.
func TestClaimsThatLostBootsCannotTakeBack(t *testing.T) {
	rows := ranktest.Campaign(61, map[string]float64{"base": 0, "a": 40, "b": 2.6, "c": 0, "d": 0, "e": 0}, 10, 1, 0.1)
	rows = slices.DeleteFunc(rows, func(r sample.Row) bool {
		return (r.Combination == "a" || r.Combination == "b") && (r.Block == "2" || r.Block == "5")
	})
	a := analyze(t, rows, baseOptions())
	for name, want := range map[string]Verdict{"a": Verdict(LabelHelps), "b": VerdictMissing, "c": Verdict(LabelEquivalent)} {
		if got := a.arm(name); got.Verdict != want {
			t.Errorf("%s: %q, %q, worst %+v, best %+v; want %q", name, got.Label, got.Verdict, got.LostWorst, got.LostBest, want)
		}
	}
	// The page tells the same story: what a verdict does not claim no tier claims.
	if got := a.arm("b"); got.Tier != a.arm("base").Tier {
		t.Errorf("b is in tier %d, the baseline in %d", got.Tier, a.arm("base").Tier)
	}
	if a.arm("a").Tier != 1 || a.SingleWinner != "a" {
		t.Errorf("a is in tier %d, best is %q", a.arm("a").Tier, a.SingleWinner)
	}
}

// A stalled boot is flagged at any number of boots, and is no placement.
func TestStallIsKeptAndSaid(t *testing.T) {
	for _, blocks := range []int{3, 5, 10} {
		rows := ranktest.Campaign(7, eight, blocks, 4, 0.5)
		for i := range rows {
			if r := &rows[i]; r.Repetition == 2 && (r.Boot == "c1" || r.Boot == "c2" || r.Boot == "d0") {
				r.Value = 0
			}
		}
		a := analyze(t, rows, baseOptions())
		c := a.arm("c")
		if !slices.ContainsFunc(c.Warnings, func(w Warning) bool { return w.Code == WarnStall && slices.Equal(w.Boots, []string{"c1", "c2"}) }) || c.Boots.OK != blocks {
			t.Errorf("%d blocks: %+v, %v", blocks, c.Boots, c.Warnings)
		}
		if a.Diagnostics.FlaggedBoots != 3 || c.WithoutFlagged == nil || len(a.Placements) != 0 {
			t.Errorf("%d blocks: %d flagged, without them %+v, placements %+v", blocks, a.Diagnostics.FlaggedBoots, c.WithoutFlagged, a.Placements)
		}
	}
}

// A claim that hangs on one boot is said to, and is not made; the boot is kept.
func TestOutlierThatMatters(t *testing.T) {
	rows := ranktest.Campaign(13, eight, 8, 2, 0.3)
	for i := range rows {
		if rows[i].Boot == "e2" {
			rows[i].Value *= 0.6
		}
	}
	a := analyze(t, rows, baseOptions())
	e := a.arm("e")
	if e.Boots.OK != 8 || e.Label == LabelEquivalent || e.WithoutFlagged.Label != LabelEquivalent || e.Verdict != Verdict(meetsOf(e.Label, LabelEquivalent)) {
		t.Errorf("%d boots, %q, without the outlier %q, verdict %q", e.Boots.OK, e.Label, e.WithoutFlagged.Label, e.Verdict)
	}
	if !slices.ContainsFunc(e.Warnings, func(w Warning) bool { return w.Code == WarnOutlierMatters }) {
		t.Errorf("warnings %v", e.Warnings)
	}
	// The others of the block look fast beside it, and are not flagged for that.
	if a.Diagnostics.FlaggedBoots != 1 || len(a.Placements) != 0 {
		t.Errorf("%d boots are flagged, placements %+v", a.Diagnostics.FlaggedBoots, a.Placements)
	}
	for _, arm := range a.Arms {
		if !arm.IsBaseline && arm.Name != "e" && arm.Verdict != Verdict(meetsOf(arm.Label, arm.WithoutFlagged.Label)) {
			t.Errorf("%s: %q of %q and %q", arm.Name, arm.Verdict, arm.Label, arm.WithoutFlagged.Label)
		}
	}
	if clean := analyze(t, ranktest.Campaign(13, map[string]float64{"base": 0, "a": 6}, 3, 2, 0.3), baseOptions()); clean.arm("a").WithoutFlagged != nil {
		t.Errorf("nothing is flagged, yet %+v", clean.arm("a").WithoutFlagged)
	}
}

// Of two arms nobody knows which boot of a pair is the odd one: both are flagged, and the block is named.
func TestFlagsOfTwoArms(t *testing.T) {
	rows := ranktest.Campaign(62, map[string]float64{"base": 0, "a": 0}, 10, 2, 0.2)
	for i := range rows {
		if rows[i].Boot == "a4" {
			rows[i].Value *= 0.8
		}
	}
	a := analyze(t, rows, baseOptions())
	if a.Diagnostics.FlaggedBoots != 2 || !says(a, WarnBlockApart, "block 4 ") {
		t.Errorf("%d boots are flagged, warnings %v", a.Diagnostics.FlaggedBoots, a.Warnings)
	}
}

// Several boots of one kind are two placements, by the side on which they are: as many as there are,
// near which levels.
func TestPlacements(t *testing.T) {
	slow := map[string]bool{"a2": true, "c5": true, "d7": true, "e1": true}
	for _, lower := range []bool{false, true} {
		rows := ranktest.Campaign(63, map[string]float64{"base": 0, "a": 0, "b": 0, "c": 0, "d": 0, "e": 0}, 10, 1, 0.2)
		for i := range rows {
			rows[i].Block = "1"
			if slow[rows[i].Boot] {
				rows[i].Value *= 0.7
			}
		}
		levels := [2]float64{9000, 6300}
		if lower {
			rows = ranktest.Latency(rows)
			levels = [2]float64{1e6 / 9000.0, 1e6 / 6300.0}
		}
		// One block keeps the blocks' own differences in: their noise is 3 %.
		a := analyze(t, rows, baseOptions())
		if len(a.Placements) != 1 {
			t.Fatalf("lower is better %v: placements %+v, %d flagged", lower, a.Placements, a.Diagnostics.FlaggedBoots)
		}
		p := a.Placements[0]
		if p.Side != Worse || p.Boots != 4 || p.Of != 60 || len(p.Arms) != 4 || a.Diagnostics.FlaggedBoots != 4 || !says(a, WarnPlacements, "two placements") {
			t.Errorf("lower is better %v: %+v", lower, p)
		}
		for _, arm := range p.Arms {
			if arm.Boots != 9 || arm.Apart != 1 || math.Abs(float64(arm.Level)/levels[0]-1) > 0.05 || math.Abs(float64(arm.ApartLevel)/levels[1]-1) > 0.15 {
				t.Errorf("lower is better %v: %+v", lower, arm)
			}
		}
	}
}

// Zero is a value of loss like any other, and the best there is (SPEC 14.1).
func TestZeroLossIsTheBest(t *testing.T) {
	rows := ranktest.Campaign(8, eight, 5, 1, 0.5)
	shift := func(r sample.Row) float64 { return 0.1 * math.Log(r.Value/9000) }
	a := analyze(t, ranktest.Loss(rows, func(r sample.Row) float64 {
		if r.Combination == "b" {
			return 0
		}
		return 3 + shift(r)
	}), baseOptions())
	b := a.arm("b")
	if a.Scale != sample.Difference || a.EffectUnit != "percentage points" || a.Margin != 0.1 {
		t.Errorf("scale %s in %s, margin %v", a.Scale, a.EffectUnit, a.Margin)
	}
	if b.Boots.OK != 5 || b.Estimate != 0 || b.Verdict != Verdict(LabelHelps) || a.SingleWinner != "b" || !(b.Interval.High < -0.1) || math.Abs(float64(b.Difference)+3) > 0.1 {
		t.Errorf("b: %+v", b)
	}
	// Two arms without loss in any boot are equal, in the ranking and against the baseline.
	a = analyze(t, ranktest.Loss(rows, func(r sample.Row) float64 {
		if r.Combination == "b" || r.Combination == "base" {
			return 0
		}
		return 3 + shift(r)
	}), baseOptions())
	if b := a.arm("b"); b.Verdict != Verdict(LabelEquivalent) || !record.True(b.Equal) || b.Difference != 0 || b.Interval != (Interval{}) || b.P.Exists() || b.Tier != a.arm("base").Tier {
		t.Errorf("0 against 0: %+v", b)
	}
	if a.SingleWinner != "" || !slices.Equal(a.BestSet, []string{"b", "base"}) {
		t.Errorf("0 against 0: best %v", a.BestSet)
	}
	if c := a.arm("c"); c.Verdict != Verdict(LabelHarms) || math.Abs(float64(c.Difference)-3) > 0.1 {
		t.Errorf("c: %q, %v", c.Verdict, c.Difference)
	}
}

// An arm whose boots fail is compared with the baseline by how often they do, every
// declared arm in the family.
func TestFailureRates(t *testing.T) {
	rows := ranktest.Campaign(9, eight, 8, 2, 0.5)
	for i := range rows {
		r := &rows[i]
		if r.Combination == "d" || r.Combination == "f" && r.Block == "1" {
			r.Status, r.HasValue, r.Value = "no_boot", false, 0
		}
	}
	a := analyze(t, rows, baseOptions())
	for name, want := range map[string]struct {
		p, holm float64
		warned  bool
	}{
		"d": {stat.FisherExact(8, 8, 0, 8), 7 * stat.FisherExact(8, 8, 0, 8), true},
		"f": {stat.FisherExact(1, 8, 0, 8), 1, false},
		"a": {1, 1, false},
	} {
		got := a.arm(name)
		warned := slices.ContainsFunc(got.Warnings, func(w Warning) bool { return w.Code == WarnFailsMore })
		if math.Abs(float64(got.FailureP)-want.p) > 1e-12 || math.Abs(float64(got.FailurePHolm)-want.holm) > 1e-12 || warned != want.warned {
			t.Errorf("%s: p %v, after Holm %v, warned %v; want %+v", name, got.FailureP, got.FailurePHolm, warned, want)
		}
	}
	if got := a.arm("base").FailureP; got.Exists() {
		t.Errorf("the baseline against itself: %v", got)
	}
}

// The worst cases are those of the rows that are filled in by hand here.
func TestWorstCaseOfLostBoots(t *testing.T) {
	rows := ranktest.Campaign(10, eight, 8, 1, 0.4)
	lost := func(r sample.Row) bool {
		return r.Combination == "a" && (r.Block == "2" || r.Block == "5") || r.Combination == "base" && r.Block == "3"
	}
	low, high := extremes(rows, lost)
	fill := func(arm, base float64) Analysis {
		return analyze(t, filled(rows, lost, func(name string) float64 {
			if name == "base" {
				return base
			}
			return arm
		}), baseOptions())
	}
	worst, best := fill(low, high), fill(high, low)
	for i := range rows {
		if lost(rows[i]) {
			rows[i].Status, rows[i].HasValue, rows[i].Value = "no_boot", false, 0
		}
	}
	got := analyze(t, rows, baseOptions()).arm("a")
	checkLost(t, got, worst, best)
	if got.Label != LabelHelps || !(got.LostWorst.Difference < got.Difference && got.Difference < got.LostBest.Difference) {
		t.Errorf("%q: %v between %v and %v", got.Label, got.Difference, got.LostWorst.Difference, got.LostBest.Difference)
	}
}

// One repetition that is far off is named with its boot and kept; no verdict hangs on it.
func TestFlaggedRepetition(t *testing.T) {
	rows := ranktest.Campaign(11, map[string]float64{"base": 0, "a": 3}, 6, 10, 0.3)
	for i := range rows {
		if rows[i].Boot == "a4" && rows[i].Repetition == 2 {
			rows[i].Value *= 0.8
		}
	}
	all := analyze(t, rows, baseOptions())
	a := all.arm("a")
	i := slices.IndexFunc(a.Warnings, func(w Warning) bool { return w.Code == WarnOutlierRep })
	if i < 0 || !strings.HasPrefix(a.Warnings[i].Text, "far from the arm's other repetitions, and kept") || !strings.Contains(a.Warnings[i].Text, " a4/2") || a.Boots.OK != 6 {
		t.Errorf("%+v", a.Warnings)
	}
	if all.Diagnostics.FlaggedRepetitions == 0 || all.Diagnostics.FlaggedBoots != 0 || a.WithoutFlagged != nil || a.Verdict != Verdict(a.Label) {
		t.Errorf("%+v: %q of %q, without flagged boots %+v", all.Diagnostics, a.Verdict, a.Label, a.WithoutFlagged)
	}
}

// The baseline boots twice a block and loses three boots of ten, one each in three
// blocks: without slots the data look as if it were planned once in most blocks. With
// them every claim must hold in the worst cases, whether boots failed or were never made.
func TestSlotsTellWhatIsMissing(t *testing.T) {
	rows := ranktest.Twice(ranktest.Campaign(14, eight, 5, 2, 0.3))
	for _, status := range []string{"no_boot", sample.StatusNotRun} {
		a := analyze(t, ranktest.Slotted(rows, func(r sample.Row) string {
			if r.Combination == "base" && len(r.Boot) > 5 && r.Block > "1" {
				return status
			}
			return ""
		}), baseOptions())
		want := boots.Counts{OK: 7, Planned: 10}
		if status == "no_boot" {
			want.Failed = 3
		}
		base := a.arm("base")
		if base.Boots != want || math.Abs(base.MissingShare-0.3) > 1e-12 || (len(base.Failures) > 0) != (want.Failed > 0) {
			t.Errorf("%s: baseline %+v, missing %v, failures %v; want %+v", status, base.Boots, base.MissingShare, base.Failures, want)
		}
		for _, arm := range a.Arms {
			if arm.IsBaseline {
				continue
			}
			if arm.LostWorst == nil || arm.LostBest == nil || arm.MissingShare != 0 {
				t.Errorf("%s: %s: missing %v, worst cases %+v, %+v", status, arm.Name, arm.MissingShare, arm.LostWorst, arm.LostBest)
			}
			if want.Failed == 0 && arm.FailureP != 1 {
				t.Errorf("%s: failures are tested, p %v", arm.Name, arm.FailureP)
			}
			if slices.ContainsFunc(arm.Warnings, func(w Warning) bool { return w.Code == WarnSameBlock }) {
				t.Errorf("%s: %v", arm.Name, arm.Warnings)
			}
		}
	}
}

// With slots the worst case fills the planned boots that are lost, wherever they are.
func TestWorstCaseOfKnownBoots(t *testing.T) {
	rows := ranktest.Twice(ranktest.Campaign(15, eight, 8, 1, 0.4))
	lost := func(r sample.Row) bool {
		return r.Combination == "base" && (r.Block == "1" || r.Block == "4" && len(r.Boot) > 5) || r.Combination == "a" && r.Block == "6"
	}
	low, high := extremes(rows, lost)
	none := func(sample.Row) string { return "" }
	fill := func(arm, base float64) Analysis {
		return analyze(t, ranktest.Slotted(filled(rows, lost, func(name string) float64 {
			if name == "base" {
				return base
			}
			return arm
		}), none), baseOptions())
	}
	worst, best := fill(low, high), fill(high, low)
	got := analyze(t, ranktest.Slotted(rows, func(r sample.Row) string {
		if lost(r) {
			return sample.StatusNotRun
		}
		return ""
	}), baseOptions()).arm("a")
	checkLost(t, got, worst, best)
}

// A search's own boots change nothing of a ranking; where there is nothing else, the
// caller can tell.
func TestSearchBootsAreNotRanked(t *testing.T) {
	rows := ranktest.Campaign(16, eight, 5, 2, 0.5)
	own := ranktest.Campaign(17, map[string]float64{"base": 0, "a": 9, "h": 9}, 4, 2, 5)
	for i := range own {
		own[i].Block, own[i].Boot, own[i].Status = "s"+own[i].Block, "s"+own[i].Boot, sample.StatusSearch
	}
	if d := near(analyze(t, rows, baseOptions()), analyze(t, append(own, rows...), baseOptions())); d != "" {
		t.Error(d)
	}
	if _, err := Analyze(own, baseOptions()); !errors.Is(err, boots.ErrOnlySearch) {
		t.Errorf("nothing but a search: %v", err)
	}
}
