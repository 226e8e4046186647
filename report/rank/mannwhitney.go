package rank

import (
	"cmp"
	"math"
	"slices"
)

// exactRanks is the largest size of a sample for which the null distribution of
// the rank sum is enumerated.
const exactRanks = 25

// RankTest is Mann and Whitney's test of two samples.
type RankTest struct {
	// U counts the pairs with x above y, ties as one half.
	U float64
	// Ties: some values are equal, and mid-ranks are used.
	Ties bool
	// P is two-sided: exact, given the values that are tied, while both samples have
	// at most 25 values, else PNormalCorrected. Exact says which.
	P     float64
	Exact bool
	// PTwiceTail is twice the smaller exact tail; it differs from P under ties.
	PTwiceTail float64
	// PNormalCorrected and PNormal are the normal approximation with the variance
	// corrected for ties, with and without the correction for continuity.
	PNormalCorrected, PNormal float64
}

// MannWhitney tests whether x tends to be above or below y. With an empty sample
// every p is NaN. Values must not be NaN. With few values it cannot reject: of 3
// and 3 the smallest p is 0.1.
//
// The exact null distribution is counted by dynamic programming over the doubled
// mid-ranks (Mann and Whitney 1947; Streitberg and Röhmel 1986 for ties).
func MannWhitney(x, y []float64) RankTest {
	nan := math.NaN()
	r := RankTest{U: nan, P: nan, PTwiceTail: nan, PNormalCorrected: nan, PNormal: nan}
	m, n := len(x), len(y)
	if m == 0 || n == 0 {
		return r
	}
	doubled, cubes := doubledRanks(slices.Concat(x, y))
	sum := 0
	for _, rank := range doubled[:m] {
		sum += rank
	}
	r.Ties = cubes > 0
	r.U = float64(sum)/2 - float64(m*(m+1))/2
	r.normal(float64(m), float64(n), cubes)
	r.P = r.PNormalCorrected
	if m <= exactRanks && n <= exactRanks {
		r.Exact = true
		r.P, r.PTwiceTail = exactRankSum(doubled, m, sum)
	}
	return r
}

// normal sets the approximations; cubes is the sum of t^3-t over groups of ties.
func (r *RankTest) normal(m, n, cubes float64) {
	total := m + n
	sd := math.Sqrt(m * n / 12 * (total + 1 - cubes/(total*(total-1))))
	away := math.Abs(r.U - m*n/2)
	if sd == 0 {
		r.PNormal, r.PNormalCorrected = 1, 1
		return
	}
	r.PNormal = 2 * normalUpper(away/sd)
	r.PNormalCorrected = math.Min(1, 2*normalUpper((away-math.Min(0.5, away))/sd))
}

// doubledRanks is twice the mid-rank of every value, and the sum of t^3-t over
// groups of t equal values.
func doubledRanks(values []float64) (ranks []int, cubes float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks = make([]int, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + 1 + to
		}
		t := float64(to - from)
		cubes += t*t*t - t
		from = to
	}
	return ranks, cubes
}

// exactRankSum counts the choices of m of the ranks by their sum, and returns the
// share at least as far from the middle as sum, and twice the smaller tail.
func exactRankSum(ranks []int, m, sum int) (far, twice float64) {
	total := 0
	for _, r := range ranks {
		total += r
	}
	ways := make([][]float64, m+1) // by number chosen and sum
	for k := range ways {
		ways[k] = make([]float64, total+1)
	}
	ways[0][0] = 1
	for _, r := range ranks {
		for k := m; k >= 1; k-- {
			for s := total; s >= r; s-- {
				ways[k][s] += ways[k-1][s-r]
			}
		}
	}
	all, low, high, away := 0.0, 0.0, 0.0, 0.0
	size := len(ranks)
	distance := abs(size*sum - m*total) // from the mean, times the size
	for s, w := range ways[m] {
		all += w
		if s <= sum {
			low += w
		}
		if s >= sum {
			high += w
		}
		if abs(size*s-m*total) >= distance {
			away += w
		}
	}
	return away / all, math.Min(1, 2*math.Min(low, high)/all)
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
