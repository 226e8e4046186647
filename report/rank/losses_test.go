package rank

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

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
	if e.Boots.OK != 8 || e.Label == LabelEquivalent || e.WithoutFlagged.Label != LabelEquivalent || e.Verdict != VerdictOutliers {
		t.Errorf("%d boots, %q, without the outlier %q", e.Boots.OK, e.Label, e.WithoutFlagged.Label)
	}
	if !slices.ContainsFunc(e.Warnings, func(w Warning) bool { return w.Code == WarnOutlierMatters }) {
		t.Errorf("warnings %v", e.Warnings)
	}
	if clean := analyze(t, campaign(13, map[string]float64{"base": 0, "a": 6}, 3, 2, 0.3), baseOptions()); clean.arm("a").WithoutFlagged != nil {
		t.Errorf("nothing is flagged, yet %+v", clean.arm("a").WithoutFlagged)
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

// An arm whose boots fail is compared with the baseline by how often they do, every
// declared arm in the family.
func TestFailureRates(t *testing.T) {
	rows := campaign(9, eight, 8, 2, 0.5)
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

// Lost boots give the verdict up; the bound says what the worst of them could have
// made of it, by the rows that are filled in by hand here.
func TestWorstCaseOfLostBoots(t *testing.T) {
	rows := campaign(10, eight, 8, 1, 0.4)
	low, high := math.Inf(1), math.Inf(-1)
	lost := func(r sample.Row) bool {
		return r.Combination == "a" && (r.Block == "2" || r.Block == "5") || r.Combination == "base" && r.Block == "3"
	}
	for _, r := range rows {
		if !lost(r) {
			low, high = math.Min(low, r.Value), math.Max(high, r.Value)
		}
	}
	filled := slices.Clone(rows)
	for i := range filled {
		if !lost(filled[i]) {
			continue
		}
		filled[i].Value = low
		if filled[i].Combination == "base" {
			filled[i].Value = high
		}
		rows[i].Status, rows[i].HasValue, rows[i].Value = "no_boot", false, 0
	}
	got, want := analyze(t, rows, baseOptions()).arm("a"), analyze(t, filled, baseOptions()).arm("a")
	if got.Verdict != VerdictMissing || got.Label != LabelHelps {
		t.Errorf("a: %q, %q", got.Label, got.Verdict)
	}
	w := got.WorstCase
	if w.Label != want.Label || math.Abs(float64(w.Difference-want.Difference)) > 1e-9 || math.Abs(float64(w.Interval.Low-want.Interval.Low)) > 1e-9 {
		t.Errorf("worst case %+v, filled in by hand %q %v %+v", w, want.Label, want.Difference, want.Interval)
	}
	if !(w.Difference < got.Difference) {
		t.Errorf("the worst case %v is not below %v", w.Difference, got.Difference)
	}
}

// One repetition that is far off is named with its boot and kept.
func TestFlaggedRepetition(t *testing.T) {
	rows := campaign(11, map[string]float64{"base": 0, "a": 3}, 6, 5, 0.3)
	for i := range rows {
		if rows[i].Boot == "a4" && rows[i].Repetition == 2 {
			rows[i].Value *= 0.8
		}
	}
	a := analyze(t, rows, baseOptions()).arm("a")
	i := slices.IndexFunc(a.Warnings, func(w Warning) bool { return w.Code == WarnOutlierRep })
	if i < 0 || a.Warnings[i].Text != "far from the arm's other repetitions, and kept: boot/repetition a4/2" || a.Boots.OK != 6 {
		t.Errorf("%+v", a.Warnings)
	}
	if !(a.WithoutFlagged.Difference > a.Difference+0.3) {
		t.Errorf("with %v, without %v", a.Difference, a.WithoutFlagged.Difference)
	}
}

// slotted numbers the planned boots; lose says of a boot what became of it, "" for nothing.
func slotted(rows []sample.Row, lose func(r sample.Row) string) []sample.Row {
	slot := make(map[string]int)
	var out []sample.Row
	for _, r := range rows {
		if slot[r.Boot] == 0 {
			slot[r.Boot] = len(slot) + 1
		}
		r.Slot = slot[r.Boot]
		if status := lose(r); status != "" {
			if r.Repetition > 1 {
				continue
			}
			r = sample.Row{Combination: r.Combination, Block: r.Block, Boot: r.Boot, Slot: r.Slot, Status: status, Levels: r.Levels}
		}
		out = append(out, r)
	}
	return out
}

// twice boots the baseline a second time in each block.
func twice(rows []sample.Row) []sample.Row {
	for _, r := range slices.Clone(rows) {
		if r.Combination == "base" {
			r.Boot += "again"
			r.Value *= 1.002
			rows = append(rows, r)
		}
	}
	return rows
}

// The baseline boots twice a block and loses three boots of ten, one each in three
// blocks: without slots the data look as if it were planned once in most blocks. With
// them nothing can be claimed, whether boots failed or were never made.
func TestSlotsTellWhatIsMissing(t *testing.T) {
	rows := twice(campaign(14, eight, 5, 2, 0.3))
	for _, status := range []string{"no_boot", sample.StatusNotRun} {
		a := analyze(t, slotted(rows, func(r sample.Row) string {
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
			if arm.Verdict != VerdictMissing || arm.MissingShare != 0 {
				t.Errorf("%s: %s: verdict %q, missing %v", status, arm.Name, arm.Verdict, arm.MissingShare)
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
	rows := twice(campaign(15, eight, 8, 1, 0.4))
	lost := func(r sample.Row) bool {
		return r.Combination == "base" && (r.Block == "1" || r.Block == "4" && len(r.Boot) > 5) || r.Combination == "a" && r.Block == "6"
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		if !lost(r) {
			low, high = math.Min(low, r.Value), math.Max(high, r.Value)
		}
	}
	filled := slices.Clone(rows)
	for i := range filled {
		if lost(filled[i]) {
			filled[i].Value = low
			if filled[i].Combination == "base" {
				filled[i].Value = high
			}
		}
	}
	none := func(sample.Row) string { return "" }
	got := analyze(t, slotted(rows, func(r sample.Row) string {
		if lost(r) {
			return sample.StatusNotRun
		}
		return ""
	}), baseOptions()).arm("a")
	want := analyze(t, slotted(filled, none), baseOptions()).arm("a")
	if w := got.WorstCase; got.Verdict != VerdictMissing || w.Label != want.Label || math.Abs(float64(w.Difference-want.Difference)) > 1e-9 || math.Abs(float64(w.Interval.Low-want.Interval.Low)) > 1e-9 {
		t.Errorf("worst case %+v, filled in by hand %q %v %+v", got.WorstCase, want.Label, want.Difference, want.Interval)
	}
}

// A search's own boots change nothing of a ranking; where there is nothing else, the
// caller can tell.
func TestSearchBootsAreNotRanked(t *testing.T) {
	rows := campaign(16, eight, 5, 2, 0.5)
	own := campaign(17, map[string]float64{"base": 0, "a": 9, "h": 9}, 4, 2, 5)
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
