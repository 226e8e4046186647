package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/rank/stints"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Sentence says in plain words what the data say about an arm: whether it helps, by how much, and whether
// that matters. Where arms were switched within boots a second one says how it was found.
func Sentence(a rank.Analysis, arm rank.Arm) string {
	return speaker{a, decimalsFor(a)}.sentence(arm) + notEmptyAfter(" ", foundSentence(a, arm))
}

// speaker says what an analysis shows; decimals are those of its differences.
type speaker struct {
	a        rank.Analysis
	decimals int
}

func (s speaker) sentence(arm rank.Arm) string {
	text := arm.Name + " " + s.claim(arm)
	switch {
	case arm.Verdict != rank.Verdict(arm.Label):
	case record.True(arm.SizeUncertain):
		text += fmt.Sprintf("; it is shown to differ (p %s after Holm), though the wider interval, by which verdicts go, still holds zero", pValue(arm.PHolm))
	case arm.Label == rank.LabelEquivalent && record.True(arm.Differs):
		text += fmt.Sprintf("; it differs by about %s, less than the margin", s.amount(arm.Difference))
	}
	if arm.Grade == rank.GradeProvisional && arm.Verdict == rank.Verdict(arm.Label) {
		text += " (provisional: fewer than 5 boots)"
	}
	return text + "."
}

func (s speaker) claim(arm rank.Arm) string {
	margin := "the " + strings.Replace(marginWords(s.a), "margin ", "margin of ", 1)
	switch arm.Verdict {
	case rank.Verdict(rank.LabelBaseline):
		return "is the baseline that the others are compared with"
	case rank.VerdictMissing:
		return fmt.Sprintf("gets no verdict: it hangs on what lost boots would have measured (%s); the boots that measured read %q: %s",
			s.lostOf(arm), arm.Label, s.difference(arm.Interval))
	case rank.VerdictOrder:
		return fmt.Sprintf("gets no verdict: the boots were made arm by arm; if nothing drifted, it reads %q: %s", arm.Label, s.difference(arm.Interval))
	case rank.Verdict(rank.LabelNotWorking):
		of := applied(s.a.Stints != nil)
		switch b := arm.Boots; {
		case b.Failed == 0 && b.NotInEffect+b.Excluded > 0:
			return fmt.Sprintf("has no ranked %s: %s set aside", of, count(b.NotInEffect+b.Excluded, of))
		case b.NotInEffect+b.Excluded > 0:
			return fmt.Sprintf("is not working: no %s of it gave a number that is ranked; %d failed, %d are set aside", of, b.Failed, b.NotInEffect+b.Excluded)
		}
		return "is not working: no " + of + " of it gave a number"
	case rank.Verdict(rank.LabelNoBaseline):
		if s.fellWithBaseline(arm) {
			return "has nothing to be compared with: the baseline is not the same after a switch as after a reboot, and it has no boots of its own"
		}
		return "has nothing to be compared with: the baseline has no usable boot"
	case rank.Verdict(rank.LabelNotComparable):
		return "cannot be compared with the baseline: no block connects the two"
	case rank.Verdict(rank.LabelOneBoot):
		if arm.Boots.OK > 1 {
			return "gets no verdict: the baseline has one boot, which says nothing about noise"
		}
		return "gets no verdict: one boot says nothing about noise, whatever its repetitions say"
	case rank.Verdict(rank.LabelNoVariance):
		return fmt.Sprintf("is %s as observed, and no variance was seen: perhaps the limit of resolution; nothing can be tested", s.differenceAsSeen(arm))
	case rank.Verdict(rank.LabelTwoBoots):
		if arm.Boots.OK > 2 {
			return "gets no verdict: two boots of the baseline are too few; " + s.whereabouts(arm)
		}
		return "gets no verdict: two boots are too few; " + s.whereabouts(arm)
	case rank.Verdict(rank.LabelNoMargin):
		return fmt.Sprintf("gets no verdict: nobody said from which difference on %s matters; %s", s.a.Metric, s.whereabouts(arm))
	case rank.Verdict(rank.LabelHelps):
		return fmt.Sprintf("helps, by more than %s: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelHelpsMaybe):
		return fmt.Sprintf("helps, maybe by less than %s: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelEquivalent):
		if record.True(arm.Equal) {
			return "is equal to the baseline in every boot" + s.equal(arm)
		}
		return fmt.Sprintf("is equivalent to the baseline, any difference is smaller than %s: %s", margin, s.whereabouts(arm))
	case rank.Verdict(rank.LabelFellBack):
		if s.fellWithBaseline(arm) {
			return "gets no verdict: the baseline that it is compared with is not the same after a switch as after a reboot, and it has no boots of its own"
		}
		return "gets no verdict: a switch to it is not what a reboot into it is, and it has no boots of its own"
	case rank.Verdict(rank.LabelNoWorse):
		if bySwitchingAlone(arm) {
			return fmt.Sprintf("is no worse than %s allows; by switching it is equivalent, but that a reboot into it does the same is not shown: %s", margin, s.difference(arm.Interval))
		}
		return fmt.Sprintf("is no worse than %s allows%s; that it helps is not shown: %s", margin, s.oneSided(arm), s.whereabouts(arm))
	case rank.Verdict(rank.LabelHarms):
		return "harms: " + s.whereabouts(arm)
	}
	if arm.Boots.OK == 0 {
		return "is undetermined: " + s.neverMade(arm)
	}
	return "is undetermined, which is not the same as equivalent: " + s.whereabouts(arm) + s.unseen(arm)
}

// fellWithBaseline says whether the baseline fell back, and an arm with it that is not shown to differ itself.
func (s speaker) fellWithBaseline(arm rank.Arm) bool {
	if s.a.Stints == nil || arm.Bridge != nil && arm.Bridge.Outcome == stints.Differs {
		return false
	}
	for _, base := range s.a.Arms {
		if base.IsBaseline {
			return slices.Contains(s.a.Stints.FellBack, base.Name)
		}
	}
	return false
}

// oneSided says what "no worse" rests on, where the interval that is shown reaches beyond the margin: the
// bound in one direction at the same error rate lies further in.
func (s speaker) oneSided(arm rank.Arm) string {
	in := arm.Interval
	if look, _ := s.weakest(arm); arm.Weakened() && look != nil {
		in = look.Interval
	}
	worst := in.Low
	if s.a.Better == sample.LowerIsBetter {
		worst = -in.High
	}
	if worst < -s.a.Margin {
		return ", by the bound in this direction alone"
	}
	return ""
}

// neverMade says why an arm has no boot, or stint that was switched to, that says anything of it.
func (s speaker) neverMade(arm rank.Arm) string {
	of := applied(s.a.Stints != nil)
	switch {
	case arm.Boots.Lost > 0:
		return fmt.Sprintf("%s of it are lost to what says nothing about it", count(arm.Boots.Lost, of))
	case s.a.Stints != nil && arm.Boots.Failed > 0:
		return fmt.Sprintf("no stint that was switched to it gave a number, %d failed; the first of a boot is the bridge's alone", arm.Boots.Failed)
	case s.a.Stints != nil:
		return "no stint that was switched to it gave a number; the first of a boot is the bridge's alone"
	}
	return "none of its planned boots was made"
}

// notExcluded says which share of boots with something else so many equal boots do not exclude: with
// a share q the chance of none among n is (1-q)^n.
func notExcluded(n int, alpha float64, what string) string {
	return fmt.Sprintf("%s do not exclude that up to %.0f %% of boots have %s", count(n, "such boot"), 100*(1-math.Pow(alpha, 1/float64(n))), what)
}

// equal says what the value is that an arm and the baseline have in common, and for how many boots.
func (s speaker) equal(arm rank.Arm) string {
	n := arm.Boots.OK
	for _, other := range s.a.Arms {
		if other.IsBaseline {
			n = min(n, other.Boots.OK)
		}
	}
	what := "another value"
	if arm.Estimate == 0 && s.a.Scale == sample.Difference {
		what = s.a.Metric
	}
	return fmt.Sprintf(", %s %s; %s", significant(arm.Estimate, 4), s.a.Unit, notExcluded(n, s.a.Alpha, what))
}

// unseen says which differences an undetermined comparison does not see.
func (s speaker) unseen(arm rank.Arm) string {
	if !arm.MDE.Exists() {
		return ""
	}
	return "; " + unseenWords(s.a, arm.MDE, arm.MDE)
}

// lostOf says how many boots of the arm and of the baseline are lost.
func (s speaker) lostOf(arm rank.Arm) string {
	text := fmt.Sprintf("%d of %d of its own", arm.Boots.Planned-arm.Boots.OK, arm.Boots.Planned)
	for _, base := range s.a.Arms {
		if lost := base.Boots.Planned - base.Boots.OK; base.IsBaseline && lost > 0 {
			text += fmt.Sprintf(", %d of %d of the baseline's", lost, base.Boots.Planned)
		}
	}
	return text + " are lost"
}

// whereabouts says where an arm's difference from the baseline lies, by the boots that the verdict
// rests on: where it is weaker than the label of all boots, those are others.
func (s speaker) whereabouts(arm rank.Arm) string {
	if arm.Weakened() && !bySwitchingAlone(arm) {
		if look, of := s.weakest(arm); look != nil {
			return fmt.Sprintf("%s %s (with every measured boot, which reads %q, it %s)", of, s.difference(look.Interval), arm.Label,
				strings.TrimPrefix(s.difference(arm.Interval), s.a.Metric+" "))
		}
	}
	if !arm.Interval.Low.Exists() {
		return s.a.Metric + " is " + s.differenceAsSeen(arm) + " as observed, with no interval"
	}
	return s.difference(arm.Interval)
}

// amount writes the size of a difference.
func (s speaker) amount(v record.Number) string {
	return fmt.Sprintf("%.*f %s", s.decimals, max(v, -v), s.a.EffectUnit)
}

// weakest is the second look that says least about an arm whose verdict is weaker than its label, and
// on which boots it rests.
func (s speaker) weakest(arm rank.Arm) (*rank.SecondLook, string) {
	for _, x := range []struct {
		look *rank.SecondLook
		of   string
	}{
		{arm.WithoutFlagged, "without the flagged " + unitOf(s.a) + "s"},
		{arm.LostWorst, "had the lost boots measured the worst of the campaign,"},
		{arm.LostBest, "had the lost boots measured the best of the campaign,"},
	} {
		if x.look != nil && rank.Verdict(x.look.Label) == arm.Verdict {
			return x.look, x.of
		}
	}
	// No single look says as little as all of them together.
	if arm.WithoutFlagged != nil {
		return arm.WithoutFlagged, "without the flagged " + unitOf(s.a) + "s"
	}
	return arm.LostWorst, "had the lost boots measured the worst of the campaign,"
}

// difference says where a difference lies, with simultaneous confidence.
func (s speaker) difference(in rank.Interval) string {
	if !in.Low.Exists() {
		return s.a.Metric + " has no interval"
	}
	if beyondSense(s.a, in) {
		return fmt.Sprintf("%s is not known within a factor of %d", s.a.Metric, beyondFactor)
	}
	bare := func(v record.Number) string { return strings.TrimSuffix(s.amount(v), " "+s.a.EffectUnit) }
	from := bare(in.Low)
	if s.a.Scale == sample.Ratio {
		from += " %"
	}
	switch {
	case in.Low > 0:
		return fmt.Sprintf("%s is higher by %s to %s", s.a.Metric, bare(in.Low), s.amount(in.High))
	case in.High < 0:
		return fmt.Sprintf("%s is lower by %s to %s", s.a.Metric, bare(in.High), s.amount(in.Low))
	}
	return fmt.Sprintf("%s is between %s lower and %s higher", s.a.Metric, from, s.amount(in.High))
}

func (s speaker) differenceAsSeen(arm rank.Arm) string {
	if !arm.Difference.Exists() {
		return "not comparable"
	}
	return signed(arm.Difference, s.decimals) + " " + s.a.EffectUnit + " from the baseline"
}

// largeRatio is the percentage from which on a gain and the loss that undoes it are told apart.
const largeRatio = 30

// lossOf is the loss that undoes a gain, both in percent.
func lossOf(gain record.Number) string { return significant(100*gain/(100+gain), 2) }

// unseenWords say which differences are not reliably seen, by the smallest and the largest of an
// analysis.
func unseenWords(a rank.Analysis, low, high record.Number) string {
	if a.Scale == sample.Ratio && high >= 100*(beyondFactor-1) {
		return fmt.Sprintf("not even differences of a factor of %d are reliably seen", beyondFactor)
	}
	from, to := significant(low, 2), significant(high, 2)
	if a.Scale == sample.Ratio && high >= largeRatio { // a loss of more than all there is cannot be
		if from == to {
			return fmt.Sprintf("gains below about %s %% and losses below about %s %% are not reliably seen", from, lossOf(high))
		}
		return fmt.Sprintf("gains below about %s to %s %% and losses below about %s to %s %%, depending on the arm, are not reliably seen", from, to, lossOf(low), lossOf(high))
	}
	if from == to {
		return fmt.Sprintf("differences below about %s %s are not reliably seen", from, a.EffectUnit)
	}
	return fmt.Sprintf("differences below about %s to %s %s, depending on the arm, are not reliably seen", from, to, a.EffectUnit)
}
