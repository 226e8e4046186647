package rank

import "math"

// baselineComparisons compares every arm with the baseline: the family's rule and
// simultaneous intervals over the declared family.
func (st *study) baselineComparisons() []Arm {
	base := st.declared.baseline
	arms := make([]Arm, st.fit.arms)
	contrasts := make([]contrast, st.fit.arms)
	var raw []contrast
	for i := range arms {
		arms[i] = st.bareArm(i)
		if i == base {
			continue
		}
		contrasts[i] = noContrast()
		if st.fit.n[i] > 0 && st.fit.n[base] > 0 {
			contrasts[i] = st.compare.compare(i, base)
		}
		raw = append(raw, contrasts[i])
	}
	adjusted := make([]float64, len(raw))
	if !st.labelsOnly {
		adjusted = st.rule.baseline(raw)
	}
	each := st.rule.eachSide()
	for i := range arms {
		if i == base {
			st.fillBaseline(&arms[i])
			continue
		}
		st.fillComparison(&arms[i], i, contrasts[i], adjusted[0], each)
		adjusted = adjusted[1:]
	}
	return arms
}

// bareArm is the arm with what needs no comparison; all else does not exist yet.
func (st *study) bareArm(i int) Arm {
	nan := math.NaN()
	none := Interval{nan, nan}
	s := sign(st.series.better)
	t := st.tallies[i]
	a := Arm{
		Name: st.declared.names[i], IsBaseline: i == st.declared.baseline, Changed: st.declared.changed[i],
		Boots: t.counts, Failures: t.failures, MissingShare: t.missing,
		Estimate:    math.Exp(s * st.fit.mean[i] / 100),
		DiffPercent: nan, Interval: none, SE: nan, DF: nan, T: nan, P: nan, PHolm: nan, MDEPercent: nan,
		FromBest: none, FromLeader: nan,
		log: logScale{
			mean: st.fit.mean[i], rawMean: st.fit.raw[i], diff: nan, lower: nan, upper: nan, bestLower: nan, bestUpper: nan,
			v: st.fit.v[i], moderated: st.mod.v[i],
		},
	}
	if st.fit.n[i] == 0 {
		a.log.moderated = nan
	}
	return a
}

func (st *study) fillBaseline(a *Arm) {
	a.Label, a.Verdict = LabelBaseline, Verdict(LabelBaseline)
	if a.Boots.OK > 0 {
		a.DiffPercent, a.log.diff = 0, 0
	}
}

// fillComparison fills in the comparison of arm i with the baseline.
func (st *study) fillComparison(a *Arm, i int, c contrast, adjusted, each float64) {
	base := st.declared.baseline
	s := sign(st.series.better)
	var claim, equivalence ends
	a.log.diff, a.DiffPercent = c.diff, percent(s*c.diff)+0
	a.Exploratory = c.exploratory && c.interval()
	a.SE, a.DF = c.se, c.df
	if c.interval() {
		claim = around(c, each)
		equivalence = claim
		if st.fit.arms == 2 {
			equivalence = around(c, st.options.Alpha)
		}
		a.log.lower, a.log.upper = claim.lower, claim.upper
		a.Interval = st.percentInterval(claim.lower, claim.upper)
		if !a.Exploratory && !st.labelsOnly {
			a.MDEPercent = s * percent(s*detectable(c.se, c.df, each))
		}
	}
	if !math.IsNaN(c.p) && !st.labelsOnly {
		a.T, a.P, a.PHolm = s*c.diff/c.se, c.p, adjusted
		a.Differs = adjusted <= st.options.Alpha
		a.SizeUncertain = a.Differs && claim.lower <= 0 && 0 <= claim.upper
	}
	n, n0 := st.fit.n[i], st.fit.n[base]
	a.Label = label(n, n0, c, claim, equivalence, newMargins(st.options.Margin, s))
	a.Grade = grade(a.Label, n, n0)
	a.Verdict = verdict(a.Label, a.MissingShare, st.tallies[base].missing)
}

// around is the interval of c with the given error on each side.
func around(c contrast, eachSide float64) ends {
	w := c.upper(eachSide) * c.se
	return ends{c.diff - w, c.diff + w}
}
