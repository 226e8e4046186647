package contrast

import (
	"math"
	"slices"
)

// Sum is the sum of several contrasts, each of arm pair[0] less arm pair[1], as one contrast of the fit with
// a standard error of its own: what they share, such as the arm that all are compared with, is not taken for
// independent. It has no P. Pairs that are equal in every boot add nothing. Where a pair is compared across
// blocks by the mixed model, standard errors add up, which is never too small, and the degrees of freedom
// are the fewest.
func (f *Family) Sum(pairs [][2]int) Contrast {
	out := None()
	out.Diff = 0
	var rest [][2]int
	se, df, across := 0.0, math.Inf(1), false
	for _, pair := range pairs {
		c := f.untested(pair[0], pair[1])
		if c.Equal {
			continue
		}
		if !c.HasInterval() {
			return None()
		}
		rest = append(rest, pair)
		out.Diff += c.Diff
		out.Exploratory = out.Exploratory || c.Exploratory
		se, df = se+c.SE, math.Min(df, c.DF)
		across = across || f.fit.Part[pair[0]] != f.fit.Part[pair[1]] || f.fit.Part[pair[0]] != f.fit.Part[rest[0][0]]
	}
	out.Comparable = true
	if len(rest) == 0 {
		out.SE, out.Equal = 0, true
		return out
	}
	out.SE, out.DF = se, df
	inner := f.comparer
	if c, ok := inner.(*crossed); ok {
		inner = c.comparer
	}
	if across || len(rest) == 1 {
		return out
	}
	switch c := inner.(type) {
	case *pooled:
		by := make([]float64, f.fit.Arms)
		f.fit.SquaredWeightsOfSum(rest, by)
		plain := 0.0
		for _, a := range by {
			plain += a
		}
		out.SE = math.Sqrt(c.Pooled * plain)
	case *fitted:
		c.fill(&out, c.sumsOf(rest))
	}
	return out
}

// sumsOf are what the weights of a sum of contrasts come to. Without moderation an arm of the pairs that
// shows no variance takes the largest of theirs, as in one contrast.
func (f *fitted) sumsOf(pairs [][2]int) sums {
	by := make([]float64, f.Arms)
	f.SquaredWeightsOfSum(pairs, by)
	named := func(arm int) bool {
		return slices.ContainsFunc(pairs, func(pair [2]int) bool { return pair[0] == arm || pair[1] == arm })
	}
	most := 0.0
	for arm, v := range f.V {
		if named(arm) && v > most {
			most = v
		}
	}
	largest := slices.Max(by)
	s := sums{fewest: math.Inf(1)}
	for arm, a := range by {
		if a <= negligible*largest && !named(arm) {
			continue
		}
		variance := f.mod.V[arm]
		if !f.mod.On && named(arm) && f.V[arm] == 0 {
			variance = most
		}
		s.add(a, variance, f.V[arm], f.D[arm])
	}
	return s
}
