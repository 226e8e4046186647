package rank

import (
	"math"
	"slices"
)

// MAD is the median absolute deviation from the median times 1.4826, which makes
// it a standard deviation for normal values; NaN for none.
func MAD(x []float64) float64 {
	middle := median(x)
	away := make([]float64, len(x))
	for i, v := range x {
		away[i] = math.Abs(v - middle)
	}
	return madScale * median(away)
}

// TrimmedMean leaves out the given share of the values at each end, rounded down
// to whole values; NaN for none. share lies in [0, 0.5).
func TrimmedMean(x []float64, share float64) float64 {
	cut := int(share * float64(len(x)))
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(x))
	mean, _ := meanVariance(s[cut : len(s)-cut])
	return mean
}

// MedianInterval is an interval of the median between two order statistics that
// holds whatever the distribution is: the narrowest pair of ranks (from 1) whose
// coverage is at least 1-alpha, by the binomial distribution. ok is false where
// even the whole sample covers less.
func MedianInterval(x []float64, alpha float64) (low, high float64, rank [2]int, coverage float64, ok bool) {
	n := len(x)
	s := slices.Sorted(slices.Values(x))
	tail, k := 0.0, 0 // P(fewer than k+1 values below the median)
	best, bestTail := 0, 0.0
	term := math.Pow(0.5, float64(n))
	for k < n/2 {
		tail += term
		if 2*tail > alpha {
			break
		}
		k++
		best, bestTail = k, tail
		term *= float64(n-k+1) / float64(k)
	}
	if best == 0 {
		return math.NaN(), math.NaN(), rank, math.NaN(), false
	}
	rank = [2]int{best, n + 1 - best}
	return s[best-1], s[n-best], rank, 1 - 2*bestTail, true
}
