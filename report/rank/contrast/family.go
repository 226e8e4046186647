package contrast

import (
	"math"

	"vnettune/report/stat"
)

// Kind says how the arms of a fit are compared.
type Kind int

// The kinds.
const (
	// Separate: each arm's own variance: few arms show their noise, or none shows any.
	Separate Kind = iota
	// Moderated: variances that are moderated towards each other.
	Moderated
	// OneVariance: one pooled variance for all arms.
	OneVariance
	// Welch and Paired: two arms in all, by classical tests of their own.
	Welch
	Paired
)

// Family compares the arms of one fit and keeps the comparisons honest together.
type Family struct {
	Kind       Kind
	Moderation stat.Moderation
	// Connected: every arm with boots can be compared with every other.
	Connected bool
	// Constants of the pooled method; second looks at the same arms share them.
	Constants Constants

	arms int
	fit  *stat.Fit
	span []values // of each arm's boots
	comparer
	rule
}

// values are the smallest and the largest value of an arm's boots.
type values struct{ low, high float64 }

// leastEqual is the least number of boots a side for arms to be equal in every boot.
const leastEqual = 3

// Compare is arm i minus arm j. Arms that are equal in every boot are not compared by the fit,
// which takes the blocks out of them and puts noise of other arms in.
func (f *Family) Compare(i, j int) Contrast {
	if f.Equal(i, j) {
		c := None()
		c.Diff, c.SE, c.Comparable, c.Equal = 0, 0, true, true
		return c
	}
	return f.comparer.Compare(i, j)
}

// Equal says whether both arms gave one and the same value in every boot.
func (f *Family) Equal(i, j int) bool {
	a, b := f.span[i], f.span[j]
	return f.fit.N[i] >= leastEqual && f.fit.N[j] >= leastEqual && f.fit.Part[i] == f.fit.Part[j] &&
		math.Max(a.high, b.high)-math.Min(a.low, b.low) <= f.fit.Resolution
}

func spans(f *stat.Fit) []values {
	out := make([]values, f.Arms)
	for i := range out {
		out[i] = values{math.Inf(1), math.Inf(-1)}
	}
	for _, b := range f.Obs {
		v := &out[b.Arm]
		v.low, v.high = math.Min(v.low, b.Y), math.Max(v.high, b.Y)
	}
	return out
}

// Options say how to compare.
type Options struct {
	// Alpha is the error rate of the family.
	Alpha float64
	// Baseline is the arm that all others are compared with.
	Baseline int
	// Pooled asks for one variance for all arms, Constants are those known already.
	Pooled    bool
	Constants Constants
}

// New settles how the arms of the fit are compared: two arms in all have classical
// tests of their own, which may replace the fit's numbers of the arms by theirs.
func New(f *stat.Fit, o Options) *Family {
	if o.Constants == nil {
		o.Constants = make(Constants)
	}
	family := &Family{Connected: f.Parts <= 1, Constants: o.Constants, arms: f.Arms, fit: f, span: spans(f), rule: holmRule{alpha: o.Alpha, arms: f.Arms}}
	switch {
	case o.Pooled:
		p := newPooled(f, o.Alpha, o.Baseline, o.Constants)
		family.Kind, family.comparer, family.rule, family.Moderation = OneVariance, p, p, p.mod
	case f.Arms == 2:
		two := newTwoArms(f)
		family.Kind, family.comparer, family.Connected = Welch, two, true
		if two.paired {
			family.Kind = Paired
		}
		family.Moderation = stat.Moderation{V: f.V, S0: math.NaN(), NoVariance: two.noVariance}
	default:
		family.Moderation = stat.Moderate(f.V, f.D)
		keepBaseline(f, &family.Moderation, o.Baseline)
		family.comparer = newFitted(f, family.Moderation)
		if family.Moderation.On {
			family.Kind = Moderated
		}
	}
	return family
}

// keepBaseline gives the baseline its own variance where that is larger than the moderated one. It is
// in every comparison, so that its noise may not be borrowed away: with a baseline two or three times as
// noisy as the arms plain moderation finds false differences in 8 to 20 % of campaigns.
func keepBaseline(f *stat.Fit, m *stat.Moderation, base int) {
	if m.On && f.D[base] > 0 {
		m.V[base] = math.Max(m.V[base], f.V[base])
	}
}

// rule keeps a family of comparisons honest: how p values are adjusted and how
// wide simultaneous intervals are. Families are the declared ones.
type rule interface {
	// Adjusted returns the adjusted p of the comparisons with the baseline.
	Adjusted(raw []Contrast) []float64
	// EachSide is the error on each side of one of their intervals.
	EachSide() float64
	// pairs says for every contrast of the table whether the pair differs.
	pairs(t *Table) []bool
	// bestWidths returns the half width of the interval of i - j in the comparison
	// of i with the best of the others.
	bestWidths(t *Table) func(i, j int) float64
}

// holmRule is Holm's rule on p values and Bonferroni's on intervals, with each
// contrast's own standard error and degrees of freedom.
type holmRule struct {
	alpha float64
	arms  int
}

func (r holmRule) Adjusted(raw []Contrast) []float64 {
	p := make([]float64, len(raw))
	for i, c := range raw {
		p[i] = c.P
	}
	return stat.Holm(p)
}

func (r holmRule) EachSide() float64 { return r.alpha / float64(2*(r.arms-1)) }

func (r holmRule) pairs(t *Table) []bool {
	p := make([]float64, len(t.contrast))
	for k, c := range t.contrast {
		p[k] = c.P
	}
	differs := make([]bool, len(p))
	for k, adjusted := range stat.Holm(p) {
		differs[k] = adjusted <= r.alpha
	}
	return differs
}

func (r holmRule) bestWidths(t *Table) func(i, j int) float64 {
	width := make([]float64, len(t.contrast))
	for k, c := range t.contrast {
		width[k] = c.Width(r.alpha / float64(r.arms-1))
	}
	return func(i, j int) float64 { return width[t.at(min(i, j), max(i, j))] }
}
