package rank

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// minPool is the least number of arms with a variance of their own from which
// the spread of variances can be estimated.
const minPool = 6

// floorShare is the floor of a variance as a share of the median one.
const floorShare = 1e-5

// moderation is what the arms' variances say about each other (Smyth 2004).
type moderation struct {
	on bool
	// noVariance: no arm of the pool shows any.
	noVariance bool
	pool       int
	d0, s0     float64 // prior degrees of freedom (may be +Inf) and variance
	v          []float64
}

// moderate shrinks the variances v with d degrees of freedom each towards a
// common one. Arms with d = 0 get the common one.
//
// e = ln v - psi(d/2) + ln(d/2) has the variance psi'(d/2) + psi'(d0/2), which
// gives d0, and the mean ln s0^2 - psi(d0/2) + ln(d0/2), which gives s0^2.
func moderate(v, d []float64) moderation {
	m := moderation{v: slices.Clone(v), s0: math.NaN()}
	var pool []int
	var positive, all []float64
	for c := range v {
		if d[c] > 0 {
			pool = append(pool, c)
			all = append(all, v[c])
			if v[c] > 0 {
				positive = append(positive, v[c])
			}
		}
	}
	m.pool = len(pool)
	m.noVariance = len(pool) > 0 && len(positive) == 0
	if len(pool) < minPool || m.noVariance {
		return m
	}
	m.on = true
	floor := median(all)
	if floor == 0 {
		floor = median(positive)
	}
	floor *= floorShare
	m.prior(pool, v, d, floor)
	for c := range m.v {
		switch {
		case math.IsInf(m.d0, 1), d[c] == 0:
			m.v[c] = m.s0
		default:
			m.v[c] = (m.d0*m.s0 + d[c]*v[c]) / (m.d0 + d[c])
		}
	}
	return m
}

// prior sets d0 and s0.
func (m *moderation) prior(pool []int, v, d []float64, floor float64) {
	e := make([]float64, len(pool))
	expected := 0.0
	for k, c := range pool {
		e[k] = math.Log(math.Max(v[c], floor)) - mathext.Digamma(d[c]/2) + math.Log(d[c]/2)
		expected += trigamma(d[c] / 2)
	}
	mean, variance := meanVariance(e)
	excess := variance - expected/float64(len(pool))
	if excess <= 0 {
		m.d0, m.s0 = math.Inf(1), math.Exp(mean)
		return
	}
	m.d0 = 2 * trigammaInverse(excess)
	m.s0 = math.Exp(mean + mathext.Digamma(m.d0/2) - math.Log(m.d0/2))
}

// meanVariance is the mean and the unbiased variance of x in two passes; the
// variance of fewer than two values is NaN.
func meanVariance(x []float64) (mean, variance float64) {
	for i, v := range x {
		mean += (v - mean) / float64(i+1)
	}
	rest, squares := 0.0, 0.0
	for _, v := range x {
		rest += v - mean
		squares += (v - mean) * (v - mean)
	}
	n := float64(len(x))
	mean += rest / n // what rounding left of the mean
	if len(x) < 2 {
		return mean, math.NaN()
	}
	return mean, (squares - rest*rest/n) / (n - 1)
}

// median of x, which is not changed; NaN for none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(x))
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid]
	}
	return (s[mid-1] + s[mid]) / 2
}
