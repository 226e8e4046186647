package rank

import "math"

// contrast is the difference of two arms on the scale of y. Fields that do not
// exist are NaN.
type contrast struct {
	diff, se, df float64
	// p is two-sided and counts as 1 in a family when it is NaN.
	p float64
	// comparable: the two arms are in one part of the design.
	comparable bool
	// exploratory: an arm with weight has no variance of its own.
	exploratory bool
	// noVariance: neither arm shows any, so nothing can be tested.
	noVariance bool
}

// interval says whether the contrast has a standard error to build one on.
func (c contrast) interval() bool { return !math.IsNaN(c.se) && c.se > 0 && c.df >= 1 }

// upper is the t quantile of the contrast's own degrees of freedom.
func (c contrast) upper(level float64) float64 { return tUpper(level, c.df) }

// width is the half width of an interval with the given error on its side; infinite
// where there is none.
func (c contrast) width(eachSide float64) float64 {
	if !c.interval() {
		return math.Inf(1)
	}
	return c.upper(eachSide) * c.se
}

// comparer compares two arms by number.
type comparer interface {
	compare(i, j int) contrast
}

// fitted compares within the least-squares fit, with moderated variances where
// moderation is on.
type fitted struct {
	*fit
	mod moderation
	// scratch, by arm: the sum of squared weights
	weight []float64
}

func newFitted(f *fit, mod moderation) *fitted {
	return &fitted{fit: f, mod: mod, weight: make([]float64, f.arms)}
}

// noContrast has nothing but its kind.
func noContrast() contrast {
	nan := math.NaN()
	return contrast{diff: nan, se: nan, df: nan, p: nan}
}

// negligible is the share of the largest squared weight below which an arm has
// no weight in a contrast.
const negligible = 1e-12

// compare is arm i minus arm j: the sum of a y over boots, where a are the
// least-squares weights, with the variance sum of a^2 times each arm's variance.
func (f *fitted) compare(i, j int) contrast {
	c := noContrast()
	if f.part[i] < 0 || f.part[i] != f.part[j] {
		return c
	}
	c.comparable = true
	c.diff = f.mean[i] - f.mean[j]
	if f.mod.noVariance || !f.mod.on && f.v[i] == 0 && f.v[j] == 0 {
		c.se, c.noVariance = 0, true
		return c
	}
	largest := f.squaredWeights(i, j)
	own := f.pairVariances(i, j)
	variance, plain, sum, squares := 0.0, 0.0, 0.0, 0.0
	fewest := math.Inf(1)
	for k, a := range f.weight {
		if a <= negligible*largest {
			continue
		}
		plain += a
		variance += a * own(k)
		if f.d[k] == 0 {
			c.exploratory = true
			continue
		}
		sum += a * f.v[k]
		squares += a * f.v[k] * a * f.v[k] / f.d[k]
		fewest = math.Min(fewest, f.d[k])
	}
	switch {
	case c.exploratory && !f.mod.on:
		c.se, c.df = math.Sqrt(f.pooled*plain), float64(f.df)
	case c.exploratory:
		c.se, c.df = math.Sqrt(variance), math.Min(f.mod.d0, float64(f.df))
	case squares == 0:
		c.se, c.df = math.Sqrt(variance), math.Min(f.mod.d0+fewest, float64(f.df))
	default:
		c.se, c.df = math.Sqrt(variance), math.Min(f.mod.d0+sum*sum/squares, float64(f.df))
	}
	return c.tested()
}

// tested settles the p of a contrast whose se and df stand.
func (c contrast) tested() contrast {
	switch {
	case math.IsNaN(c.se):
	case c.se == 0:
		c.noVariance = !c.exploratory
	case c.df >= 1 && !c.exploratory:
		c.p = tTwoSided(c.diff/c.se, c.df)
	}
	return c
}

// pairVariances gives the variance of each arm in the contrast i - j. Without
// moderation an arm of the pair that shows none takes the other's: no variance
// in a few boots is not the absence of noise.
func (f *fitted) pairVariances(i, j int) func(int) float64 {
	if f.mod.on || f.v[i] > 0 && f.v[j] > 0 {
		return func(k int) float64 { return f.mod.v[k] }
	}
	larger := math.Max(f.v[i], f.v[j])
	return func(k int) float64 {
		if k == i || k == j {
			return larger
		}
		return f.v[k]
	}
}

// squaredWeights fills weight with each arm's sum of squared least-squares
// weights in the contrast i - j, and returns the largest. A boot's weight is the
// block-centred S^-(e_i - e_j) at its arm.
func (f *fitted) squaredWeights(i, j int) float64 {
	clear(f.weight)
	gi, gj := f.inverse.RawRowView(i), f.inverse.RawRowView(j)
	for _, rows := range f.blockRows {
		centre := 0.0
		for _, r := range rows {
			arm := f.boots[r].arm
			centre += gi[arm] - gj[arm]
		}
		centre /= float64(len(rows))
		for _, r := range rows {
			arm := f.boots[r].arm
			a := gi[arm] - gj[arm] - centre
			f.weight[arm] += a * a
		}
	}
	largest := 0.0
	for _, a := range f.weight {
		largest = math.Max(largest, a)
	}
	return largest
}
