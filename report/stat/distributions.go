package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// TSurvival is P(T > t) for Student's t with df degrees of freedom. The tail is computed directly,
// not as 1 minus the rest, so that small values are exact.
func TSurvival(t, df float64) float64 {
	if math.IsInf(df, 1) {
		return 0.5 * math.Erfc(t/math.Sqrt2)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Survival(t)
}

// TTwoSided is P(|T| > |t|).
func TTwoSided(t, df float64) float64 { return math.Min(1, 2*TSurvival(math.Abs(t), df)) }

// TUpper is the t with P(T > t) = p, for p in (0, 0.5]. It uses Newton's method on the logarithm of
// the tail over the logarithm of t, where the tail is nearly straight; gonum's inverse incomplete
// beta stops too early for a relative error of 1e-12.
func TUpper(p, df float64) float64 {
	if p == 0.5 {
		return 0
	}
	z := -distuv.UnitNormal.Quantile(p)
	if math.IsInf(df, 1) {
		return z
	}
	// Start from the first term of the Cornish-Fisher expansion or, with few degrees of freedom,
	// from the tail of the Cauchy distribution.
	t := z + z*(z*z+1)/(4*df)
	if df < 3 {
		t = math.Pow(1/(math.Pi*p), 1/df)
	}
	density := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	for range 100 {
		tail := TSurvival(t, df)
		step := math.Log(tail/p) * tail / (t * density.Prob(t))
		step = math.Max(-1, math.Min(1, step))
		t *= math.Exp(step)
		if math.Abs(step) < 1e-14 {
			break
		}
	}
	return t
}

// chiSquareLower is the x with P(X < x) = p for chi-square with df degrees of freedom.
func chiSquareLower(p, df float64) float64 {
	return distuv.ChiSquared{K: df}.Quantile(p)
}

// trigamma is the second derivative of ln Gamma: psi'(x) = sum 1/(x+k)^2, which
// is the Hurwitz zeta function at 2.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// trigammaInverse solves psi'(y) = x for x > 0. Source: Smyth (2004), "Linear models and empirical
// Bayes methods", appendix: Newton's method on 1/psi', which is convex and nearly linear, from the
// lower bound 0.5 + 1/x, converges from one side. The second derivative of psi is -2 zeta(3, y).
func trigammaInverse(x float64) float64 {
	y := 0.5 + 1/x
	for range 100 {
		tri := trigamma(y)
		step := tri * (1 - tri/x) / (-2 * mathext.Zeta(3, y))
		y += step
		if math.Abs(step) < 1e-14*y {
			break
		}
	}
	return y
}

// FUpper is P(F > f) for the F distribution with d1 and d2 degrees of freedom: the
// regularized incomplete beta function at d2/(d2 + d1 f) with d2/2 and d1/2. gonum's
// own is 1 minus the rest, which leaves nothing of tails below 1e-16.
func FUpper(f, d1, d2 float64) float64 {
	switch {
	case math.IsNaN(f):
		return math.NaN()
	case f <= 0:
		return 1
	}
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f))
}

// normalUpper is P(Z > z), exact in the tail.
func normalUpper(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// normalDensity is the standard normal density.
func normalDensity(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
