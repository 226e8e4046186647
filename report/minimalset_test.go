package report

import (
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/minimal"
	"vnettune/results/record"
)

// What is said of a profile's lines: what matters by its value, how many can go, and what it takes to know more.
func TestMinimalSentences(t *testing.T) {
	of := func(outcomes ...minimal.Outcome) *minimal.Set {
		s := &minimal.Set{Profile: "guide", Bounds: []minimal.Bound{{Workload: "up", Metric: "throughput"}, {Workload: "down", Metric: "loss"}}}
		for i, o := range outcomes {
			s.Lines = append(s.Lines, minimal.Line{Setting: string(rune('a' + i)), Value: "1", Outcome: o})
		}
		return s
	}
	r := Report{Ranking: rank.Ranking{Alpha: 0.05, Analyses: []rank.Analysis{
		{Workload: "up", Metric: "throughput", Better: "higher", EffectUnit: "%", Margin: 2},
		{Workload: "down", Metric: "loss", Better: "lower", EffectUnit: "percentage points", Margin: 0.1}}}}
	const can, matters, undecided = minimal.Dropped, minimal.Matters, minimal.Undecided
	loss := "throughput in up lower by less than 2 % and loss in down higher by less than 0.1 percentage points, 95 % sure"
	for _, tt := range []struct {
		set  *minimal.Set
		want string
	}{
		{nil, ""},
		{of(can, matters, can, undecided), "Of 4 lines of guide keep 1: b=1; 2 can be left out together (" + loss + ", if their effects add up); 1 is undecided and stays: d=1."},
		{of(can, undecided, undecided), "Of 3 lines of guide none is shown to matter; 1 can be left out: a (" + loss + "); 2 are undecided and stay: b=1 and c=1."},
		{of(can, can), "Of 2 lines of guide keep none; 2 can be left out together (" + loss + ", if their effects add up)."},
		{of(matters, matters), "Of 2 lines of guide keep 2: a=1 and b=1."},
		{of(undecided, matters), "Of 2 lines of guide keep 1: b=1; none can be left out yet; 1 is undecided and stays: a=1."},
	} {
		r.Minimal = tt.set
		if got := strings.Join(minimalSentences(r), "\n"); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
	r.Minimal = of(can, undecided)
	r.Minimal.BootsNeeded, r.Minimal.ConfirmBlocks, r.Minimal.BySwitching = record.Count(40), 7, true
	got := strings.Join(minimalSentences(r), " ")
	for _, want := range []string{"by switching, not by reboots.", "takes about 40 stints of each combination", "fresh boots of the baseline, guide and what is left of it, 7 of each."} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

// Whether a part does what the whole does is said with its bound, and with what it does against the baseline.
func TestSubsetSentences(t *testing.T) {
	r := Report{Ranking: rank.Ranking{Alpha: 0.05, Analyses: []rank.Analysis{{Workload: "up", Metric: "throughput", Better: "higher", EffectUnit: "%", Margin: 2,
		Arms: []rank.Arm{{Name: "guide-minimal", Verdict: rank.Verdict(rank.LabelHelps)}}}}},
		Subset: &minimal.Subset{Arm: "guide-minimal", Whole: "guide", Lines: 1, Of: 10, NoWorse: true, Bounds: []minimal.Bound{{Workload: "up", Metric: "throughput", Worst: -0.83}}}}
	want := "The 1 line of guide-minimal does what the 10 of guide do, no worse than the margin (throughput lower by 0.83 % at most, each 95 % sure); against the baseline: helps."
	if got := subsetSentences(r); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Subset.NoWorse, r.Subset.Lines, r.Subset.Bounds[0].Worst = false, 2, -4.1
	want = "Whether the 2 lines of guide-minimal do what the 10 of guide do is undecided (throughput lower by 4.1 % at most, each 95 % sure); against the baseline: helps."
	if got := subsetSentences(r); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}
