package rank

import (
	"math"
	"testing"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
)

func ends(lower, upper float64) contrast.Ends { return contrast.Ends{Lower: lower, Upper: upper} }

func marginsOf(margin float64) Margins {
	low, high := boots.Axis{}.Margins(margin)
	return Margins{Low: low, High: high}
}

// SPEC 14.2: inside the margin wins; all comparisons are strict.
func TestPlainLabel(t *testing.T) {
	m := marginsOf(2)
	inf := math.Inf(1)
	for _, tt := range []struct {
		name string
		in   contrast.Ends
		want Label
	}{
		{"above the margin", ends(m.High+0.01, 9), LabelHelps},
		{"on the margin", ends(m.High, 9), LabelHelpsMaybe},
		{"above zero and beyond the margin", ends(0.01, m.High+0.01), LabelHelpsMaybe},
		{"above zero up to the margin", ends(0.01, m.High), LabelHelpsMaybe},
		{"a gain inside the margin", ends(0.01, 1), LabelEquivalent},
		{"on zero", ends(0, 1), LabelEquivalent},
		{"inside", ends(-1, 1), LabelEquivalent},
		{"a loss inside the margin", ends(-1, -0.5), LabelEquivalent},
		{"upper on the margin", ends(-1, m.High), LabelNoWorse},
		{"no worse", ends(-1, 9), LabelNoWorse},
		{"lower on the margin", ends(m.Low, 1), LabelUndetermined},
		{"harms", ends(-9, -0.01), LabelHarms},
		{"harms up to zero", ends(-9, 0), LabelUndetermined},
		{"knows nothing", ends(-inf, inf), LabelUndetermined},
	} {
		if got := plainLabel(tt.in, tt.in, m); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// A single comparison has the narrower interval for "equivalent" and "no worse" only.
	for _, tt := range []struct {
		interval, narrow contrast.Ends
		want             Label
	}{
		{ends(-2.5, 2.5), ends(-1.5, 1.5), LabelEquivalent},
		{ends(-2.5, 2.5), ends(-1.5, 2.2), LabelNoWorse},
		{ends(-0.1, 9), ends(0.1, 8), LabelNoWorse},
		{ends(-9, 0.1), ends(-8, -0.1), LabelUndetermined},
	} {
		if got := plainLabel(tt.interval, tt.narrow, m); got != tt.want {
			t.Errorf("%v, TOST %v: %q, want %q", tt.interval, tt.narrow, got, tt.want)
		}
	}
}

// The reasons for no claim come in a fixed order. Of an arm nothing is said where the baseline has no
// number either: it is the workload that does not work.
func TestLabelReasons(t *testing.T) {
	sound := contrast.Contrast{Diff: 1, SE: 1, DF: 9, P: 0.5, Comparable: true}
	flat, apart, vague, equal := sound, sound, sound, sound
	flat.SE, flat.NoVariance = 0, true
	apart.Comparable = false
	vague.DF = 0.5
	equal.Diff, equal.SE, equal.Equal = 0, 0, true
	none := Margins{math.NaN(), math.NaN()}
	for _, tt := range []struct {
		n, base int
		c       contrast.Contrast
		m       Margins
		want    Label
	}{
		{0, 0, apart, marginsOf(2), LabelNoBaseline},
		{5, 0, apart, marginsOf(2), LabelNoBaseline},
		{0, 5, apart, marginsOf(2), LabelNotWorking},
		{1, 5, apart, marginsOf(2), LabelNotComparable},
		{3, 5, equal, marginsOf(2), LabelEquivalent},
		{3, 5, equal, none, LabelEquivalent},
		{1, 5, flat, marginsOf(2), LabelOneBoot},
		{5, 1, sound, marginsOf(2), LabelOneBoot},
		{2, 5, flat, marginsOf(2), LabelNoVariance},
		{2, 5, sound, marginsOf(2), LabelTwoBoots},
		{3, 5, vague, marginsOf(2), LabelUndetermined},
		{3, 5, sound, none, LabelNoMargin},
		{3, 5, sound, marginsOf(2), LabelEquivalent},
	} {
		c := claim{contrast: tt.c, interval: ends(-1, 1), equivalence: ends(-1, 1)}
		if got := label(tt.n, tt.base, c, tt.m); got != tt.want {
			t.Errorf("%d and %d boots: %q, want %q", tt.n, tt.base, got, tt.want)
		}
	}
}

var plainLabels = []Label{LabelHelps, LabelHelpsMaybe, LabelEquivalent, LabelNoWorse, LabelHarms, LabelUndetermined}

// meets is SPEC 14.3 in full: the greatest common lower bound of two labels, in the order of
// plainLabels.
var meets = [6][6]Label{
	{LabelHelps, LabelHelpsMaybe, LabelNoWorse, LabelNoWorse, LabelUndetermined, LabelUndetermined},
	{LabelHelpsMaybe, LabelHelpsMaybe, LabelNoWorse, LabelNoWorse, LabelUndetermined, LabelUndetermined},
	{LabelNoWorse, LabelNoWorse, LabelEquivalent, LabelNoWorse, LabelUndetermined, LabelUndetermined},
	{LabelNoWorse, LabelNoWorse, LabelNoWorse, LabelNoWorse, LabelUndetermined, LabelUndetermined},
	{LabelUndetermined, LabelUndetermined, LabelUndetermined, LabelUndetermined, LabelHarms, LabelUndetermined},
	{LabelUndetermined, LabelUndetermined, LabelUndetermined, LabelUndetermined, LabelUndetermined, LabelUndetermined},
}

// meetsOf is what the table says of labels, one after another; what is no claim is undetermined.
func meetsOf(labels ...Label) Label {
	place := func(l Label) int {
		for i, p := range plainLabels {
			if p == l {
				return i
			}
		}
		return len(plainLabels) - 1
	}
	out := plainLabels[place(labels[0])]
	for _, l := range labels[1:] {
		out = meets[place(out)][place(l)]
	}
	return out
}

func TestWeakerClaim(t *testing.T) {
	all := append([]Label{LabelOneBoot, LabelNotComparable, LabelNoVariance, LabelNoMargin}, plainLabels...)
	for _, a := range plainLabels {
		if got := weaker(a, a); got != a {
			t.Errorf("%q with itself: %q", a, got)
		}
		for _, b := range all {
			if got, want := weaker(a, b), meetsOf(a, b); got != want {
				t.Errorf("%q and %q: %q, want %q", a, b, got, want)
			}
			if weaker(a, b) != weaker(b, a) {
				t.Errorf("%q and %q: %q, the other way round %q", a, b, weaker(a, b), weaker(b, a))
			}
			for _, c := range all {
				if left, right := weaker(weaker(a, b), c), weaker(a, weaker(b, c)); left != right || left != weaker(a, b, c) {
					t.Errorf("%q, %q, %q: %q or %q", a, b, c, left, right)
				}
			}
		}
	}
}

// The verdict is the label, or the weaker claim; what lost boots leave nothing of is missing. An
// undetermined label stays, and the order of boots comes before all of it.
func TestVerdict(t *testing.T) {
	look := func(l Label) *SecondLook { return &SecondLook{Label: l} }
	for _, tt := range []struct {
		name        string
		label       Label
		without     *SecondLook
		worst, best *SecondLook
		want        Verdict
	}{
		{"nothing else", LabelHelps, nil, nil, nil, "helps"},
		{"stronger without", LabelHelpsMaybe, look(LabelHelps), nil, nil, "helps, maybe by less than the margin"},
		{"weaker without", LabelHelps, look(LabelNoWorse), nil, nil, "no worse than the margin"},
		{"the other side without", LabelHelps, look(LabelHarms), nil, nil, "undetermined"},
		{"no claim without", LabelHelps, look(LabelTwoBoots), nil, nil, "undetermined"},
		{"holds in both worst cases", LabelHelps, nil, look(LabelHelps), look(LabelHelps), "helps"},
		{"is weaker in one", LabelHelps, nil, look(LabelHelpsMaybe), look(LabelHelps), "helps, maybe by less than the margin"},
		{"and weaker still without", LabelHelps, look(LabelNoWorse), look(LabelHelpsMaybe), look(LabelHelps), "no worse than the margin"},
		{"falls in one", LabelHelps, nil, look(LabelUndetermined), look(LabelHelps), VerdictMissing},
		{"equivalent and helps leave no worse", LabelEquivalent, nil, look(LabelEquivalent), look(LabelHelpsMaybe), "no worse than the margin"},
		{"undetermined stays", LabelUndetermined, nil, look(LabelHarms), look(LabelHelps), "undetermined"},
		{"flags alone are never missing", LabelHelps, look(LabelUndetermined), look(LabelHelps), look(LabelHelps), "undetermined"},
		{"no claim stays what it is", LabelTwoBoots, look(LabelOneBoot), nil, nil, "no verdict: 2 boots"},
	} {
		a := Arm{Label: tt.label, WithoutFlagged: tt.without, LostWorst: tt.worst, LostBest: tt.best}
		for _, order := range []BootOrder{OrderBlocks, OrderMixed, OrderUnknown} {
			if got := verdict(a, order); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
		want := VerdictOrder
		if tt.label == LabelTwoBoots {
			want = Verdict(tt.label)
		}
		if got := verdict(a, OrderGrouped); got != want {
			t.Errorf("%s, grouped: %q, want %q", tt.name, got, want)
		}
	}
}
