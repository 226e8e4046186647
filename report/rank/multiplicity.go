package rank

import (
	"cmp"
	"math"
	"slices"
)

// The adjustments below take raw p values in any order and return adjusted ones
// in the same order, as R's p.adjust does. A NaN counts as 1: a comparison that
// could not be made stays in its family.

// Holm controls the chance of any false rejection: the k-th smallest p times
// m-k+1, never less than the one before (Holm 1979).
func Holm(p []float64) []float64 {
	return stepDown(p, func(k, m int) float64 { return float64(m - k + 1) })
}

// Bonferroni multiplies every p by the family's size.
func Bonferroni(p []float64) []float64 {
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = math.Min(1, orOne(v)*float64(len(p)))
	}
	return out
}

// Hochberg steps up with Holm's factors (Hochberg 1988).
func Hochberg(p []float64) []float64 {
	return stepUp(p, func(k, m int) float64 { return float64(m - k + 1) })
}

// BenjaminiHochberg controls the expected share of false ones among the
// rejections (Benjamini and Hochberg 1995).
func BenjaminiHochberg(p []float64) []float64 {
	return stepUp(p, func(k, m int) float64 { return float64(m) / float64(k) })
}

// BenjaminiYekutieli does so under any dependence (Benjamini and Yekutieli 2001).
func BenjaminiYekutieli(p []float64) []float64 {
	harmonic := 0.0
	for k := 1; k <= len(p); k++ {
		harmonic += 1 / float64(k)
	}
	return stepUp(p, func(k, m int) float64 { return harmonic * float64(m) / float64(k) })
}

// stepDown takes the running maximum of factor times p from the smallest p up.
func stepDown(p []float64, factor func(k, m int) float64) []float64 {
	out, order := make([]float64, len(p)), ascending(p)
	running := 0.0
	for k, i := range order {
		running = math.Max(running, math.Min(1, factor(k+1, len(p))*orOne(p[i])))
		out[i] = running
	}
	return out
}

// stepUp takes the running minimum from the largest p down.
func stepUp(p []float64, factor func(k, m int) float64) []float64 {
	out, order := make([]float64, len(p)), ascending(p)
	running := 1.0
	for k := len(order); k >= 1; k-- {
		i := order[k-1]
		running = math.Min(running, factor(k, len(p))*orOne(p[i]))
		out[i] = running
	}
	return out
}

// ascending is the order of p by value; equal values keep theirs.
func ascending(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(orOne(p[a]), orOne(p[b])) })
	return order
}

func orOne(p float64) float64 {
	if math.IsNaN(p) {
		return 1
	}
	return p
}
