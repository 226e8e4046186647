package rank

import (
	"math"
	"slices"
)

// ShiftEstimate is a robust estimate of location with its interval.
type ShiftEstimate struct {
	// Median of all pairwise differences (two samples) or averages (one).
	Median float64
	// Low and High: the exact interval by the rank test's distribution without ties;
	// NaN where the sample is too small for one.
	Low, High float64
}

// HodgesLehmann is the median of all differences x-y with the interval of
// confidence 1-alpha that the rank-sum test gives (Hodges and Lehmann 1963; Moses).
// The interval is left out above 25 values a sample.
func HodgesLehmann(x, y []float64, alpha float64) ShiftEstimate {
	var d []float64
	for _, a := range x {
		for _, b := range y {
			d = append(d, a-b)
		}
	}
	slices.Sort(d)
	e := ShiftEstimate{Median: median(d), Low: math.NaN(), High: math.NaN()}
	if len(x) <= exactRanks && len(y) <= exactRanks && len(d) > 0 {
		e.Low, e.High = orderInterval(d, rankSumWays(len(x), len(y)), alpha)
	}
	return e
}

// HodgesLehmannLocation is the median of the averages of all pairs of values, each
// with itself too, with the interval of the signed-rank test; the interval is left
// out above 50 values.
func HodgesLehmannLocation(x []float64, alpha float64) ShiftEstimate {
	var walsh []float64
	for i, a := range x {
		for _, b := range x[i:] {
			walsh = append(walsh, a/2+b/2)
		}
	}
	slices.Sort(walsh)
	e := ShiftEstimate{Median: median(walsh), Low: math.NaN(), High: math.NaN()}
	if len(x) > 0 && len(x) <= 2*exactRanks {
		e.Low, e.High = orderInterval(walsh, signedRankWays(len(x)), alpha)
	}
	return e
}

// SignedRank is Wilcoxon's test that differences are as often above as below zero:
// v sums the ranks of the positive ones by size, p is two-sided and exact for
// differences without ties (R's psignrank); zeros are left out.
func SignedRank(d []float64) (v, p float64) {
	var size []float64
	var positive []bool
	for _, x := range d {
		if x != 0 {
			size, positive = append(size, math.Abs(x)), append(positive, x > 0)
		}
	}
	doubled, _ := doubledRanks(size)
	for i, rank := range doubled {
		if positive[i] {
			v += float64(rank) / 2
		}
	}
	low, high, all := 0.0, 0.0, 0.0
	for s, w := range signedRankWays(len(size)) {
		all += w
		if float64(s) <= v {
			low += w
		}
		if float64(s) >= v {
			high += w
		}
	}
	return v, math.Min(1, 2*math.Min(low, high)/all)
}

// orderInterval is between the k-th smallest and the k-th largest of the sorted
// values, k the smallest with P(statistic <= k) >= alpha/2, and at least 1: R's
// rule. ways is the null distribution of the statistic from 0.
func orderInterval(sorted, ways []float64, alpha float64) (low, high float64) {
	all := 0.0
	for _, w := range ways {
		all += w
	}
	k, below := 0, ways[0]
	for below < alpha/2*all*(1-1e-12) {
		k++
		below += ways[k]
	}
	k = max(k, 1)
	return sorted[k-1], sorted[len(sorted)-k]
}

// rankSumWays counts the orders of m and n values without ties by U.
func rankSumWays(m, n int) []float64 {
	ways := make([][]float64, m+1)
	for k := range ways {
		ways[k] = make([]float64, m*n+1)
	}
	ways[0][0] = 1
	// Value number j of y may stand above any number of the x: each x above it adds
	// 1 to U, which counts partitions of U into at most m parts of at most n.
	for part := 1; part <= n; part++ {
		for k := 1; k <= m; k++ {
			for u := part; u <= m*n; u++ {
				ways[k][u] += ways[k-1][u-part]
			}
		}
	}
	out := make([]float64, m*n+1)
	for k := range ways {
		for u, w := range ways[k] {
			out[u] += w
		}
	}
	return out
}

// signedRankWays counts the sets of ranks 1..n by their sum.
func signedRankWays(n int) []float64 {
	ways := make([]float64, n*(n+1)/2+1)
	ways[0] = 1
	for r := 1; r <= n; r++ {
		for s := len(ways) - 1; s >= r; s-- {
			ways[s] += ways[s-r]
		}
	}
	return ways
}
