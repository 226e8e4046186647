package rank

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

// legendre16 holds the nodes and weights of the 16-point Gauss-Legendre rule on
// [-1, 1]; read-only.
var legendre16 = func() (r struct{ x, w [16]float64 }) {
	quad.Legendre{}.FixedLocations(r.x[:], r.w[:], -1, 1)
	return r
}()

// integrate sums the 16-point rule over the panels between ascending breaks.
func integrate(f func(float64) float64, breaks []float64) float64 {
	sum := 0.0
	overNodes(breaks, func(x, weight float64) { sum += weight * f(x) })
	return sum
}

// overNodes visits the nodes of the rule and their weights.
func overNodes(breaks []float64, visit func(x, weight float64)) {
	for i := 1; i < len(breaks); i++ {
		mid, half := (breaks[i]+breaks[i-1])/2, (breaks[i]-breaks[i-1])/2
		if half <= 0 {
			continue
		}
		for k, x := range legendre16.x {
			visit(mid+half*x, half*legendre16.w[k])
		}
	}
}

// normalReach is where the normal density stops to matter in double precision.
const normalReach = 8.5

// noncentralTail is P(T' > q) for the noncentral t distribution with df degrees
// of freedom and the noncentrality ncp >= 0, q > 0.
//
// T' = (Z + ncp)/S with S^2 = chi-square/df exceeds q when S < (Z + ncp)/q, so it
// is the integral over z of the normal density times the chi-square distribution
// at df ((z + ncp)/q)^2. Every part is between 0 and 1 and nothing cancels, which
// the usual series (AS 243) cannot say for the large q of few degrees of freedom.
// The panels are fine where the chi-square distribution rises.
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

// increasingRoot finds x in (lo, hi) with f(x) = 0 for an increasing f with
// f(lo) < 0 < f(hi), to relative 1e-12: regula falsi with the Illinois rule.
func increasingRoot(f func(float64) float64, lo, hi float64) float64 {
	flo, fhi := f(lo), f(hi)
	side := 0
	for range 200 {
		x := (lo*fhi - hi*flo) / (fhi - flo)
		if !(x > lo && x < hi) {
			x = (lo + hi) / 2
		}
		y := f(x)
		switch {
		case y == 0:
			return x
		case y < 0:
			lo, flo = x, y
			if side == -1 {
				fhi /= 2
			}
			side = -1
		default:
			hi, fhi = x, y
			if side == 1 {
				flo /= 2
			}
			side = 1
		}
		if math.Abs(y) < 1e-13 || hi-lo <= 1e-12*math.Abs(hi) {
			return x
		}
	}
	return (lo + hi) / 2
}
