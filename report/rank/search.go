package rank

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"vnettune/results/sample"
)

// SearchOptions say how an adaptive search eliminates combinations.
type SearchOptions struct {
	// Workload and Metric name what is searched for; both may be empty where the
	// samples hold one only.
	Workload, Metric string
	// First is the number of blocks before the first decision, at least 2.
	First int
	// MaxBlocks ends the search without proof; 0 is no limit.
	MaxBlocks int
}

// DefaultSearch is three blocks before the first decision and no limit.
func DefaultSearch() SearchOptions { return SearchOptions{First: 3} }

// SearchReason says why a search is over.
type SearchReason string

// The reasons; the empty one says that it goes on.
const (
	SearchGoesOn      SearchReason = ""
	SearchOneSurvivor SearchReason = "one survivor"
	// SearchClose: the survivors are equal, and noise is too small against the margin
	// for another block to matter.
	SearchClose  SearchReason = "no width left"
	SearchBudget SearchReason = "budget"
)

// SearchResult is what the blocks so far decide. It depends on the samples alone,
// so a search that was stopped goes on from its store.
type SearchResult struct {
	// DeltaLog is the margin on the scale of 100 ln.
	DeltaLog float64
	Stages   []SearchStage
	// Survivors by name, in the order of names. EliminatedAt is the number of blocks
	// that were seen when an arm was eliminated.
	Survivors    []string
	EliminatedAt map[string]int
	// Missing boots of the blocks so far must be run before the next stage can be
	// decided; with none and SearchGoesOn the next block of Survivors must be.
	Missing []MissingBoot
	Reason  SearchReason
	// Pick has the largest mean among the survivors; empty while the search goes on.
	// It is proven to be within the margin of the best unless the budget ended it,
	// and its effect must be measured on fresh boots: the largest of many is
	// flattered.
	Pick   string
	Proven bool
	// Blocks and Boots were used.
	Blocks, Boots int
}

// MissingBoot is a boot that a search waits for. Block counts from 1 in the order
// of the campaign.
type MissingBoot struct {
	Combination string
	Block       int
}

// SearchStage is one decision with its numbers; lists follow Survivors.
type SearchStage struct {
	// Blocks seen, and Survivors at the start of the stage.
	Blocks    int
	Survivors []string
	// PriorDF and PriorVariance are the moderation's.
	PriorDF, PriorVariance float64
	Variances, Moderated   []float64
	// PooledDF caps Nu, the degrees of freedom; Eta and H2 are the constants of Kim
	// and Nelson (2001).
	PooledDF    int
	Nu, Eta, H2 float64
	// SumMinusLeader is each survivor's sum minus the largest, on the scale of
	// 100 ln.
	SumMinusLeader []float64
	Eliminated     []Elimination
	// MaxWidth is the largest W among the pairs that remain; 0 ends the search.
	MaxWidth float64
}

// Elimination is one arm's end: Behind is how much its sum is below that of By,
// which exceeds Width.
type Elimination struct {
	Name, By      string
	Behind, Width float64
}

// Search decides, from the samples of an adaptive search so far, which arms
// survive: Kim and Nelson's procedure with moderated variances. The pick is within
// the margin of the best with confidence 1-alpha. Blocks are taken in the order of
// their names, as numbers where all are numbers. Boots of arms after their
// elimination, and all boots after the search's end, are not looked at.
func Search(rows []sample.Row, o Options, so SearchOptions) (SearchResult, error) {
	if err := o.validate(); err != nil {
		return SearchResult{}, err
	}
	if so.First < 2 || so.MaxBlocks != 0 && so.MaxBlocks < so.First {
		return SearchResult{}, fmt.Errorf("search: %d blocks before the first decision, at most %d in all: the first must be at least 2 and not more than the second", so.First, so.MaxBlocks)
	}
	declared, all, err := collect(rows, o)
	if err != nil {
		return SearchResult{}, err
	}
	if len(declared.names) < 2 {
		return SearchResult{}, errors.New("search: there is one combination only: nothing to search")
	}
	s, err := so.choose(all)
	if err != nil {
		return SearchResult{}, err
	}
	kn := search{
		names: declared.names, changed: declared.changed, first: so.First, limit: so.MaxBlocks, alpha: o.Alpha,
		delta: -newMargins(o.Margin, sign(s.better)).lo,
		y:     s.blockValues(len(declared.names), o, blockOrder(rows, s)),
	}
	return kn.run(), nil
}

func (so SearchOptions) choose(all []series) (series, error) {
	if len(all) == 1 && so.Workload == "" && so.Metric == "" {
		return all[0], nil
	}
	var have []string
	for _, s := range all {
		if s.workload == so.Workload && s.metric == so.Metric {
			return s, nil
		}
		have = append(have, s.workload+" "+s.metric)
	}
	return series{}, fmt.Errorf("search: no metric %q of workload %q: the samples hold %s", so.Metric, so.Workload, listed(have))
}

// blockOrder is the place of each block of s, which are numbered by their names'
// bytes, in the order of the campaign.
func blockOrder(rows []sample.Row, s series) []int {
	nameOf := make(map[string]string)
	for _, r := range rows {
		nameOf[r.Boot] = r.Block
	}
	names := make([]string, s.blocks)
	for _, b := range s.boots {
		names[b.block] = nameOf[b.name]
	}
	order := make([]int, len(names))
	numbers := make([]float64, len(names))
	numeric := true
	for i, name := range names {
		v, err := strconv.ParseFloat(name, 64)
		order[i], numbers[i], numeric = i, v, numeric && err == nil
	}
	if numeric {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(numbers[a], numbers[b]) })
	}
	place := make([]int, len(order))
	for i, b := range order {
		place[b] = i
	}
	return place
}

// blockValues is each arm's mean y in each block, NaN where no boot is usable.
func (s series) blockValues(arms int, o Options, place []int) [][]float64 {
	y := make([][]float64, s.blocks)
	n := make([][]float64, s.blocks)
	for k := range y {
		y[k], n[k] = make([]float64, arms), make([]float64, arms)
	}
	for i := range s.boots {
		b := &s.boots[i]
		if out := b.outcomeOf(sign(s.better), o); out.fate == fateOK {
			k := place[b.block]
			y[k][b.arm] += out.y
			n[k][b.arm]++
		}
	}
	for k := range y {
		for arm := range y[k] {
			if y[k][arm] /= n[k][arm]; n[k][arm] == 0 {
				y[k][arm] = math.NaN()
			}
		}
	}
	return y
}
