package bench

import (
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/sample"
)

// Schedule says which boot comes next. It reads what was measured from the store,
// so that it goes on where an earlier session stopped.
type Schedule interface {
	// Next is the slot that comes next; nil when the campaign is over, where why tells
	// what ended it early, "" at its proper end. Every slot it gives is booted, and
	// stored, before it is asked again.
	Next() (slot *matrix.Slot, why string, err error)
	// Remaining is the number of boots still to come behind the one that Next gave last; of
	// a search the most that there may be.
	Remaining() int
}

// fixedPlan boots every slot of the plan that is not done, in its order. A slot is
// done with a boot that did not fail, or when all its attempts failed.
type fixedPlan struct{ todo []matrix.Slot }

func newFixedPlan(p matrix.Plan, stored []results.Boot) *fixedPlan {
	done := map[int]int{}
	for _, b := range stored {
		done[b.Order]++
		if b.Status == sample.StatusOK || b.Status == sample.StatusNotInEffect {
			done[b.Order] = attempts
		}
	}
	f := &fixedPlan{}
	for _, s := range p.Slots {
		if done[s.Order] < attempts {
			f.todo = append(f.todo, s)
		}
	}
	return f
}

func (f *fixedPlan) Next() (*matrix.Slot, string, error) {
	if len(f.todo) == 0 {
		return nil, "", nil
	}
	next := f.todo[0]
	f.todo = f.todo[1:]
	return &next, "", nil
}

func (f *fixedPlan) Remaining() int { return len(f.todo) }
