package rank

import (
	"math"

	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// baselineComparisons compares every arm with the baseline: the family's rule and
// simultaneous intervals over the declared family.
func (st *Study) baselineComparisons() []Arm {
	raw := st.family()
	adjusted := make([]float64, len(raw))
	if !st.labelsOnly {
		adjusted = st.Family.Adjusted(raw)
	}
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
	s := st.Series.Sign()
	t := st.Tallies[i]
	a := Arm{
		Name: st.Arms.Names[i], IsBaseline: i == st.Arms.Baseline, Changed: st.Arms.Changed[i],
		Boots: t.Counts, Failures: t.Failures, MissingShare: t.Missing,
		Estimate:    record.Number(math.Exp(s * st.Fit.Mean[i] / 100)),
		DiffPercent: none, Interval: NoInterval(), SE: none, DF: none, T: none, P: none, PHolm: none, MDEPercent: none,
		FromBest: FromBest(NoInterval()),
		log: logScale{
			mean: st.Fit.Mean[i], rawMean: st.Fit.Raw[i], diff: nan, lower: nan, upper: nan, bestLower: nan, bestUpper: nan,
			v: st.Fit.V[i], moderated: st.Family.Moderation.V[i],
		},
	}
	if st.Fit.N[i] == 0 {
		a.log.moderated = nan
	}
	return a
}

func (st *Study) fillBaseline(a *Arm) {
	a.Label, a.Verdict = LabelBaseline, Verdict(LabelBaseline)
	if a.Boots.OK > 0 {
		a.DiffPercent, a.log.diff = 0, 0
	}
}

// fillComparison fills in the comparison of arm i with the baseline.
func (st *Study) fillComparison(a *Arm, i int, c contrast.Contrast, adjusted, each float64) {
	base := st.Arms.Baseline
	s := st.Series.Sign()
	var claim, equivalence contrast.Ends
	a.log.diff, a.DiffPercent = c.Diff, Percent(s*c.Diff)
	a.Exploratory = c.Exploratory && c.HasInterval()
	a.SE, a.DF = record.Number(c.SE), record.Number(c.DF)
	if c.HasInterval() {
		claim = c.Around(each)
		equivalence = claim
		if st.Fit.Arms == 2 {
			equivalence = c.Around(st.Options.Alpha)
		}
		a.log.lower, a.log.upper = claim.Lower, claim.Upper
		a.Interval = Percents(claim.Lower, claim.Upper, s)
		if !a.Exploratory && !st.labelsOnly {
			a.MDEPercent = record.Number(s * stat.Percent(s*stat.Detectable(stat.UsualPower, c.SE, c.DF, each)))
		}
	}
	if !math.IsNaN(c.P) && !st.labelsOnly {
		a.T, a.P, a.PHolm = record.Number(s*c.Diff/c.SE), record.Number(c.P), record.Number(adjusted)
		differs := adjusted <= st.Options.Alpha
		a.Differs, a.SizeUncertain = &differs, new(differs && claim.Lower <= 0 && 0 <= claim.Upper)
	}
	n, n0 := st.Fit.N[i], st.Fit.N[base]
	a.Label = label(n, n0, c, claim, equivalence, NewMargins(st.Options.Margin, s))
	if st.Tallies[i].NeverMade {
		a.Label = LabelUndetermined // nobody has seen that it does not work
	}
	a.Grade = grade(a.Label, n, n0)
	a.Verdict = verdict(a.Label, a.MissingShare, st.Tallies[base].Missing)
}
