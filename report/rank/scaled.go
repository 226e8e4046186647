package rank

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// normalUpper is P(Z > z), exact in the tail.
func normalUpper(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// normalDensity is the standard normal density.
func normalDensity(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

// overNormal integrates f times the standard normal density over the line.
func overNormal(f func(z float64) float64) float64 {
	return integrate(func(z float64) float64 { return normalDensity(z) * f(z) }, normalPanels)
}

// normalPanels divide the line where the normal density matters; read-only. With
// 16 nodes a panel they resolve the step of a power as high as the 1000th of the
// normal distribution.
var normalPanels = []float64{-normalReach, -4.5, -2, 0, 2, 3.25, 4.5, 6, normalReach}

// overScale is the mean of f(S) over S = sqrt(chi-square/df), which turns the tail
// of a statistic with known variance into that with a variance estimated with df
// degrees of freedom. df may be +Inf.
//
// The integral is over u = ln S, whose density is
// 2 (df/2)^(df/2)/Gamma(df/2) exp(df (u - exp(2u)/2 )): near 0, of width
// 1/sqrt(2 df), with a tail exp(df u) to the left where df is small.
func overScale(df float64, f func(s float64) float64) float64 {
	if math.IsInf(df, 1) || df > 1e8 {
		return f(1)
	}
	lg, _ := math.Lgamma(df / 2)
	constant := math.Ln2 + df/2*math.Log(df/2) - lg
	width := 1 / math.Sqrt(2*df)
	low := -math.Max(42/df, 9*width)
	high := math.Max(9*width, 0)
	breaks := []float64{low}
	for _, x := range []float64{-36, -21, -12, -6.5, -3, 0, 3, 6} {
		if b := x * width; b > low && b < high {
			breaks = append(breaks, b)
		}
	}
	breaks = append(breaks, high)
	slices.Sort(breaks)
	return integrate(func(u float64) float64 {
		density := math.Exp(constant + df*(u-math.Exp(2*u)/2))
		if density < 1e-18 {
			return 0
		}
		return density * f(math.Exp(u))
	}, breaks)
}

// upperQuantile is the q > 0 with tail(q) = p for a falling tail. The search is on
// the logarithms of both, where tails are nearly straight.
func upperQuantile(tail func(q float64) float64, p float64) float64 {
	short := func(lnq float64) float64 {
		t := tail(math.Exp(lnq))
		if t <= 0 {
			return 700
		}
		return math.Log(p / t)
	}
	lo, hi := 0.0, 1.5
	for short(lo) >= 0 {
		lo -= 2
	}
	for short(hi) <= 0 {
		hi += 2
	}
	return math.Exp(increasingRoot(short, lo, hi))
}

// fUpper is P(F > f) for the F distribution with d1 and d2 degrees of freedom: the
// regularized incomplete beta function at d2/(d2 + d1 f) with d2/2 and d1/2. gonum's
// own is 1 minus the rest, which leaves nothing of tails below 1e-16.
func fUpper(f, d1, d2 float64) float64 {
	switch {
	case math.IsNaN(f):
		return math.NaN()
	case f <= 0:
		return 1
	}
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f))
}
