package rank

import (
	"math"

	"vnettune/report/rank/contrast"
	"vnettune/results/record"
)

// Margins are the ends of the margin on the scale of y, chosen so that comparing
// an interval's ends with them is comparing the printed percent with the margin.
type Margins struct{ Low, High float64 }

// NewMargins takes the margin in percent. Where less is better y is turned
// around, and the two ends with it.
func NewMargins(percent, sign float64) Margins {
	lo, hi := 100*math.Log1p(-percent/100), 100*math.Log1p(percent/100)
	if sign < 0 {
		return Margins{Low: -hi, High: -lo}
	}
	return Margins{Low: lo, High: hi}
}

// plainLabel names the claim that an interval supports; the first that holds, all
// comparisons strict. claim is the simultaneous interval; equivalence the one for
// "equivalent" and "no worse", which is narrower for a single comparison (TOST).
func plainLabel(claim, equivalence contrast.Ends, m Margins) Label {
	switch {
	case claim.Lower > m.High:
		return LabelHelps
	case claim.Lower > 0:
		return LabelHelpsMaybe
	case equivalence.Lower > m.Low && equivalence.Upper < m.High:
		return LabelEquivalent
	case equivalence.Lower > m.Low:
		return LabelNoWorse
	case claim.Upper < 0:
		return LabelHarms
	}
	return LabelUndetermined
}

// label is the label of a comparison of an arm with n boots with a baseline of
// base boots: first the reasons why there is no claim, in this order.
func label(n, base int, c contrast.Contrast, claim, equivalence contrast.Ends, m Margins) Label {
	switch {
	case n == 0:
		return LabelNotWorking
	case base == 0:
		return LabelNoBaseline
	case !c.Comparable:
		return LabelNotComparable
	case min(n, base) == 1:
		return LabelOneBoot
	case c.NoVariance:
		return LabelNoVariance
	case min(n, base) == 2:
		return LabelTwoBoots
	case !c.HasInterval():
		return LabelUndetermined
	}
	return plainLabel(claim, equivalence, m)
}

// grade is what a claim is worth by the smaller number of boots of the two arms;
// without a claim there is nothing to grade.
func grade(l Label, n, base int) Grade {
	switch n = min(n, base); {
	case !l.plain() || n == 0:
		return GradeNone
	case n < certifyingBoots:
		return GradeProvisional
	}
	return GradeCertifying
}

// certifyingBoots is the least number of boots on either side of a claim that may be published.
const certifyingBoots = 5

// MissingLimit is the share of lost boots above which nothing is claimed.
const MissingLimit = 0.10

// verdict is the label unless too many boots of the arm or the baseline are lost.
func verdict(l Label, missing, missingBase float64) Verdict {
	if l.plain() && math.Max(missing, missingBase) > MissingLimit {
		return VerdictMissing
	}
	return Verdict(l)
}

// Label is what the difference from the baseline is called.
type Label string

// The labels, in the order in which they are tried.
const (
	LabelBaseline      Label = "baseline"
	LabelNotWorking    Label = "not working"
	LabelNoBaseline    Label = "no verdict: no baseline"
	LabelNotComparable Label = "not comparable"
	LabelOneBoot       Label = "no verdict: 1 boot"
	LabelNoVariance    Label = "no variance seen"
	LabelTwoBoots      Label = "no verdict: 2 boots"
	LabelHelps         Label = "helps"
	LabelHelpsMaybe    Label = "helps, maybe less than delta"
	LabelEquivalent    Label = "equivalent"
	LabelNoWorse       Label = "no worse than delta"
	LabelHarms         Label = "harms"
	LabelUndetermined  Label = "undetermined"
)

// plain says whether the label is a claim about the difference, and not the
// reason why there is none.
func (l Label) plain() bool {
	switch l {
	case LabelHelps, LabelHelpsMaybe, LabelEquivalent, LabelNoWorse, LabelHarms, LabelUndetermined:
		return true
	}
	return false
}

// Verdict is what is claimed: the label, unless something forbids the claim.
type Verdict string

// VerdictMissing stands for a label when more than a tenth of the planned boots
// of the arm or of the baseline is missing.
const VerdictMissing Verdict = "INCONCLUSIVE(missing)"

// VerdictOutliers stands for a label that is another without the data that are flagged as outliers.
const VerdictOutliers Verdict = "INCONCLUSIVE(outliers)"

// VerdictDrift stands for a label of a campaign that drifted and whose boots are not
// in blocks of changing order, so that drift and difference cannot be told apart.
const VerdictDrift Verdict = "INCONCLUSIVE(drift)"

// Grade says how much a verdict is worth by its number of boots.
type Grade string

const (
	// GradeNone: no claim to grade, such as with fewer than 3 boots.
	GradeNone Grade = "none"
	// GradeProvisional: 3 or 4 boots.
	GradeProvisional Grade = "provisional"
	// GradeCertifying: 5 boots or more.
	GradeCertifying Grade = "certifying"
)

// MarshalJSON writes the grade; null for the baseline, which has none.
func (g Grade) MarshalJSON() ([]byte, error) { return record.Name(g).MarshalJSON() }

// override takes back verdicts that the data cannot carry although a label stands,
// and remembers the verdict before: first what hangs on flagged data, then what may
// be drift. A verdict that is already given up keeps its reason.
func (st *Study) override(arms []Arm) {
	for i := range arms {
		a := &arms[i]
		a.log.verdict = a.Verdict
		if a.Verdict == VerdictMissing || !a.Label.plain() {
			continue
		}
		switch second := a.WithoutFlagged; {
		case second != nil && second.Label != a.Label:
			a.Verdict = VerdictOutliers
		case st.drift.Confounds():
			a.Verdict = VerdictDrift
		}
	}
}
