package rank

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

// Labels lists every label.
func Labels() []Label {
	return []Label{
		LabelBaseline, LabelNotWorking, LabelNoBaseline, LabelNotComparable, LabelOneBoot, LabelNoVariance, LabelTwoBoots,
		LabelHelps, LabelHelpsMaybe, LabelEquivalent, LabelNoWorse, LabelHarms, LabelUndetermined,
	}
}

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

// VerdictOutliers stands for a label that is another without the data that are
// flagged as outliers.
const VerdictOutliers Verdict = "INCONCLUSIVE(outliers)"

// VerdictDrift stands for a label of a campaign that drifted and whose boots are not
// in blocks of changing order, so that drift and difference cannot be told apart.
const VerdictDrift Verdict = "INCONCLUSIVE(drift)"

// Verdicts lists every verdict.
func Verdicts() []Verdict {
	var vs []Verdict
	for _, l := range Labels() {
		vs = append(vs, Verdict(l))
	}
	return append(vs, VerdictMissing, VerdictOutliers, VerdictDrift)
}

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

// Grades lists every grade.
func Grades() []Grade { return []Grade{GradeNone, GradeProvisional, GradeCertifying} }
