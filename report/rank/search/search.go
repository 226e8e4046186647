package search

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Options say how an adaptive search eliminates combinations.
type Options struct {
	// Workload and Metric name what is searched for; both may be empty if the
	// samples hold one only.
	Workload, Metric string
	// First is the number of blocks before the first decision, at least 2.
	First int
	// MaxBlocks ends the search without proof; 0 is no limit.
	MaxBlocks int
}

// Reason says why a search is over.
type Reason string

// The reasons; the empty one says that it goes on.
const (
	GoesOn      Reason = ""
	OneSurvivor Reason = "one survivor"
	// Close: the survivors are equal, and noise is too small against the margin
	// for another block to matter.
	Close  Reason = "no width left"
	Budget Reason = "budget"
)

// Result is what the blocks so far decide. It depends on the samples alone,
// so a search that was stopped goes on from its store.
type Result struct {
	// Delta is the margin on the scale of y.
	Delta float64
	// Stages are the decisions, one after each block from the first that has one; the
	// last says how the search ended.
	Stages []record.Decision
	// Survivors by name, in the order of names. EliminatedAt is the number of blocks
	// that were seen when an arm was eliminated.
	Survivors    []string
	EliminatedAt map[string]int
	// Missing boots of the blocks so far must be run before the next stage can be
	// decided; with none and GoesOn the next block of Survivors must be.
	Missing []MissingBoot
	Reason  Reason
	// Pick has the largest mean among the survivors; empty while the search goes on. It is proven
	// to be within the margin of the best unless the budget ended it, and its effect must be
	// measured on fresh boots: the largest of many is flattered.
	Pick   string
	Proven bool
	// Blocks and Boots are how many were used.
	Blocks, Boots int
}

// MissingBoot is a boot that a search waits for. Block counts from 1 in the order of the campaign.
type MissingBoot struct {
	Combination string
	Block       int
}

// Decide says, from the samples of an adaptive search so far, which arms survive: Kim and Nelson's
// procedure with moderated variances. The pick is within the margin of the best with confidence
// 1-alpha. Blocks are taken in the order of their names, as numbers where all are numbers. Boots of
// arms after their elimination, and all boots after the search's end, are not looked at.
func Decide(rows []sample.Row, o rank.Options, so Options) (Result, error) {
	if err := o.Check(); err != nil {
		return Result{}, err
	}
	if so.First < 2 || so.MaxBlocks != 0 && so.MaxBlocks < so.First {
		return Result{}, fmt.Errorf("search: %d blocks before the first decision, at most %d in all: the first must be at least 2 and not more than the second", so.First, so.MaxBlocks)
	}
	c, err := boots.Group(made(rows), o.Baseline, o.ScaleOf)
	if err != nil {
		return Result{}, err
	}
	if len(c.Arms.Names) < 2 {
		return Result{}, errors.New("search: there is one combination only: nothing to search")
	}
	s, err := choose(c.Series, boots.Key{Workload: so.Workload, Metric: so.Metric})
	if err != nil {
		return Result{}, err
	}
	margin := o.MarginOf(s.Metric, s.Unit)
	if math.IsNaN(margin) {
		return Result{}, fmt.Errorf("search: %s has no margin, so that nothing says when two combinations are alike: give it one in margins", s.Metric)
	}
	y := blockValues(s, len(s.Arms.Names), blockOrder(s.Blocks))
	low, _ := s.Margins(margin)
	var values []stat.Observation
	for _, b := range s.Boots {
		values = append(values, stat.Observation{Y: b.Y})
	}
	kn := search{
		names: s.Arms.Names, changed: s.Arms.Changed, first: so.First, limit: so.MaxBlocks, alpha: o.Alpha,
		delta: -low, resolution: s.Resolution(values), y: y,
	}
	return kn.run(), nil
}

// made leaves out the boots that were never made, which say nothing to a search, and takes the
// search's own for ranked ones.
func made(rows []sample.Row) []sample.Row {
	return slices.DeleteFunc(boots.AsRanked(rows), func(r sample.Row) bool { return r.Status == sample.StatusNotRun })
}

// choose is the series with the key; without one, the only series.
func choose(all []boots.Series, key boots.Key) (*boots.Series, error) {
	if len(all) == 1 && key == (boots.Key{}) {
		return &all[0], nil
	}
	var have []string
	for i, s := range all {
		if s.Key == key {
			return &all[i], nil
		}
		have = append(have, s.Workload+" "+s.Metric)
	}
	return nil, fmt.Errorf("search: no metric %q of workload %q: the samples hold %s", key.Metric, key.Workload, boots.Listed(have))
}

// blockOrder is the place of each named block in the order of the campaign.
func blockOrder(names []string) []int {
	order := make([]int, len(names))
	values := make([]float64, len(names))
	numeric := true
	for i, name := range names {
		v, err := strconv.ParseFloat(name, 64)
		order[i], values[i], numeric = i, v, numeric && err == nil
	}
	if numeric {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	}
	place := make([]int, len(order))
	for i, b := range order {
		place[b] = i
	}
	return place
}

// blockValues is each arm's mean y in each block, NaN if no boot is usable.
func blockValues(s *boots.Series, arms int, place []int) [][]float64 {
	y := make([][]float64, len(s.Blocks))
	n := make([][]float64, len(s.Blocks))
	for k := range y {
		y[k], n[k] = make([]float64, arms), make([]float64, arms)
	}
	for _, b := range s.Boots {
		if b.Fate == boots.OK {
			k := place[b.Block]
			y[k][b.Arm] += b.Y
			n[k][b.Arm]++
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
