package contrast

import (
	"encoding/binary"
	"math"
	"slices"

	"vnettune/report/stat"
)

// negligible is the share of the largest squared weight below which an arm has no weight in a
// contrast.
const negligible = 1e-12

// patterns are the sets of blocks in which arms have boots. How the boots are weighed in a contrast
// of two arms depends on their patterns alone, and most arms of a campaign share one, so that the
// weights of all its pairs are found a few times.
type patterns struct {
	fit     *stat.Fit
	of      []int   // the pattern of each arm
	members [][]int // the arms of each pattern
	known   map[[2]int]*weights
	groups  []group // sums over the arms of each pattern
	// for one pair at a time
	arms, at []int
	by       []float64
}

// weights are the squared weights, summed over an arm's boots, in the contrast of an arm of one
// pattern with an arm of another: of the two, and of any further arm by its pattern.
type weights struct {
	first, second float64
	weighty       []int     // the patterns whose other arms have weight
	others        []float64 // the weight of each of those arms, by its place in weighty
}

func newPatterns(f *stat.Fit) *patterns {
	p := &patterns{fit: f, of: make([]int, f.Arms), known: make(map[[2]int]*weights)}
	blocks := make([][]int, f.Arms)
	for b, rows := range f.Blocks {
		for _, r := range rows {
			blocks[f.Obs[r].Arm] = append(blocks[f.Obs[r].Arm], b)
		}
	}
	number := make(map[string]int)
	var key []byte
	for arm, of := range blocks {
		key = key[:0]
		for _, b := range of {
			key = binary.AppendUvarint(key, uint64(b))
		}
		n, ok := number[string(key)]
		if !ok {
			n = len(p.members)
			number[string(key)] = n
			p.members = append(p.members, nil)
		}
		p.of[arm] = n
		p.members[n] = append(p.members[n], arm)
	}
	return p
}

// sums are what the weights of a contrast come to: sums over arms of the squared weights A, alone, times
// a variance of each arm, times its own variance, and of the squares of that over the arm's degrees of
// freedom, of which fewest is the least. few: an arm with weight has none.
type sums struct {
	plain, variance, raw, squares, fewest float64
	few                                   bool
}

func (s *sums) add(a, variance, v, d float64) {
	s.plain += a
	s.variance += a * variance
	if d == 0 {
		s.few = true
		return
	}
	s.raw += a * v
	s.squares += a * v * a * v / d
	s.fewest = math.Min(s.fewest, d)
}

// group is the arms of a pattern, in sums.
type group struct{ variance, raw, squares, fewest, count, few float64 }

// contrast sums over the arms that have weight in the contrast of arms i and j; variance is that of
// each arm, own that of i and j.
func (p *patterns) contrast(i, j int, variance []float64, own func(int) float64) sums {
	if p.fit.Covariates() > 0 {
		return p.single(i, j, variance, own)
	}
	w := p.weights(i, j)
	s := sums{fewest: math.Inf(1)}
	s.add(w.first, own(i), p.fit.V[i], p.fit.D[i])
	s.add(w.second, own(j), p.fit.V[j], p.fit.D[j])
	for at, n := range w.weighty {
		a, g := w.others[at], p.groups[n]
		if p.of[i] == n || p.of[j] == n {
			// One of the two is among them: the rest is summed, since a difference of sums would
			// lose what is small beside it.
			for _, arm := range p.members[n] {
				if arm != i && arm != j {
					s.add(a, variance[arm], p.fit.V[arm], p.fit.D[arm])
				}
			}
			continue
		}
		s.plain += a * g.count
		s.variance += a * g.variance
		s.raw += a * g.raw
		s.squares += a * a * g.squares
		s.fewest = math.Min(s.fewest, g.fewest)
		s.few = s.few || g.few > 0
	}
	return s
}

// single is contrast where covariates give every arm weights of its own.
func (p *patterns) single(i, j int, variance []float64, own func(int) float64) sums {
	p.by = slices.Grow(p.by[:0], p.fit.Arms)[:p.fit.Arms]
	p.fit.SquaredWeights(i, j, p.by)
	largest := slices.Max(p.by)
	s := sums{fewest: math.Inf(1)}
	for arm, a := range p.by {
		switch {
		case arm == i || arm == j:
			s.add(a, own(arm), p.fit.V[arm], p.fit.D[arm])
		case a > negligible*largest:
			s.add(a, variance[arm], p.fit.V[arm], p.fit.D[arm])
		}
	}
	return s
}

// sum prepares the sums over the arms of each pattern.
func (p *patterns) sum(variance []float64) {
	p.groups = make([]group, len(p.members))
	for n, arms := range p.members {
		g := group{fewest: math.Inf(1)}
		for _, arm := range arms {
			g.count++
			g.variance += variance[arm]
			if p.fit.D[arm] == 0 {
				g.few++
				continue
			}
			g.raw += p.fit.V[arm]
			g.squares += p.fit.V[arm] * p.fit.V[arm] / p.fit.D[arm]
			g.fewest = math.Min(g.fewest, p.fit.D[arm])
		}
		p.groups[n] = g
	}
}

// manyPatterns is the number of patterns from which on their pairs are not remembered: then hardly two
// arms share one.
const manyPatterns = 100

// weights are those of a pair of patterns, found once.
func (p *patterns) weights(i, j int) *weights {
	key := [2]int{p.of[i], p.of[j]}
	if w := p.known[key]; w != nil {
		return w
	}
	w := new(weights)
	if len(p.members) <= manyPatterns {
		p.known[key] = w
	}
	if p.of[i] == p.of[j] { // the blocks cancel
		w.first, w.second = 1/float64(p.fit.N[i]), 1/float64(p.fit.N[j])
		return w
	}
	p.arms, p.at = append(p.arms[:0], i, j), append(p.at[:0], -1, -1)
	for n, members := range p.members {
		if k := slices.IndexFunc(members, func(arm int) bool { return arm != i && arm != j }); k >= 0 && p.fit.N[members[k]] > 0 && p.fit.Part[members[k]] == p.fit.Part[i] {
			p.arms, p.at = append(p.arms, members[k]), append(p.at, n)
		}
	}
	p.by = slices.Grow(p.by[:0], len(p.arms))[:len(p.arms)]
	arms, at, by := p.arms, p.at, p.by
	p.fit.SquaresOf(i, j, arms, by)
	w.first, w.second = by[0], by[1]
	largest := slices.Max(by)
	for k := 2; k < len(by); k++ {
		if by[k] > negligible*largest {
			w.weighty, w.others = append(w.weighty, at[k]), append(w.others, by[k])
		}
	}
	return w
}
