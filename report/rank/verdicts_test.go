package rank

import (
	"math"
	"testing"

	"vnettune/report/rank/contrast"
)

func ends(lower, upper float64) contrast.Ends { return contrast.Ends{Lower: lower, Upper: upper} }

func TestPlainLabel(t *testing.T) {
	m := NewMargins(2, 1)
	inf := math.Inf(1)
	for _, tt := range []struct {
		name string
		in   contrast.Ends
		want Label
	}{
		{"above the margin", ends(m.High+0.01, 9), LabelHelps},
		{"on the margin", ends(m.High, 9), LabelHelpsMaybe},
		{"above zero", ends(0.01, 1), LabelHelpsMaybe},
		{"on zero", ends(0, 1), LabelEquivalent},
		{"inside", ends(-1, 1), LabelEquivalent},
		{"a proven loss inside", ends(-1, -0.5), LabelEquivalent},
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
	// A single comparison has the narrower interval for "equivalent" only.
	if got := plainLabel(ends(-2.5, 2.5), ends(-1.5, 1.5), m); got != LabelEquivalent {
		t.Errorf("TOST: %q", got)
	}
}

// The reasons for no claim come in a fixed order.
func TestLabelReasons(t *testing.T) {
	sound := contrast.Contrast{Diff: 1, SE: 1, DF: 9, P: 0.5, Comparable: true}
	flat, apart, vague := sound, sound, sound
	flat.SE, flat.NoVariance = 0, true
	apart.Comparable = false
	vague.DF = 0.5
	for _, tt := range []struct {
		n, base int
		c       contrast.Contrast
		want    Label
	}{
		{0, 0, apart, LabelNotWorking},
		{5, 0, apart, LabelNoBaseline},
		{1, 5, apart, LabelNotComparable},
		{1, 5, flat, LabelOneBoot},
		{5, 1, sound, LabelOneBoot},
		{2, 5, flat, LabelNoVariance},
		{2, 5, sound, LabelTwoBoots},
		{3, 5, vague, LabelUndetermined},
		{3, 5, sound, LabelEquivalent},
	} {
		if got := label(tt.n, tt.base, tt.c, ends(-1, 1), ends(-1, 1), NewMargins(2, 1)); got != tt.want {
			t.Errorf("%d and %d boots: %q, want %q", tt.n, tt.base, got, tt.want)
		}
	}
}
