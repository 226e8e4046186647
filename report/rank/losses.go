package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/stat"
	"vnettune/results/record"
)

// worstCase is arm i's comparison as it would be if every lost boot of the arm had
// measured the worst value of the campaign, and every lost boot of the baseline the
// best (the bound of Horowitz and Manski, 2000, for outcomes that are missing). A
// claim that survives it does not hang on what was lost.
func (st *Study) worstCase(i int) (*SecondLook, error) {
	worst, best := math.Inf(1), math.Inf(-1)
	for _, b := range st.Fit.Obs {
		worst, best = math.Min(worst, b.Y), math.Max(best, b.Y)
	}
	values := slices.Clone(st.Fit.Obs)
	for _, arm := range []int{i, st.Arms.Baseline} {
		y := worst
		if arm == st.Arms.Baseline {
			y = best
		}
		for _, block := range st.Series.LostPlaces(arm) {
			values = append(values, stat.Observation{Arm: arm, Block: block, Y: y})
		}
	}
	looks, err := st.again(values)
	if err != nil {
		return nil, err
	}
	return &looks[i], nil
}

// worstCases fills in the bound of the arms whose verdict is given up for lost boots.
func (st *Study) worstCases(arms []Arm) error {
	for i := range arms {
		if arms[i].Verdict != VerdictMissing {
			continue
		}
		var err error
		if arms[i].WorstCase, err = st.worstCase(i); err != nil {
			return err
		}
	}
	return nil
}

// missingWarning says how many boots of an arm are lost, and what the verdict would
// be if they had gone as badly as can be.
func (st *Study) missingWarning(a Arm) Warning {
	lost := a.Boots.Planned - a.Boots.OK
	w := Warning{Code: WarnMissing, Arm: record.Name(a.Name), Numbers: numbers{"missing": record.Number(lost), "planned": record.Number(a.Boots.Planned)},
		Text: fmt.Sprintf("missing: %d of %d planned boots", lost, a.Boots.Planned)}
	if s := a.WorstCase; s != nil {
		w.Numbers["worst_diff_percent"], w.Numbers["worst_lower_percent"], w.Numbers["worst_upper_percent"] = s.DiffPercent, s.Interval.Low, s.Interval.High
		w.Text += fmt.Sprintf("; at worst %s, %q", PercentRange(s.DiffPercent, s.Interval), s.Label)
	}
	return w
}

// failureTests compares every arm's share of failed boots with the baseline's by
// Fisher's exact test, with Holm's rule over the declared arms. Tried boots are
// those that are ranked or failed; an arm or baseline without any has no test.
func (st *Study) failureTests(arms []Arm) {
	base := st.Arms.Baseline
	var p []float64
	tried := func(i int) int { return arms[i].Boots.Tried() }
	for i := range arms {
		arms[i].FailureP, arms[i].FailurePHolm = none, none
		if i == base {
			continue
		}
		if tried(i) > 0 && tried(base) > 0 {
			arms[i].FailureP = record.Number(stat.FisherExact(arms[i].Boots.Failed, tried(i), arms[base].Boots.Failed, tried(base)))
		}
		p = append(p, float64(arms[i].FailureP))
	}
	adjusted := stat.Holm(p)
	for i := range arms {
		if i == base {
			continue
		}
		if arms[i].FailureP.Exists() {
			arms[i].FailurePHolm = record.Number(adjusted[0])
		}
		adjusted = adjusted[1:]
	}
}

// failsMore is the warning of an arm whose boots fail more or less often than the baseline's.
func (st *Study) failsMore(i int, a Arm) (Warning, bool) {
	if !(float64(a.FailurePHolm) <= st.Options.Alpha) {
		return Warning{}, false
	}
	base := st.Tallies[st.Arms.Baseline].Counts
	own := st.Tallies[i].Counts
	n, m := own.Tried(), base.Tried()
	how := "more"
	if own.Failed*m < base.Failed*n {
		how = "less"
	}
	return Warning{Code: WarnFailsMore, Arm: record.Name(a.Name),
		Numbers: numbers{"failed": record.Number(own.Failed), "tried": record.Number(n), "baseline_failed": record.Number(base.Failed), "baseline_tried": record.Number(m), "p_holm": a.FailurePHolm},
		Text:    fmt.Sprintf("fails %s often than the baseline: %d of %d boots against %d of %d (Fisher's exact test, p %.2g after Holm)", how, own.Failed, n, base.Failed, m, a.FailurePHolm)}, true
}
