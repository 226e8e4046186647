package stat

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

// Moderation is what the arms' variances say about each other (Smyth 2004).
type Moderation struct {
	// On says whether variances are moderated; NoVariance that no arm of the pool shows any.
	On, NoVariance bool
	// D0 and S0 are the prior's degrees of freedom, which may be +Inf, and its variance.
	D0, S0 float64
	// V are the variances, moderated if On.
	V []float64
}

// Moderate shrinks the variances v with d degrees of freedom each towards a
// common one. Arms with d = 0 get the common one.
//
// e = ln v - psi(d/2) + ln(d/2) has the variance psi'(d/2) + psi'(d0/2), which
// gives d0, and the mean ln s0^2 - psi(d0/2) + ln(d0/2), which gives s0^2.
func Moderate(v, d []float64) Moderation {
	m := Moderation{V: slices.Clone(v), S0: math.NaN()}
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
	m.NoVariance = len(pool) > 0 && len(positive) == 0
	if len(pool) < minPool || m.NoVariance {
		return m
	}
	m.On = true
	floor := Median(all)
	if floor == 0 {
		floor = Median(positive)
	}
	floor *= floorShare
	m.prior(pool, v, d, floor)
	for c := range m.V {
		switch {
		case math.IsInf(m.D0, 1), d[c] == 0:
			m.V[c] = m.S0
		default:
			m.V[c] = (m.D0*m.S0 + d[c]*v[c]) / (m.D0 + d[c])
		}
	}
	return m
}

// prior sets D0 and S0.
func (m *Moderation) prior(pool []int, v, d []float64, floor float64) {
	e := make([]float64, len(pool))
	expected := 0.0
	for k, c := range pool {
		e[k] = math.Log(math.Max(v[c], floor)) - mathext.Digamma(d[c]/2) + math.Log(d[c]/2)
		expected += trigamma(d[c] / 2)
	}
	mean, variance := MeanVariance(e)
	excess := variance - expected/float64(len(pool))
	if excess <= 0 {
		m.D0, m.S0 = math.Inf(1), math.Exp(mean)
		return
	}
	m.D0 = 2 * trigammaInverse(excess)
	m.S0 = math.Exp(mean + mathext.Digamma(m.D0/2) - math.Log(m.D0/2))
}
