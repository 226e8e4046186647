package rank

import (
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// family is every arm's contrast with the baseline, in the order of arms.
func (st *Study) family() []contrast.Contrast {
	var all []contrast.Contrast
	for i := range st.Fit.Arms {
		if i != st.Arms.Baseline {
			all = append(all, st.compare(i))
		}
	}
	return all
}

// baselineComparisons compares every arm with the baseline: the family's rule and
// simultaneous intervals over the declared family.
func (st *Study) baselineComparisons() []Arm {
	raw := st.family()
	adjusted := st.Family.Adjusted(raw)
	arms, each := make([]Arm, st.Fit.Arms), st.Family.EachSide()
	for i := range arms {
		arms[i] = st.bareArm(i)
		if i == st.Arms.Baseline {
			st.fillBaseline(&arms[i])
			continue
		}
		st.fillComparison(&arms[i], i, raw[0], adjusted[0], each)
		raw, adjusted = raw[1:], adjusted[1:]
	}
	return arms
}

// bareArm is the arm with what needs no comparison; the rest does not exist yet.
func (st *Study) bareArm(i int) Arm {
	nan := math.NaN()
	t := st.Tallies[i]
	a := Arm{
		Name: st.Arms.Names[i], IsBaseline: i == st.Arms.Baseline, Changed: st.Arms.Changed[i],
		Boots: t.Counts, Failures: t.Failures, MissingShare: t.Missing,
		Estimate:   st.estimate(i),
		Difference: none, Interval: NoInterval(), SE: none, DF: none, T: none, P: none, PHolm: none, MDE: none,
		FromBest: FromBest(NoInterval()),
		y: onY{
			mean: st.mean[i], rawMean: st.Fit.Raw[i], diff: nan, lower: nan, upper: nan, bestLower: nan, bestUpper: nan, fromLeader: nan,
			v: st.Fit.V[i], moderated: st.Family.Moderation.V[i],
		},
	}
	if st.Fit.N[i] == 0 {
		a.y.moderated = nan
	}
	a.FoundBy, a.Bridge = st.FoundBy(i), st.armBridge(i)
	return a
}

// estimate is the arm's mean in the metric's unit; what is rounding on the difference scale is zero.
func (st *Study) estimate(i int) record.Number {
	mean := st.mean[i]
	if !st.Series.Ratio() && math.Abs(mean) <= st.Fit.Resolution {
		mean = 0
	}
	return record.Number(st.Series.Value(mean))
}

func (st *Study) fillBaseline(a *Arm) {
	a.Label, a.Verdict = LabelBaseline, Verdict(LabelBaseline)
	if a.Boots.OK > 0 {
		a.Difference, a.y.diff = 0, 0
	}
}

// fillComparison fills in the comparison of arm i with the baseline.
func (st *Study) fillComparison(a *Arm, i int, c contrast.Contrast, adjusted, each float64) {
	claim := st.claimOf(i, c, each)
	a.Label = claim.label
	a.y.diff, a.Difference = c.Diff, st.shown(c.Diff)
	a.Exploratory = c.Exploratory && c.HasInterval()
	a.SE, a.DF = record.Number(c.SE), record.Number(c.DF)
	a.Equal = new(c.Equal)
	a.y.lower, a.y.upper = claim.interval.Lower, claim.interval.Upper
	a.Interval = st.interval(claim.interval)
	if c.HasInterval() && !a.Exploratory {
		a.MDE = st.detectable(c, each)
	}
	if !math.IsNaN(c.P) {
		a.T, a.P, a.PHolm = record.Number(c.Diff/c.SE), record.Number(c.P), record.Number(adjusted)
		differs := adjusted <= st.Options.Alpha
		a.Differs, a.SizeUncertain = &differs, new(differs && claim.interval.Lower <= 0 && 0 <= claim.interval.Upper)
	}
	a.Grade = grade(a.Label, st.Fit.N[i], st.Fit.N[st.Arms.Baseline])
}

// detectable is the difference that the comparison would have shown with the usual power, in the
// measured quantity and without a sign.
func (st *Study) detectable(c contrast.Contrast, each float64) record.Number {
	d := stat.Detectable(stat.UsualPower, c.SE, c.DF, each)
	if !st.Series.Ratio() {
		return record.Number(d)
	}
	return record.Number(stat.Percent(d))
}

// shown is a difference of y in the measured quantity.
func (st *Study) shown(d float64) record.Number { return record.Number(st.Series.Shown(d)) }

// interval is an interval of differences of y in the measured quantity.
func (st *Study) interval(e contrast.Ends) Interval { return IntervalOn(st.Series.Axis, e) }

// IntervalOn is an interval of differences of y on an axis in the measured quantity.
func IntervalOn(a boots.Axis, e contrast.Ends) Interval {
	low, high := a.ShownInterval(e.Lower, e.Upper)
	return Interval{record.Number(low), record.Number(high)}
}
