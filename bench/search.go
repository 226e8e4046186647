package bench

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"vnettune/matrix"
	"vnettune/report/rank"
	kn "vnettune/report/rank/search"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// SearchSpec is what an adaptive search decides by.
type SearchSpec struct {
	Workload, Metric string
	Judge            rank.Options // with the plan's baseline
}

// SearchStore is what a search decides by, and where its decisions are kept.
type SearchStore interface {
	Read() (results.Contents, error)
	Decisions() ([]results.Decision, error)
	AddDecision(d record.Decision, at time.Time) error
}

// search boots, block by block, the arms that are not yet shown to be worse, and
// then confirms its pick against the baseline on fresh boots. Nothing of it is
// remembered but what is stored: each question is answered from the store anew.
type search struct {
	plan      matrix.Plan
	spec      SearchSpec
	store     SearchStore
	now       func() time.Time
	decided   func(record.Decision) // tells of a new one
	remaining int                   // boots that it may still need at most
}

// goes is how often a slot without a ranked boot is tried: a first go, and a second
// when the rest of its block is done.
const goes = 2

// Next finds the first block of the search that lacks boots of the arms that are
// alive in it; when the search has ended, those of the confirmation.
func (s *search) Next() (*matrix.Slot, string, error) {
	seen, err := s.look()
	if err != nil {
		return nil, "", err
	}
	alive, slot, why, err := s.screened(seen)
	if slot != nil || why != "" || err != nil {
		return slot, why, err
	}
	first := s.plan.Search.Screen + 1
	alive = seen.working(s.plan, alive, first, s.plan.Search.First())
	if !slices.Contains(alive, s.plan.Baseline().Name) {
		return nil, noBaseline, nil
	}
	if slot := s.missing(seen, first, s.plan.Search.First(), alive); slot != nil {
		s.remaining += s.most(len(alive), s.plan.Search.First())
		return slot, "", nil
	}
	if len(alive) < 2 {
		return nil, "no arm but the baseline gave a number in each of the first blocks: there is nothing to search", nil
	}
	r, err := s.search(seen, alive)
	if err != nil {
		return nil, "", err
	}
	if len(r.Missing) > 0 || r.Reason == kn.GoesOn {
		slot := s.missing(seen, first, s.plan.Search.Screen+r.Blocks+1, r.Survivors)
		s.remaining += s.most(len(r.Survivors), s.plan.Search.Screen+r.Blocks+1)
		return slot, s.stuck(slot, r), nil
	}
	if r.Pick == s.plan.Baseline().Name {
		return nil, "", nil // nothing to confirm: the baseline is as good as any
	}
	last := s.plan.Search.Last() + s.plan.Search.Confirm
	return s.missing(seen, s.plan.Search.Last()+1, last, []string{s.plan.Baseline().Name, r.Pick}), "", nil
}

// newStore is what to do where a store's decisions do not follow from its boots any more.
const newStore = "give the campaign a new store"

// noBaseline ends a search early.
const noBaseline = "the baseline gave no number in a block of the search: look at its boots with vnettune report"

func (s *search) Remaining() int { return s.remaining }

// most is how many boots may come behind a block of the search where so many arms are alive in it:
// those of its other blocks, and those that confirm.
func (s *search) most(alive, block int) int {
	return max(0, s.plan.Search.Last()-block)*alive + 2*s.plan.Search.Confirm
}

// stuck says why a search that should go on has no boot to go on with.
func (s *search) stuck(slot *matrix.Slot, r kn.Result) string {
	if slot != nil {
		return ""
	}
	if len(r.Missing) > 0 {
		m := r.Missing[0]
		return fmt.Sprintf("%s gave no number in block %d, though tried again: the search cannot decide without it; start anew without that arm", m.Combination, m.Block)
	}
	return "the search has no boot to go on with"
}

// missing is the next slot of the blocks from first to last that has no ranked boot
// of one of the arms: within a block those that were never tried first, then those
// that may have another go. It counts how many remain.
func (s *search) missing(seen seen, first, last int, arms []string) *matrix.Slot {
	var fresh, again []matrix.Slot
	for _, slot := range s.plan.Slots {
		name := s.plan.Arms[slot.Arm].Name
		if slot.Block < first || slot.Block > last || !slices.Contains(arms, name) || seen.ranked[slot.Order] {
			continue
		}
		switch {
		case seen.boots[slot.Order] == 0:
			fresh = append(fresh, slot)
		case !seen.givenUp(slot.Order):
			again = append(again, slot)
		}
	}
	s.remaining = len(fresh) + len(again)
	for block := first; block <= last; block++ {
		for _, slots := range [][]matrix.Slot{fresh, again} {
			for _, slot := range slots {
				if slot.Block == block {
					s.remaining--
					return &slot
				}
			}
		}
	}
	return nil
}

// search asks the statistics, and stores each new decision before it has any
// consequence. A decision that was stored must come out again.
func (s *search) search(seen seen, alive []string) (kn.Result, error) {
	rows := seen.of(alive, s.plan.Search.Screen+1, s.plan.Search.Last())
	r, err := kn.Decide(rows, s.spec.Judge, kn.Options{Workload: s.spec.Workload, Metric: s.spec.Metric, First: matrix.FirstBlocks, MaxBlocks: s.plan.Search.Blocks})
	if err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	var best []string
	if r.Reason == kn.Budget {
		if best, err = s.mayBeBest(rows); err != nil {
			return r, err
		}
	}
	before := s.plan.Search.Screen // decisions of the screen
	stored, err := s.store.Decisions()
	if err != nil {
		return r, err
	}
	for i, d := range r.Stages {
		d.Blocks, d.Screened = d.Blocks+s.plan.Search.Screen, s.plan.Search.Screen > 0
		if d.Ended == string(kn.Budget) {
			d.MayBeBest = best
		}
		if err := s.decide(d, stored, before+i); err != nil {
			return r, err
		}
	}
	if len(stored) > before+len(r.Stages) {
		return r, trouble.Hint(fmt.Errorf("search: the store has decisions up to block %d, its boots only carry them to block %d: were boots excluded since?",
			stored[len(stored)-1].Blocks, s.plan.Search.Screen+r.Blocks), newStore)
	}
	return r, nil
}

// decide stores decision number i, or checks it against the one that is stored.
func (s *search) decide(d record.Decision, stored []results.Decision, i int) error {
	if i < len(stored) {
		return agrees(d, stored[i].Decision)
	}
	if err := s.store.AddDecision(d, s.now()); err != nil {
		return err
	}
	s.decided(d)
	return nil
}

// mayBeBest names the arms that may be the best by all boots of the search (Hsu):
// all that can be said when the budget ended it.
func (s *search) mayBeBest(rows []sample.Row) ([]string, error) {
	ranking, err := rank.Analyze(slices.DeleteFunc(slices.Clone(rows), func(row sample.Row) bool {
		return row.Workload != s.spec.Workload || row.Metric != s.spec.Metric
	}), s.spec.Judge)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return ranking.Analyses[0].BestSet, nil
}

// seen is what the store holds, by the order of the slots.
type seen struct {
	rows    []sample.Row
	ranked  map[int]bool // with a number for what the search decides by
	boots   map[int]int
	refused map[int]bool // a boot was not in effect: trying again does not help
}

// look reads the store.
func (s *search) look() (seen, error) {
	out := seen{ranked: map[int]bool{}, boots: map[int]int{}, refused: map[int]bool{}}
	kept, err := s.store.Read()
	if err != nil {
		return out, err
	}
	order := map[string]int{}
	for _, b := range kept.Boots {
		order[b.ID] = b.Order
		out.boots[b.Order]++
		out.refused[b.Order] = out.refused[b.Order] || b.Status == sample.StatusNotInEffect
	}
	if len(kept.Boots) == 0 {
		return out, nil
	}
	if out.rows, err = kept.Samples(); err != nil {
		return out, err
	}
	for _, r := range out.rows {
		if r.Workload == s.spec.Workload && r.Metric == s.spec.Metric && r.Ranked() && r.HasValue && r.Value > 0 {
			out.ranked[order[r.Boot]] = true
		}
	}
	return out, nil
}

// givenUp says whether a slot is not tried again.
func (s seen) givenUp(order int) bool {
	return !s.ranked[order] && (s.refused[order] || s.boots[order] >= goes*attempts)
}

// of is the rows of some arms in the blocks from first to last.
func (s seen) of(arms []string, first, last int) []sample.Row {
	var rows []sample.Row
	for _, r := range s.rows {
		if block, err := strconv.Atoi(r.Block); err == nil && block >= first && block <= last && slices.Contains(arms, r.Combination) {
			rows = append(rows, r)
		}
	}
	return rows
}

// working names those of the arms that may be decided about: an arm without a number
// in one of the blocks from first to last, tried again, is out before the first
// decision that rests on them.
func (s seen) working(p matrix.Plan, arms []string, first, last int) []string {
	out := map[string]bool{}
	for _, slot := range p.Slots {
		if slot.Block >= first && slot.Block <= last && s.givenUp(slot.Order) {
			out[p.Arms[slot.Arm].Name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(arms), func(name string) bool { return out[name] })
}

var _, _ Schedule = (*fixedPlan)(nil), (*search)(nil)
