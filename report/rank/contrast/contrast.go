package contrast

import (
	"math"

	"vnettune/report/stat"
)

// Contrast is the difference of two arms on the scale of y. Fields that do not exist are NaN.
type Contrast struct {
	Diff, SE, DF float64
	// P is two-sided and counts as 1 in a family when it is NaN.
	P float64
	// Comparable: the two arms are in one part of the design.
	Comparable bool
	// Exploratory: an arm with weight has no variance of its own.
	Exploratory bool
	// NoVariance: neither arm shows any, so nothing can be tested.
	NoVariance bool
	// Equal: both arms gave one and the same value in every boot, three boots or more each.
	// The difference is zero, and nothing needs a test.
	Equal bool
}

// HasInterval says whether the contrast has a standard error to build one on.
func (c Contrast) HasInterval() bool { return !math.IsNaN(c.SE) && c.SE > 0 && c.DF >= 1 }

// Width is the half width of an interval with the given error on its side; infinite
// where there is none.
func (c Contrast) Width(eachSide float64) float64 {
	if !c.HasInterval() {
		return math.Inf(1)
	}
	return stat.TUpper(eachSide, c.DF) * c.SE
}

// Ends are the ends of an interval on the scale of y.
type Ends struct{ Lower, Upper float64 }

// Around is the interval of the contrast with the given error on each side.
func (c Contrast) Around(eachSide float64) Ends {
	if c.Equal {
		return Ends{}
	}
	w := c.Width(eachSide)
	return Ends{c.Diff - w, c.Diff + w}
}

// comparer compares two arms by number. P is left to tested, but where it is known anyway.
type comparer interface {
	compare(i, j int) Contrast
}

// fitted compares within the least-squares fit, with moderated variances if moderation is on.
type fitted struct {
	*stat.Fit
	mod      stat.Moderation
	patterns *patterns
}

func newFitted(f *stat.Fit, mod stat.Moderation) *fitted {
	fit := &fitted{Fit: f, mod: mod, patterns: newPatterns(f)}
	fit.patterns.sum(mod.V)
	return fit
}

// None is the contrast of arms that cannot be compared.
func None() Contrast {
	nan := math.NaN()
	return Contrast{Diff: nan, SE: nan, DF: nan, P: nan}
}

// compare is arm i minus arm j: the sum of a y over boots, where a are the
// least-squares weights, with the variance sum of a^2 times each arm's variance.
func (f *fitted) compare(i, j int) Contrast {
	c := None()
	if f.Part[i] < 0 || f.Part[i] != f.Part[j] {
		return c
	}
	c.Comparable = true
	c.Diff = f.Mean[i] - f.Mean[j]
	if f.mod.NoVariance || !f.mod.On && f.V[i] == 0 && f.V[j] == 0 {
		c.SE, c.NoVariance = 0, true
		return c
	}
	w := f.patterns.contrast(i, j, f.mod.V, f.pairVariances(i, j))
	f.fill(&c, w)
	return c
}

// fill settles the standard error and the degrees of freedom of a contrast by what its weights come to.
func (f *fitted) fill(c *Contrast, w sums) {
	c.Exploratory = w.few
	switch {
	case c.Exploratory && !f.mod.On:
		c.SE, c.DF = math.Sqrt(f.Pooled*w.plain), float64(f.DF)
	case c.Exploratory:
		c.SE, c.DF = math.Sqrt(w.variance), math.Min(f.mod.D0, float64(f.DF))
	case w.squares == 0:
		c.SE, c.DF = math.Sqrt(w.variance), math.Min(f.mod.D0+w.fewest, float64(f.DF))
	default:
		c.SE, c.DF = math.Sqrt(w.variance), math.Min(f.mod.D0+w.raw*w.raw/w.squares, float64(f.DF))
	}
	c.NoVariance = c.SE == 0 && !c.Exploratory
}

// testable says whether the contrast can be tested.
func (c Contrast) testable() bool { return c.SE > 0 && c.DF >= 1 && !c.Exploratory }

// tested settles the P of a contrast.
func (c Contrast) tested() Contrast {
	if math.IsNaN(c.P) && c.testable() {
		c.P = stat.TTwoSided(c.Diff/c.SE, c.DF)
	}
	return c
}

// pairVariances gives the variance of each arm in the contrast i - j. Without
// moderation an arm of the pair that shows none takes the other's: no variance
// in a few boots is not the absence of noise.
func (f *fitted) pairVariances(i, j int) func(int) float64 {
	if f.mod.On || f.V[i] > 0 && f.V[j] > 0 {
		return func(k int) float64 { return f.mod.V[k] }
	}
	larger := math.Max(f.V[i], f.V[j])
	return func(k int) float64 {
		if k == i || k == j {
			return larger
		}
		return f.V[k]
	}
}
