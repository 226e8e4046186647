package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// UsualPower is the chance to find a true difference that planning aims at.
const UsualPower = 0.8

// maxBoots ends the search for the number of boots: nobody boots more.
const maxBoots = 1_000_000

// Detectable is the difference, in the unit of se, that a test at the one-sided
// level finds with the given power: the noncentrality is solved, the far tail ignored.
func Detectable(power, se, df, level float64) float64 {
	q := TUpper(level, df)
	short := func(ncp float64) float64 { return noncentralTail(q, df, ncp) - power }
	// The power at a noncentrality of q is between a half and 0.7.
	lo, hi := q-1, q+1
	if lo < 0 || short(lo) >= 0 {
		lo = 0
	}
	for short(hi) <= 0 {
		hi *= 2
	}
	return se * increasingRoot(short, lo, hi)
}

// Power is the chance that a test at the one-sided level shows a true difference, which has the unit of
// se; the far tail is ignored.
func Power(difference, se, df, level float64) float64 {
	return noncentralTail(TUpper(level, df), df, difference/se)
}

// Plan is the precision of a comparison with n boots of each arm.
type Plan func(n int) (se, df float64)

// BootsFor is the smallest n >= 2 with which a difference is found with the given
// power at the one-sided level; 0 when none up to a million is enough.
func BootsFor(power, difference, level float64, plan Plan) int {
	enough := func(n int) bool {
		se, df := plan(n)
		return Power(difference, se, df, level) >= power
	}
	hi := 2
	for !enough(hi) {
		if hi *= 2; hi > maxBoots {
			return 0
		}
	}
	lo := max(hi/2, 1) // not enough, or 1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// VarianceUpper80 is the upper 80 % confidence limit of a variance s2 that was estimated with df
// degrees of freedom; planning uses it so that a lucky pilot does not plan too few boots.
func VarianceUpper80(s2 float64, df int) float64 {
	if df < 1 || math.IsNaN(s2) {
		return math.NaN()
	}
	return float64(df) * s2 / chiSquareLower(0.2, float64(df))
}

// noncentralTail is P(T' > q) for the noncentral t distribution with df degrees
// of freedom and the noncentrality ncp >= 0, q > 0.
//
// T' = (Z + ncp)/S with S^2 = chi-square/df exceeds q when S < (Z + ncp)/q, so it is the integral
// over z of the normal density times the chi-square distribution at df ((z + ncp)/q)^2. Every part
// is between 0 and 1 and nothing cancels, unlike in the usual series (AS 243) with the large q of
// few degrees of freedom. The panels are fine where the chi-square distribution rises.
func noncentralTail(q, df, ncp float64) float64 {
	low := math.Max(-ncp, -normalReach)
	centre, width := q-ncp, q/math.Sqrt(2*df)
	breaks := []float64{low, normalReach}
	for _, x := range []float64{-6, -2, 0, 2, 6} {
		for _, b := range []float64{x, centre + width*x} {
			if b > low && b < normalReach {
				breaks = append(breaks, b)
			}
		}
	}
	slices.Sort(breaks)
	return integrate(func(z float64) float64 {
		s := (z + ncp) / q
		return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * mathext.GammaIncReg(df/2, df/2*s*s)
	}, breaks)
}
