package rank

import "math"

// margins are the ends of the margin on the scale of y, chosen so that comparing
// an interval's ends with them is comparing the printed percent with the margin.
type margins struct{ lo, hi float64 }

// newMargins takes the margin in percent. Where less is better y is turned
// around, and the two ends with it.
func newMargins(percent, sign float64) margins {
	lo, hi := 100*math.Log1p(-percent/100), 100*math.Log1p(percent/100)
	if sign < 0 {
		return margins{lo: -hi, hi: -lo}
	}
	return margins{lo: lo, hi: hi}
}

// ends are the ends of an interval on the scale of y.
type ends struct{ lower, upper float64 }

// plainLabel names the claim that an interval supports; the first that holds, all
// comparisons strict. claim is the simultaneous interval; equivalence the one for
// "equivalent" and "no worse", which is narrower for a single comparison (TOST).
func plainLabel(claim, equivalence ends, m margins) Label {
	switch {
	case claim.lower > m.hi:
		return LabelHelps
	case claim.lower > 0:
		return LabelHelpsMaybe
	case equivalence.lower > m.lo && equivalence.upper < m.hi:
		return LabelEquivalent
	case equivalence.lower > m.lo:
		return LabelNoWorse
	case claim.upper < 0:
		return LabelHarms
	}
	return LabelUndetermined
}

// label is the label of a comparison of an arm with n boots with a baseline of
// base boots: first the reasons why there is no claim, in this order.
func label(n, base int, c contrast, claim, equivalence ends, m margins) Label {
	switch {
	case n == 0:
		return LabelNotWorking
	case base == 0:
		return LabelNoBaseline
	case !c.comparable:
		return LabelNotComparable
	case min(n, base) == 1:
		return LabelOneBoot
	case c.noVariance:
		return LabelNoVariance
	case min(n, base) == 2:
		return LabelTwoBoots
	case !c.interval():
		return LabelUndetermined
	}
	return plainLabel(claim, equivalence, m)
}

// grade is what a claim is worth by the smaller number of boots of the two arms;
// without a claim there is nothing to grade.
func grade(l Label, n, base int) Grade {
	switch n = min(n, base); {
	case !l.plain():
		return GradeNone
	case n < certifyingBoots:
		return GradeProvisional
	}
	return GradeCertifying
}

// certifyingBoots is the least number of boots on either side of a claim that may
// be published.
const certifyingBoots = 5

// missingLimit is the share of lost boots above which nothing is claimed.
const missingLimit = 0.10

// verdict is the label unless too many boots of the arm or the baseline are lost.
func verdict(l Label, missing, missingBase float64) Verdict {
	if l.plain() && math.Max(missing, missingBase) > missingLimit {
		return VerdictMissing
	}
	return Verdict(l)
}
