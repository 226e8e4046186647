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
	scratch []float64
}

// weights are the squared weights, summed over an arm's boots, in the contrast of an arm of one
// pattern with an arm of another: of the two, and of any further arm by its pattern.
type weights struct {
	first, second float64
	others        []float64 // by pattern
	any           bool      // an other arm has weight
}

func newPatterns(f *stat.Fit) *patterns {
	p := &patterns{fit: f, of: make([]int, f.Arms), known: make(map[[2]int]*weights), scratch: make([]float64, f.Arms)}
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

// visit calls with every arm that has weight in the contrast of arms i and j, and its squared
// weights.
func (p *patterns) visit(i, j int, call func(arm int, a float64)) {
	w := p.weights(i, j)
	call(i, w.first)
	call(j, w.second)
	if !w.any {
		return
	}
	for n, a := range w.others {
		if a == 0 {
			continue
		}
		for _, arm := range p.members[n] {
			if arm != i && arm != j {
				call(arm, a)
			}
		}
	}
}

func (p *patterns) weights(i, j int) *weights {
	key := [2]int{p.of[i], p.of[j]}
	if w := p.known[key]; w != nil {
		return w
	}
	p.fit.SquaredWeights(i, j, p.scratch)
	w := &weights{first: p.scratch[i], second: p.scratch[j], others: make([]float64, len(p.members))}
	largest := math.Max(w.first, w.second)
	for n, arms := range p.members {
		if k := slices.IndexFunc(arms, func(arm int) bool { return arm != i && arm != j }); k >= 0 {
			w.others[n] = p.scratch[arms[k]]
			largest = math.Max(largest, w.others[n])
		}
	}
	for n, a := range w.others {
		if a <= negligible*largest {
			w.others[n] = 0
		} else {
			w.any = true
		}
	}
	p.known[key] = w
	return w
}
