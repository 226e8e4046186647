package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/results/record"
)

type numbers = map[string]record.Number

// warnings are those about the analysis as a whole.
func (st *Study) warnings(a Analysis, f flags) []Warning {
	var ws []Warning
	add := func(code Code, n numbers, format string, args ...any) {
		ws = append(ws, Warning{Code: code, Numbers: n, Text: fmt.Sprintf(format, args...)})
	}
	if st.Fit.Parts > 1 && st.Fit.Arms > 2 && !(st.Series.Within != nil && st.Family.Connected) {
		add(WarnDisconnected, numbers{"parts": record.Number(st.Fit.Parts)}, "no block connects these parts, so they cannot be compared: %s", strings.Join(st.partNames(), " | "))
	}
	if len(st.Series.Blocks) == 1 {
		text := "all boots are in one block: drift over the campaign is not removed"
		if st.Series.Within != nil {
			text = "all stints are of one boot: how arms vary from boot to boot cannot be told"
		}
		add(WarnOneBlock, nil, "%s", text)
	}
	if st.Family.Moderation.NoVariance && len(st.ordered()) > 0 && !st.allEqual() {
		add(WarnNoVariance, nil, "no variance seen: resolution limit? Differences are as observed, nothing can be tested")
	}
	ws = append(ws, st.orderWarnings(a.BootOrder)...)
	ws = append(ws, st.levelWarnings(a.BootOrder)...)
	ws = append(ws, st.driftWarnings(a.Diagnostics.Drift, a.BootOrder, a.Method)...)
	ws = append(ws, st.trendWarnings(a.Diagnostics.Trend)...)
	for _, p := range a.Placements {
		add(WarnPlacements, numbers{"boots": record.Number(p.Boots), "of": record.Number(p.Of)}, "%s", placementWords(p, a.Unit))
	}
	for _, block := range f.both {
		add(WarnBlockApart, nil, "block %s has boots of both arms far from their arm's others: which of the two is the odd one cannot be told", block)
	}
	if math.IsNaN(float64(a.Margin)) && len(a.NotMeasured) < len(st.Arms.Names) {
		add(WarnNoMargin, nil, "%s has no margin, so nothing is claimed about it but where differences lie: --margin %s=NUMBER, or margins in the campaign, says from which difference on (in %s) it matters", a.Metric, a.Metric, a.EffectUnit)
	}
	var zero []string
	for i, v := range st.Fit.V {
		if v == 0 {
			zero = append(zero, st.Arms.Names[i])
		}
	}
	if len(zero) > 0 && !st.Family.Moderation.NoVariance && st.Family.Kind != contrast.OneVariance {
		names := strings.Join(zero, ", ")
		if st.Family.Moderation.On {
			add(WarnSomeNoVariance, numbers{"arms": record.Number(len(zero))}, "no variance seen in %s: arms borrow little from each other's noise in this analysis", names)
		} else {
			add(WarnSomeNoVariance, numbers{"arms": record.Number(len(zero))}, "no variance seen in %s: such an arm is given the variance of the arm it is compared with", names)
		}
	}
	return ws
}

// allEqual says whether every arm is equal to the baseline in every boot: then nothing has to be
// tested.
func (st *Study) allEqual() bool {
	for i := range st.Fit.Arms {
		if i != st.Arms.Baseline && !st.Family.Equal(i, st.Arms.Baseline) {
			return false
		}
	}
	return true
}

// partNames lists the arms of each part of the design.
func (st *Study) partNames() []string {
	parts := make([][]string, st.Fit.Parts)
	for i, p := range st.Fit.Part {
		if p >= 0 {
			parts[p] = append(parts[p], st.Arms.Names[i])
		}
	}
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = strings.Join(p, ", ")
	}
	return out
}

// applied is what an arm is measured in once: a boot or, where it is switched to within one, a stint.
func (st *Study) applied() string {
	if st.Series.Within != nil {
		return "stint"
	}
	return "boot"
}

// plural writes "1 boot", "2 boots".
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Code names a kind of warning, for programs.
type Code string

// The warnings.
const (
	WarnFailures       Code = "failed_boots"
	WarnFailsMore      Code = "fails_more_often"
	WarnRepsLost       Code = "repetitions_lost"
	WarnNotInEffect    Code = "not_in_effect"
	WarnExcluded       Code = "excluded"
	WarnStall          Code = "stalled"
	WarnMissing        Code = "missing_boots"
	WarnLost           Code = "lost_boots"
	WarnSameBlock      Code = "repeated_in_block"
	WarnOutlier        Code = "outlier"
	WarnOutlierRep     Code = "outlier_repetition"
	WarnOutlierMatters Code = "outlier_matters"
	WarnPlacements     Code = "two_placements"
	WarnBlockApart     Code = "block_apart"
	WarnDrift          Code = "drift"
	WarnOrder          Code = "order"
	WarnNoMargin       Code = "no_margin"
	WarnNoSteadyState  Code = "no_steady_state"
	WarnDisconnected   Code = "disconnected"
	WarnNoVariance     Code = "no_variance"
	WarnSomeNoVariance Code = "some_without_variance"
	WarnBorrowed       Code = "borrowed_variance"
	WarnOneBlock       Code = "one_block"
	WarnManyLetters    Code = "too_many_letters"
	WarnFellBack       Code = "fell_back"
	WarnOnlySwitched   Code = "only_switched"
)

// Warning travels with the number it is about; renderers print it as a footnote.
type Warning struct {
	Code Code `json:"code"`
	// Arm is the combination that it is about; empty for the analysis as a whole.
	Arm record.Name `json:"arm"`
	// Boots are those that it is about, by name.
	Boots []string `json:"boots"`
	// Numbers are what it says, by name; names end in the unit. One that does not exist is NaN.
	Numbers map[string]record.Number `json:"numbers"`
	// Text says all of it in words, without the arm's name.
	Text string `json:"text"`
}

// armWarnings are those about arm i.
func (st *Study) armWarnings(i int, a Arm) []Warning {
	var ws []Warning
	add := func(code Code, boots []string, n numbers, format string, args ...any) {
		ws = append(ws, Warning{Code: code, Arm: record.Name(a.Name), Boots: boots, Numbers: n, Text: fmt.Sprintf(format, args...)})
	}
	t := st.Tallies[i]
	if n := a.Boots.Failed; n > 0 {
		add(WarnFailures, nil, numbers{"failed": record.Number(n), "tried": record.Number(a.Boots.Tried())}, "%s failed (%s)%s", plural(n, st.applied()), classWords(a.Failures), st.failedIn(i))
	}
	if w, differs := st.failsMore(i, a); differs {
		ws = append(ws, w)
	}
	if n := t.RepsLost; n > 0 {
		add(WarnRepsLost, nil, numbers{"repetitions": record.Number(n)}, "%s failed in %ss that are ranked or set aside", plural(n, "repetition"), st.applied())
	}
	if n := a.Boots.NotInEffect; n > 0 {
		add(WarnNotInEffect, nil, numbers{"boots": record.Number(n)}, "%s not ranked: settings not in effect", plural(n, st.applied()))
	}
	if n := a.Boots.Excluded; n > 0 {
		add(WarnExcluded, nil, numbers{"boots": record.Number(n)}, "%s excluded by the operator", plural(n, st.applied()))
	}
	if len(t.Stalled) > 0 {
		add(WarnStall, t.Stalled, nil, "measured zero in boot %s: the boot's arithmetic mean is used", strings.Join(t.Stalled, ", "))
	}
	if n := a.Boots.Lost; n > 0 {
		add(WarnLost, nil, numbers{"boots": record.Number(n)}, "%s lost to what says nothing about the arm (%s), and counted as missing: not as a failure", plural(n, st.applied()), classWords(t.Lost))
	}
	if a.MissingShare > MissingLimit && a.Label != LabelFellBack {
		ws = append(ws, st.missingWarning(a))
	}
	if a.Exploratory {
		add(WarnBorrowed, nil, nil, "exploratory: the interval borrows its variance from other arms")
	}
	if n := st.Series.Repeated(i, st.Arms.Baseline); n > 0 {
		add(WarnSameBlock, nil, numbers{"blocks": record.Number(n)}, "more than one ranked boot in %s: each counts as a boot of its own", plural(n, "block"))
	}
	return ws
}

// failedIn names the boots in which stints of arm i failed; "" for boots, which have their own lines.
func (st *Study) failedIn(i int) string {
	if st.Series.Within == nil {
		return ""
	}
	var names []string
	for _, b := range st.Series.Boots {
		if b.Arm == i && (b.Fate == boots.Failed || b.Fate == boots.AllZero) && !slices.Contains(names, b.Of) {
			names = append(names, b.Of)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " in " + bootsOf(names)
}

// classWords are the classes of boots that failed, with their number.
func classWords(counts []boots.FailureCount) string {
	var words []string
	for _, f := range counts {
		if f.Boots > 0 {
			words = append(words, fmt.Sprintf("%s %d", f.Class, f.Boots))
		}
	}
	return strings.Join(words, ", ")
}

// secondWarnings say how the claim is weaker than the label of all boots.
func (st *Study) secondWarnings(a Arm, flagged [][]string) []Warning {
	second := a.WithoutFlagged
	if second == nil || !a.Label.Plain() || second.Label == a.Label {
		return nil
	}
	return []Warning{{Code: WarnOutlierMatters, Arm: record.Name(a.Name),
		Numbers: numbers{"difference": second.Difference, "lower": second.Low, "upper": second.High},
		Text: fmt.Sprintf("with every measured boot %q; without the flagged ones (%s) %s, %q: the weaker of the two is claimed",
			a.Label, st.flaggedWords(flagged), st.Range(second.Difference, second.Interval), second.Label)}}
}

// flaggedWords names the flagged boots of all arms.
func (st *Study) flaggedWords(flagged [][]string) string {
	var words []string
	for arm, names := range flagged {
		if len(names) > 0 {
			words = append(words, st.Arms.Names[arm]+": "+bootsOf(names))
		}
	}
	return strings.Join(words, "; ")
}

// signed writes a difference in the measured quantity, with two significant digits.
func (st *Study) signed(v record.Number) string {
	return fmt.Sprintf("%+.2g %s", float64(v), EffectUnit(st.Series.Scale, st.Series.Unit))
}

// Range writes a difference in the measured quantity with its interval.
func (st *Study) Range(diff record.Number, in Interval) string {
	if !diff.Exists() {
		return "they cannot be compared"
	}
	text := fmt.Sprintf("%+.2f", diff)
	if in.Low.Exists() {
		text += fmt.Sprintf(" [%+.2f, %+.2f]", in.Low, in.High)
	}
	return text + " " + EffectUnit(st.Series.Scale, st.Series.Unit)
}
