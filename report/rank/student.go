package rank

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// tSurvival is P(T > t) for Student's t with df degrees of freedom. The tail is
// computed as such, and not as 1 minus the rest, so that small values are exact.
func tSurvival(t, df float64) float64 {
	if math.IsInf(df, 1) {
		return 0.5 * math.Erfc(t/math.Sqrt2)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Survival(t)
}

// tTwoSided is P(|T| > |t|).
func tTwoSided(t, df float64) float64 { return math.Min(1, 2*tSurvival(math.Abs(t), df)) }

// tUpper is the t with P(T > t) = p, for p in (0, 0.5]. Newton's method on the
// logarithm of the tail over the logarithm of t, where the tail is nearly
// straight; gonum's inverse incomplete beta stops too early for a relative error
// of 1e-12.
func tUpper(p, df float64) float64 {
	if p == 0.5 {
		return 0
	}
	z := -distuv.UnitNormal.Quantile(p)
	if math.IsInf(df, 1) {
		return z
	}
	// Start: the Cornish-Fisher expansion's first term, or for few degrees of
	// freedom the tail of the Cauchy distribution.
	t := z + z*(z*z+1)/(4*df)
	if df < 3 {
		t = math.Pow(1/(math.Pi*p), 1/df)
	}
	density := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	for range 100 {
		tail := tSurvival(t, df)
		step := math.Log(tail/p) * tail / (t * density.Prob(t))
		step = math.Max(-1, math.Min(1, step))
		t *= math.Exp(step)
		if math.Abs(step) < 1e-14 {
			break
		}
	}
	return t
}

// chiSquareLower is the x with P(X < x) = p for chi-square with df degrees of
// freedom.
func chiSquareLower(p, df float64) float64 {
	return distuv.ChiSquared{K: df}.Quantile(p)
}

// trigamma is the second derivative of ln Gamma: psi'(x) = sum 1/(x+k)^2, which
// is the Hurwitz zeta function at 2.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// trigammaInverse solves psi'(y) = x for x > 0. Source: Smyth (2004), "Linear
// models and empirical Bayes methods", appendix: Newton's method on 1/psi', which
// is convex and nearly linear, from the lower bound 0.5 + 1/x, converges from one
// side. The second derivative of psi is -2 zeta(3, y).
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
