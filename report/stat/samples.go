package stat

import (
	"math"
	"slices"
)

// MeanVariance is the mean and the unbiased variance of x in two passes; the
// variance of fewer than two values is NaN.
func MeanVariance(x []float64) (mean, variance float64) {
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

// Median of x, which is not changed; NaN for none.
func Median(x []float64) float64 {
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

// MAD is the median absolute deviation from the median times 1.4826, which makes
// it a standard deviation for normal values; NaN for none.
func MAD(x []float64) float64 {
	middle := Median(x)
	away := make([]float64, len(x))
	for i, v := range x {
		away[i] = math.Abs(v - middle)
	}
	return 1.4826 * Median(away)
}
