package contrast

import (
	"math"

	"vnettune/report/stat"
)

// crossed compares arms that share blocks by the fit within blocks, and those that do not by the mixed
// model, in which blocks are random.
type crossed struct {
	comparer
	fit   *stat.Fit
	mixed *stat.Mixed
}

func (c *crossed) compare(i, j int) Contrast {
	if p := c.fit.Part[i]; p >= 0 && p == c.fit.Part[j] {
		return c.comparer.compare(i, j)
	}
	out := None()
	if !c.mixed.Comparable(i, j) {
		return out
	}
	out.Comparable = true
	out.Diff, out.SE, out.DF = c.mixed.Contrast(i, j)
	out.Exploratory = c.fit.N[i] == 1 || c.fit.N[j] == 1
	if out.SE == 0 {
		out.DF, out.NoVariance = math.NaN(), true
	}
	return out
}

// across lets arms that share no block be compared by the mixed model.
func (f *Family) across(mixed *stat.Mixed) {
	f.comparer, f.mixed = &crossed{f.comparer, f.fit, mixed}, mixed
	first := -1
	f.Connected = true
	for arm, n := range f.fit.N {
		switch {
		case n == 0:
		case first < 0:
			first = arm
		default:
			f.Connected = f.Connected && mixed.Comparable(first, arm)
		}
	}
}

// Crossed says whether an arm can be compared with arms that it shares no block with.
func (f *Family) Crossed(arm int) bool {
	return f.mixed != nil && f.fit.N[arm] > 0 && f.mixed.Variance > 0
}
