package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// overNormal integrates f times the standard normal density over the line.
func overNormal(f func(z float64) float64) float64 {
	return integrate(func(z float64) float64 { return normalDensity(z) * f(z) }, normalPanels)
}

// normalPanels divide the line where the normal density matters; read-only. With 16 nodes in each
// panel they resolve the step of a power as high as the 1000th of the normal distribution.
var normalPanels = []float64{-normalReach, -4.5, -2, 0, 2, 3.25, 4.5, 6, normalReach}

// overScale is the mean of f(S) over S = sqrt(chi-square/df), which turns the tail
// of a statistic with known variance into that with a variance estimated with df
// degrees of freedom. df may be +Inf.
//
// The integral is over u = ln S, whose density is 2 (df/2)^(df/2)/Gamma(df/2) exp(df (u - exp(2u)/2
// )): a peak near 0 of width 1/sqrt(2 df), with a tail exp(df u) to the left if df is small.
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

// legendre16 holds the nodes and weights of the 16-point Gauss-Legendre rule on [-1, 1]; read-only.
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

// normalReach is where the normal density stops mattering in double precision.
const normalReach = 8.5

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
