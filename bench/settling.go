package bench

import (
	"time"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
)

// SettleJudge decides at a look which arms are settled; report/stored makes one.
type SettleJudge interface {
	// Settled names the arms that are settled by the boots of the look's blocks, and were not before.
	Settled(kept results.Contents, look int) ([]record.SettledArm, error)
}

// SettleStore is what a plan in which arms settle is asked from, and where its decisions are kept.
type SettleStore interface {
	Read() (results.Contents, error)
	AddSettleDecision(d record.SettleDecision, at time.Time) error
}

// settling walks a plan in its order, and asks at the end of each look's last block but the last which arms
// are settled: their later slots are passed by. Like a search it remembers nothing but what is stored.
type settling struct {
	plan    matrix.Plan
	judge   SettleJudge
	store   SettleStore
	now     func() time.Time
	decided func(record.SettleDecision) // tells of a new one

	todo fixedPlan // of the slots that are left
}

// take settles which slots are left.
func (s *settling) take(kept results.Contents) {
	left, settled := s.plan, kept.Settled()
	left.Slots = nil
	for _, slot := range s.plan.Slots {
		if !s.plan.AfterSettling(settled, slot) {
			left.Slots = append(left.Slots, slot)
		}
	}
	s.todo = *newFixedPlan(left, kept.Boots)
}

func (s *settling) Next() (*matrix.Slot, string, error) {
	for {
		kept, err := s.store.Read()
		if err != nil {
			return nil, "", err
		}
		s.take(kept)
		due, err := s.due(kept)
		if err != nil {
			return nil, "", err
		}
		if due == nil {
			return s.todo.Next()
		}
		if err := s.store.AddSettleDecision(*due, s.now()); err != nil {
			return nil, "", err
		}
		s.decided(*due)
	}
}

// due is the decision of the next look whose blocks are over; nil for none. At the last look, the end, there is
// nothing to decide.
func (s *settling) due(kept results.Contents) (*record.SettleDecision, error) {
	asked := map[int]bool{}
	for _, d := range kept.Settling {
		asked[d.Look] = true
	}
	of := len(s.plan.Looks)
	for k, block := range s.plan.Looks[:of-1] {
		switch {
		case asked[k+1]:
			continue
		case len(s.todo.todo) == 0 || s.todo.todo[0].Block <= block:
			return nil, nil
		}
		settled, err := s.judge.Settled(kept, k+1)
		return &record.SettleDecision{Look: k + 1, Of: of, Blocks: block, Settled: settled}, err
	}
	return nil, nil
}

func (s *settling) Remaining() int { return s.todo.Remaining() }

var _ Schedule = (*settling)(nil)
