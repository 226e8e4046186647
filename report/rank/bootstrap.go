package rank

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// minBootstrap is the least number of boots for which a bootstrap interval may be
// shown: below, its errors are two to four times the nominal ones.
const minBootstrap = 20

// Bootstrap is an interval by resampling; it stands beside the t interval and no
// verdict rests on it.
type Bootstrap struct {
	// Theta is the statistic, SE the standard deviation of its resampled values.
	Theta, SE float64
	// Bias (z0) and Acceleration are the two corrections; Adjusted the probabilities
	// they lead to.
	Bias, Acceleration float64
	Adjusted           [2]float64
	// BCa is the corrected interval, Percentile the plain one.
	BCa, Percentile [2]float64
}

// BootstrapBoots is the interval of a statistic of at least 20 boots from n
// resamples by the seed; ok is false for fewer boots.
func BootstrapBoots(boots []float64, statistic func([]float64) float64, alpha float64, n int, seed uint64) (b Bootstrap, ok bool) {
	if len(boots) < minBootstrap {
		return Bootstrap{}, false
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	resamples := make([][]int, n)
	for k := range resamples {
		resamples[k] = make([]int, len(boots))
		for i := range resamples[k] {
			resamples[k][i] = rng.IntN(len(boots))
		}
	}
	return bcaOf(boots, statistic, alpha, resamples), true
}

// bcaOf evaluates given resamples. Efron (1987): with z0 the normal quantile of
// the share of resampled values below the statistic and a the skewness of the
// jackknife, the ends are the quantiles at
// Phi(z0 + (z0+z)/(1 - a (z0+z))) for z at alpha/2 and 1-alpha/2.
func bcaOf(x []float64, statistic func([]float64) float64, alpha float64, resamples [][]int) Bootstrap {
	b := Bootstrap{Theta: statistic(x)}
	star := make([]float64, len(resamples))
	below := 0.0
	sample := make([]float64, len(x))
	for k, index := range resamples {
		for i, j := range index {
			sample[i] = x[j]
		}
		if star[k] = statistic(sample); star[k] < b.Theta {
			below++
		}
	}
	_, v := meanVariance(star)
	b.SE = math.Sqrt(v)
	slices.Sort(star)
	b.Bias = distuv.UnitNormal.Quantile(below / float64(len(star)))
	b.Acceleration = jackknifeSkew(x, statistic)
	for end, level := range []float64{alpha / 2, 1 - alpha/2} {
		z := b.Bias + distuv.UnitNormal.Quantile(level)
		b.Adjusted[end] = normalUpper(-(b.Bias + z/(1-b.Acceleration*z)))
		b.BCa[end] = quantile7(star, b.Adjusted[end])
		b.Percentile[end] = quantile7(star, level)
	}
	return b
}

// jackknifeSkew is the acceleration: sum d^3 / (6 (sum d^2)^1.5) with d the mean of
// the leave-one-out values minus each; 0 when they are all equal.
func jackknifeSkew(x []float64, statistic func([]float64) float64) float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = statistic(slices.Delete(slices.Clone(x), i, i+1))
	}
	mean, _ := meanVariance(out)
	squares, cubes := 0.0, 0.0
	for _, v := range out {
		d := mean - v
		squares += d * d
		cubes += d * d * d
	}
	if squares == 0 {
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// quantile7 interpolates linearly between order statistics at 1+(n-1)p, R's
// default type 7.
func quantile7(sorted []float64, p float64) float64 {
	if math.IsNaN(p) {
		return math.NaN()
	}
	h := float64(len(sorted)-1) * p
	k := int(math.Floor(h))
	if k+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[k] + (h-float64(k))*(sorted[k+1]-sorted[k])
}
