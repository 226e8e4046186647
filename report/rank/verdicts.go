package rank

import (
	"math"

	"vnettune/report/rank/contrast"
	"vnettune/results/record"
)

// Label is what the difference from the baseline is called.
type Label string

// The labels: those that make no claim, in the order in which they are tried, then the plain ones.
const (
	LabelBaseline      Label = "baseline"
	LabelNotWorking    Label = "not working"
	LabelNoBaseline    Label = "no verdict: no baseline"
	LabelNotComparable Label = "not comparable"
	LabelOneBoot       Label = "no verdict: 1 boot"
	LabelNoVariance    Label = "no variance seen"
	LabelTwoBoots      Label = "no verdict: 2 boots"
	LabelNoMargin      Label = "no verdict: no margin"
	// LabelFellBack: the arm does by switching not what it does after a reboot, and it has no ordinary
	// boot.
	LabelFellBack Label = "no verdict: the switch differs from a reboot"

	LabelEquivalent   Label = "equivalent"
	LabelHelps        Label = "helps"
	LabelHelpsMaybe   Label = "helps, maybe by less than the margin"
	LabelNoWorse      Label = "no worse than the margin"
	LabelHarms        Label = "harms"
	LabelUndetermined Label = "undetermined"
)

// plainLabel names the claim that an interval supports; the first that holds, all comparisons
// strict. What lies inside the margin is equivalent, also where it is shown to differ.
func plainLabel(interval, equivalence contrast.Ends, m Margins) Label {
	switch {
	case equivalence.Lower > m.Low && equivalence.Upper < m.High:
		return LabelEquivalent
	case interval.Lower > m.High:
		return LabelHelps
	case interval.Lower > 0:
		return LabelHelpsMaybe
	case equivalence.Lower > m.Low:
		return LabelNoWorse
	case interval.Upper < 0:
		return LabelHarms
	}
	return LabelUndetermined
}

// FewestBoots are those of an arm, and of the baseline, without which nothing is said of the arm.
const FewestBoots = 3

// label is the label of a comparison of an arm with n boots with a baseline of
// base boots: first the reasons why there is no claim, in this order.
func label(n, base int, c claim, m Margins) Label {
	switch {
	case base == 0:
		return LabelNoBaseline
	case n == 0:
		return LabelNotWorking
	case !c.contrast.Comparable:
		return LabelNotComparable
	case c.contrast.Equal:
		return LabelEquivalent
	case min(n, base) == 1:
		return LabelOneBoot
	case c.contrast.NoVariance:
		return LabelNoVariance
	case min(n, base) < FewestBoots:
		return LabelTwoBoots
	case !c.contrast.HasInterval():
		return LabelUndetermined
	case math.IsNaN(m.Low):
		return LabelNoMargin
	}
	return plainLabel(c.interval, c.equivalence, m)
}

// Plain says whether the label is a claim about the difference, and not the
// reason why there is none.
func (l Label) Plain() bool { return implied[l] != nil }

// implied are the plain labels that a plain label implies, itself first, the stronger before
// the weaker.
var implied = map[Label][]Label{
	LabelHelps:        {LabelHelps, LabelHelpsMaybe, LabelNoWorse, LabelUndetermined},
	LabelHelpsMaybe:   {LabelHelpsMaybe, LabelNoWorse, LabelUndetermined},
	LabelEquivalent:   {LabelEquivalent, LabelNoWorse, LabelUndetermined},
	LabelNoWorse:      {LabelNoWorse, LabelUndetermined},
	LabelHarms:        {LabelHarms, LabelUndetermined},
	LabelUndetermined: {LabelUndetermined},
}

// weaker is the strongest claim that all of the labels imply. What is no claim counts as
// undetermined.
func weaker(labels ...Label) Label {
	out := labels[0]
	for _, l := range labels[1:] {
		out = meet(out, l)
	}
	return out
}

func meet(a, b Label) Label {
	for _, x := range implied[a] {
		for _, y := range implied[b] {
			if x == y {
				return x
			}
		}
	}
	return LabelUndetermined
}

// Verdict is what is claimed: the label, or the weaker claim that flagged and lost boots leave,
// unless something forbids any claim.
type Verdict string

const (
	// VerdictMissing stands for a claim that hangs on the boots that the arm or the baseline lost.
	VerdictMissing Verdict = "INCONCLUSIVE(missing)"
	// VerdictOrder stands for any claim of a campaign whose boots are known to have been made arm
	// by arm, so that drift and difference cannot be told apart.
	VerdictOrder Verdict = "INCONCLUSIVE(order)"
)

// verdict is what is claimed of an arm.
func verdict(a Arm, order BootOrder) Verdict {
	if !a.Label.Plain() {
		return Verdict(a.Label)
	}
	if order == OrderGrouped {
		return VerdictOrder
	}
	left := a.Label
	if a.LostWorst != nil {
		left = weaker(left, a.LostWorst.Label, a.LostBest.Label)
		if left == LabelUndetermined && a.Label != LabelUndetermined {
			return VerdictMissing
		}
	}
	if a.WithoutFlagged != nil {
		left = weaker(left, a.WithoutFlagged.Label)
	}
	return Verdict(left)
}

// Weakened says whether flagged or lost boots leave a weaker claim than the arm's label.
func (a Arm) Weakened() bool { return a.Label.Plain() && a.Verdict != Verdict(a.Label) }

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

// grade is what a claim is worth by the smaller number of boots of the two arms;
// without a claim there is nothing to grade.
func grade(l Label, n, base int) Grade {
	switch n = min(n, base); {
	case !l.Plain() || n == 0:
		return GradeNone
	case n < CertifyingBoots:
		return GradeProvisional
	}
	return GradeCertifying
}

// CertifyingBoots is the least number of boots on either side of a claim that may be published.
const CertifyingBoots = 5
