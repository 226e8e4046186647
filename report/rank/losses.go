package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/stat"
	"vnettune/results/record"
)

// MissingLimit is the share of lost boots above which a claim must hold in the worst case too.
const MissingLimit = 0.10

// LostMany says whether more than a tenth of arm i's planned boots is lost.
func (st *Study) LostMany(i int) bool { return st.Tallies[i].Missing > MissingLimit }

// Lost gives a value to every lost boot of an arm: of the block where it was planned.
type Lost struct {
	Arm   int
	Value func(block int) float64
}

// With is the study as it would be if the lost boots of arms had measured what is given.
func (st *Study) With(lost ...Lost) (*Study, error) {
	values := slices.Clone(st.Fit.Obs)
	for _, l := range lost {
		for _, block := range st.Series.LostPlaces(l.Arm) {
			values = append(values, stat.Observation{Arm: l.Arm, Block: block, Y: l.Value(block)})
		}
	}
	return st.on(values)
}

// Extremes are the smallest and the largest y of the campaign, which bound what a lost boot may have
// measured (the bound of Horowitz and Manski, 2000, for outcomes that are missing).
func (st *Study) Extremes() (smallest, largest func(block int) float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, b := range st.Fit.Obs {
		low, high = math.Min(low, b.Y), math.Max(high, b.Y)
	}
	return func(int) float64 { return low }, func(int) float64 { return high }
}

// losses fills in both worst cases of the arms that lost many boots, or whose baseline did: theirs at
// the campaign's smallest y and the baseline's at its largest, and the other way round. An arm that measured nothing
// has none: it would be values that nobody measured, compared without their noise.
func (st *Study) losses(arms []Arm) error {
	base := st.Arms.Baseline
	small, large := st.Extremes()
	for i := range arms {
		if i == base || st.Fit.N[i] == 0 || !arms[i].Label.Plain() || !st.LostMany(i) && !st.LostMany(base) {
			continue
		}
		worst, err := st.With(Lost{i, small}, Lost{base, large})
		if err != nil {
			return err
		}
		best, err := st.With(Lost{i, large}, Lost{base, small})
		if err != nil {
			return err
		}
		arms[i].LostWorst, arms[i].LostBest = new(worst.look(i)), new(best.look(i))
	}
	return nil
}

// missingWarning says how many boots of an arm are lost, and what the label would be in the worst
// cases.
func (st *Study) missingWarning(a Arm) Warning {
	lost := a.Boots.Planned - a.Boots.OK
	w := Warning{Code: WarnMissing, Arm: record.Name(a.Name), Numbers: numbers{"missing": record.Number(lost), "planned": record.Number(a.Boots.Planned)},
		Text: fmt.Sprintf("missing: %d of %d planned boots", lost, a.Boots.Planned)}
	if st.Series.Within != nil {
		w.Text = fmt.Sprintf("missing: in %d of %s it has no value", lost, plural(a.Boots.Planned, "planned boot"))
	}
	if a.LostWorst == nil {
		return w
	}
	w.Numbers["worst_difference"], w.Numbers["worst_lower"], w.Numbers["worst_upper"] = a.LostWorst.Difference, a.LostWorst.Low, a.LostWorst.High
	w.Text += fmt.Sprintf("; had they measured the worst of the campaign: %s, %q; the best: %s, %q",
		st.Range(a.LostWorst.Difference, a.LostWorst.Interval), a.LostWorst.Label, st.Range(a.LostBest.Difference, a.LostBest.Interval), a.LostBest.Label)
	return w
}

// failureTests compares every arm's share of failed boots with the baseline's by
// Fisher's exact test, with Holm's rule over the declared arms. Tried boots are
// those that are ranked or failed; an arm or baseline without any has no test, and boots that were made
// arm by arm have none, since what changed in between may have made them fail.
func (st *Study) failureTests(arms []Arm) {
	base := st.Arms.Baseline
	var p []float64
	tried := func(i int) int { return arms[i].Boots.Tried() }
	for i := range arms {
		arms[i].FailureP, arms[i].FailurePHolm = none, none
		if i == base {
			continue
		}
		if tried(i) > 0 && tried(base) > 0 && st.OrderOf(i) != OrderGrouped {
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
		Text:    fmt.Sprintf("fails %s often than the baseline: %d of %d %ss against %d of %d (Fisher's exact test, p %.2g after Holm)", how, own.Failed, n, st.applied(), base.Failed, m, a.FailurePHolm)}, true
}
