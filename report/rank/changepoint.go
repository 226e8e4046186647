package rank

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The parameters of the search for change points.
const (
	historyPermutations = 999
	historyAlpha        = 0.01
	historySegment      = 5
	historySeed         = 20140101
)

// split is a change point: the first place of the later segment, with the p of
// its permutation test.
type split struct {
	at int
	p  float64
}

// changePoints finds where the level or the spread of x changes, in order: the
// hierarchical divisive method with energy distances (Matteson and James 2014;
// exponent 1). The best split of all segments so far is tested against 999
// permutations within the segments; the first that is not significant at 1 % ends
// the search. Segments have at least 5 values. The seed is fixed: the same values
// give the same answer.
func changePoints(x []float64) []split {
	rng := rand.New(rand.NewPCG(historySeed, uint64(len(x))))
	var found []split
	edges := []int{0, len(x)}
	for {
		at, best := bestSplit(x, edges)
		if at < 0 {
			break
		}
		beyond := 1
		shuffled := slices.Clone(x)
		for range historyPermutations {
			for k := 1; k < len(edges); k++ {
				segment := shuffled[edges[k-1]:edges[k]]
				rng.Shuffle(len(segment), func(i, j int) { segment[i], segment[j] = segment[j], segment[i] })
			}
			if _, q := bestSplit(shuffled, edges); q >= best {
				beyond++
			}
		}
		p := float64(beyond) / (historyPermutations + 1)
		if p > historyAlpha {
			break
		}
		found = append(found, split{at, p})
		edges = append(edges, at)
		slices.Sort(edges)
	}
	slices.SortFunc(found, func(a, b split) int { return a.at - b.at })
	return found
}

// bestSplit is the split of any segment with the largest energy statistic; -1
// where no segment is long enough.
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
// one segment; 0 where it is too short. Sums are moved along with the split.
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
		if t < historySegment || n-t < historySegment {
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
