package report

import (
	"fmt"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// Sentence says in plain words what the data say about an arm: whether it helps,
// by how much, and whether that matters. decimals are those of the percentages.
func Sentence(a rank.Analysis, arm rank.Arm) string {
	return speaker{a, decimalsFor(a)}.sentence(arm)
}

type speaker struct {
	a        rank.Analysis
	decimals int
}

func (s speaker) sentence(arm rank.Arm) string {
	text := arm.Name + " " + s.claim(arm)
	if record.True(arm.SizeUncertain) && arm.Verdict == rank.Verdict(arm.Label) {
		text += "; it differs from the baseline, but by how much is uncertain"
	}
	if arm.Grade == rank.GradeProvisional && arm.Verdict == rank.Verdict(arm.Label) {
		text += " (provisional: fewer than 5 boots)"
	}
	return text + "."
}

func (s speaker) claim(arm rank.Arm) string {
	margin := "the margin of " + plainNumber(s.a.Margin) + " %"
	switch arm.Verdict {
	case rank.Verdict(rank.LabelBaseline):
		return "is the baseline that the others are compared with"
	case rank.VerdictMissing:
		if arm.Boots.Made() == 0 {
			return "gets no verdict: none of its planned boots was made"
		}
		return "gets no verdict: too many planned boots are missing from it or from the baseline; what is there reads \"" + string(arm.Label) + "\""
	case rank.VerdictOutliers:
		return fmt.Sprintf("gets no verdict: %q hangs on data that are flagged as outliers; without them it is %q", arm.Label, arm.WithoutFlagged.Label)
	case rank.VerdictDrift:
		return "gets no verdict: the campaign drifted and its boots are not in blocks of changing order; what is there reads \"" + string(arm.Label) + "\""
	case rank.Verdict(rank.LabelNotWorking):
		return "is not working: no boot of it gave a number"
	case rank.Verdict(rank.LabelNoBaseline):
		return "has nothing to be compared with: the baseline has no usable boot"
	case rank.Verdict(rank.LabelNotComparable):
		return "cannot be compared with the baseline: no block connects the two"
	case rank.Verdict(rank.LabelOneBoot):
		return "gets no verdict: one boot says nothing about noise, whatever its repetitions say"
	case rank.Verdict(rank.LabelNoVariance):
		return fmt.Sprintf("is %s as observed, and no variance was seen: perhaps the limit of resolution; nothing can be tested", s.differenceAsSeen(arm))
	case rank.Verdict(rank.LabelTwoBoots):
		return "gets no verdict: two boots are too few; " + s.whereabouts(arm)
	case rank.Verdict(rank.LabelHelps):
		return fmt.Sprintf("helps, by more than %s: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelHelpsMaybe):
		return fmt.Sprintf("helps, maybe by less than %s: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelEquivalent):
		return fmt.Sprintf("is equivalent to the baseline, any difference is smaller than %s: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelNoWorse):
		return fmt.Sprintf("is no worse than the baseline by %s; that it helps is not shown: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelHarms):
		return "harms: " + s.whereabouts(arm)
	}
	return "is undetermined, which is not the same as equivalent: " + s.whereabouts(arm) + s.unseen(arm)
}

// unseen says which difference an undetermined comparison would have found.
func (s speaker) unseen(arm rank.Arm) string {
	if !arm.MDEPercent.Exists() {
		return ""
	}
	return fmt.Sprintf("; a difference of %s %% would have been found with 80 %% power", significant(arm.MDEPercent, 2))
}

// whereabouts says where an arm's difference from the baseline lies.
func (s speaker) whereabouts(arm rank.Arm) string {
	if !arm.Interval.Low.Exists() {
		return s.a.Metric + " is " + s.differenceAsSeen(arm) + " as observed, with no interval"
	}
	return s.difference(arm.Interval)
}

// difference says where a difference lies, with simultaneous confidence.
func (s speaker) difference(in rank.Interval) string {
	one := func(v record.Number) string { return fmt.Sprintf("%.*f %%", s.decimals, max(v, -v)) }
	switch {
	case in.Low > 0:
		return fmt.Sprintf("%s is higher by %s to %s", s.a.Metric, strings.TrimSuffix(one(in.Low), " %"), one(in.High))
	case in.High < 0:
		return fmt.Sprintf("%s is lower by %s to %s", s.a.Metric, strings.TrimSuffix(one(in.High), " %"), one(in.Low))
	}
	return fmt.Sprintf("%s is between %s lower and %s higher", s.a.Metric, one(in.Low), one(in.High))
}

func (s speaker) differenceAsSeen(arm rank.Arm) string {
	if !arm.DiffPercent.Exists() {
		return "not comparable"
	}
	return signed(arm.DiffPercent, s.decimals) + " % from the baseline"
}
