package stat

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The parameters of the search for change points.
const (
	permutations  = 999
	changeAlpha   = 0.01
	changeSegment = 5
	changeSeed    = 20140101
)

// ChangePoint is where a series changes: the first place of the later segment, with the p of its
// permutation test.
type ChangePoint struct {
	At int
	P  float64
}

// ChangePoints finds where the level or the spread of x changes, in order: the hierarchical
// divisive method with energy distances (Matteson and James 2014; exponent 1). The best split of
// all segments so far is tested against 999 permutations within the segments; the first that is not
// significant at 1 % ends the search. Segments have at least 5 values. The seed is fixed: the same
// values give the same answer.
func ChangePoints(x []float64) []ChangePoint {
	rng := rand.New(rand.NewPCG(changeSeed, uint64(len(x))))
	var found []ChangePoint
	edges := []int{0, len(x)}
	for {
		at, best := bestSplit(x, edges)
		if at < 0 {
			break
		}
		beyond := 1
		shuffled := slices.Clone(x)
		for range permutations {
			for k := 1; k < len(edges); k++ {
				segment := shuffled[edges[k-1]:edges[k]]
				rng.Shuffle(len(segment), func(i, j int) { segment[i], segment[j] = segment[j], segment[i] })
			}
			if _, q := bestSplit(shuffled, edges); q >= best {
				beyond++
			}
		}
		p := float64(beyond) / (permutations + 1)
		if p > changeAlpha {
			break
		}
		found = append(found, ChangePoint{at, p})
		edges = append(edges, at)
		slices.Sort(edges)
	}
	slices.SortFunc(found, func(a, b ChangePoint) int { return a.At - b.At })
	return found
}

// bestSplit finds the split with the largest energy statistic in any segment; at is -1 if no
// segment is long enough.
func bestSplit(x []float64, edges []int) (at int, q float64) {
	at, q = -1, math.Inf(-1)
	for k := 1; k < len(edges); k++ {
		from := edges[k-1]
		if where, value := energySplit(x[from:edges[k]]); where > 0 && value > q {
			at, q = from+where, value
		}
	}
	return at, q
}

// energySplit maximises mn/(m+n) (2 E|X-Y| - E|X-X'| - E|Y-Y'|) over the splits of
// one segment; at is 0 if it is too short. The sums are updated as the split moves.
func energySplit(x []float64) (at int, best float64) {
	n := len(x)
	best = math.Inf(-1)
	left, right, between := 0.0, 0.0, 0.0
	for i := range n {
		for j := i + 1; j < n; j++ {
			right += math.Abs(x[i] - x[j])
		}
	}
	for t := 1; t < n; t++ {
		moved := x[t-1]
		toLeft, toRight := 0.0, 0.0
		for _, v := range x[:t-1] {
			toLeft += math.Abs(v - moved)
		}
		for _, v := range x[t:] {
			toRight += math.Abs(v - moved)
		}
		left, right, between = left+toLeft, right-toRight, between-toLeft+toRight
		if t < changeSegment || n-t < changeSegment {
			continue
		}
		a, b := float64(t), float64(n-t)
		q := a * b / (a + b) * (2*between/(a*b) - 2*left/(a*(a-1)) - 2*right/(b*(b-1)))
		if q > best {
			at, best = t, q
		}
	}
	return at, best
}

// meanSegment is the shortest segment between two changes of the mean: a single outlier is no
// change of level.
const meanSegment = 2

// madQuartile times sigma is the median absolute deviation of normal values.
const madQuartile = 0.6744897501960817

// MeanChanges finds the places at which the mean of x changes. It minimises, exactly, the squared
// deviations within segments plus a penalty for each change.
func MeanChanges(x []float64) []int {
	n := len(x)
	sigma := differenceSigma(x)
	if !(sigma > 0) {
		return nil
	}
	penalty := 3 * math.Log(float64(n)) * sigma * sigma
	centre := Median(x)
	sum, squares := make([]float64, n+1), make([]float64, n+1)
	for i, v := range x {
		sum[i+1], squares[i+1] = sum[i]+v-centre, squares[i]+(v-centre)*(v-centre)
	}
	cost := func(from, to int) float64 {
		s := sum[to] - sum[from]
		return squares[to] - squares[from] - s*s/float64(to-from)
	}
	best, last := make([]float64, n+1), make([]int, n+1)
	best[0] = -penalty
	for to := 1; to <= n; to++ {
		best[to] = math.Inf(1)
	}
	candidates := []int{0}
	for to := meanSegment; to <= n; to++ {
		for _, from := range candidates {
			if v := best[from] + cost(from, to) + penalty; v < best[to] {
				best[to], last[to] = v, from
			}
		}
		candidates = slices.DeleteFunc(candidates, func(from int) bool { return best[from]+cost(from, to) > best[to] })
		if next := to - meanSegment + 1; next >= meanSegment {
			candidates = append(candidates, next)
		}
	}
	var changes []int
	for at := last[n]; at > 0; at = last[at] {
		changes = append(changes, at)
	}
	slices.Reverse(changes)
	return changes
}

// differenceSigma estimates the noise of x from its first differences: from their median deviation
// or, if more than half of them are equal, as with coarse figures, from their root mean square.
func differenceSigma(x []float64) float64 {
	d := make([]float64, len(x)-1)
	squares := 0.0
	for i := range d {
		d[i] = x[i+1] - x[i]
		squares += d[i] * d[i]
	}
	middle := Median(d)
	away := make([]float64, len(d))
	for i, v := range d {
		away[i] = math.Abs(v - middle)
	}
	if sigma := Median(away) / madQuartile / math.Sqrt2; sigma > 0 {
		return sigma
	}
	return math.Sqrt(squares/float64(len(d))) / math.Sqrt2
}
