package report

import (
	"cmp"
	"math"
	"slices"

	"vnettune/report/rank"
)

// outcome is what the primary metrics of all workloads together say of an arm.
type outcome int

// The outcomes, in the order in which they are told.
const (
	fails       outcome = iota // its boots give no number, or are shown to fail more often than the baseline's
	contradicts                // it helps one metric or workload and harms another
	helps
	helpsMaybe
	harms
	equivalent
	noWorse
	undecided
	noVerdict
)

// outcomeOf is that of one verdict.
func outcomeOf(v rank.Verdict) outcome {
	switch rank.Label(v) {
	case rank.LabelHelps:
		return helps
	case rank.LabelHelpsMaybe:
		return helpsMaybe
	case rank.LabelHarms:
		return harms
	case rank.LabelEquivalent:
		return equivalent
	case rank.LabelNoWorse:
		return noWorse
	case rank.LabelUndetermined:
		return undecided
	}
	return noVerdict
}

// judgedArm is an arm with what its analyses say.
type judgedArm struct {
	name string
	in   []armIn
	outcome
}

// armIn is an arm in one analysis.
type armIn struct {
	rank.Arm
	of rank.Analysis
}

// failing says whether the arm's boots are shown to fail: more often than the baseline's, or all of them
// where the baseline's gave numbers.
func (i armIn) failing() bool {
	for _, base := range i.of.Arms {
		if !base.IsBaseline {
			continue
		}
		more := i.Boots.Failed*base.Boots.Tried() > base.Boots.Failed*i.Boots.Tried()
		if more && float64(i.FailurePHolm) <= i.of.Alpha {
			return true
		}
		return i.Boots.OK == 0 && i.Boots.Failed > 0 && base.Boots.OK > 0
	}
	return false
}

// judgedArms are the arms that are compared with the baseline, without a placebo; the largest
// differences come first. A workload in which nothing gave a number says nothing of them.
func judgedArms(r Report, primary []rank.Analysis) []judgedArm {
	var arms []judgedArm
	for _, a := range primary {
		if nothingMeasured(a) && len(primary) > 1 {
			continue
		}
		for _, arm := range a.Arms {
			if arm.IsBaseline || arm.Name == r.Placebo {
				continue
			}
			i := slices.IndexFunc(arms, func(j judgedArm) bool { return j.name == arm.Name })
			if i < 0 {
				i = len(arms)
				arms = append(arms, judgedArm{name: arm.Name})
			}
			arms[i].in = append(arms[i].in, armIn{arm, a})
		}
	}
	for i := range arms {
		arms[i].outcome = joined(arms[i].in)
	}
	slices.SortStableFunc(arms, func(x, y judgedArm) int {
		return cmp.Compare(y.largest(x.outcome).ofMargin(), x.largest(x.outcome).ofMargin())
	})
	return arms
}

// joined is the outcome of an arm over its analyses: what is shown anywhere is shown, and what
// nothing happened to is shown only where it is shown everywhere.
func joined(in []armIn) outcome {
	var seen [noVerdict + 1]int
	for _, i := range in {
		seen[outcomeOf(i.Verdict)]++
	}
	switch all := len(in); {
	case slices.ContainsFunc(in, armIn.failing):
		return fails
	case seen[helps]+seen[helpsMaybe] > 0 && seen[harms] > 0:
		return contradicts
	case seen[helps] > 0:
		return helps
	case seen[helpsMaybe] > 0:
		return helpsMaybe
	case seen[harms] > 0:
		return harms
	case seen[equivalent] == all:
		return equivalent
	case seen[equivalent]+seen[noWorse] == all:
		return noWorse
	case seen[undecided] > 0:
		return undecided
	}
	return noVerdict
}

// largest is the analysis in which an outcome of the arm is largest, against the margin there.
func (j judgedArm) largest(of ...outcome) armIn {
	var best armIn
	size := -1.0
	for _, i := range j.in {
		if s := i.ofMargin(); slices.Contains(of, outcomeOf(i.Verdict)) && s > size {
			best, size = i, s
		}
	}
	return best
}

// ofMargin is the size of a difference in margins, in which those of all metrics can be compared; 0 where
// there is none.
func (i armIn) ofMargin() float64 {
	if s := math.Abs(float64(i.Difference / i.of.Margin)); s > 0 {
		return s
	}
	return 0
}

// open are the workloads in which more boots could decide something of the arm.
func (j judgedArm) open() []string {
	var out []string
	for _, i := range j.in {
		if i.decidable() && !slices.Contains(out, i.of.Workload) {
			out = append(out, i.of.Workload)
		}
	}
	return out
}

// decidable says whether more boots could decide what is not decided.
func (i armIn) decidable() bool {
	switch rank.Label(i.Verdict) {
	case rank.LabelUndetermined, rank.LabelOneBoot, rank.LabelTwoBoots:
		return i.Boots.OK > 0
	}
	return i.Verdict == rank.VerdictMissing
}
