package bench

import (
	"slices"
	"time"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// SwitchJudge decides by what a campaign that switches within boots has measured; report/stored makes one.
type SwitchJudge interface {
	// FellBack names the arms that are not the same after a switch as after a reboot, by one of so many looks.
	FellBack(kept results.Contents, look, of int) ([]record.FellBack, error)
	// Best names the single best arm by switching, and the number of blocks that confirm it; "" for none.
	Best(kept results.Contents) (arm string, blocks int, err error)
}

// SwitchStore is what a plan that switches is asked from, and where its decisions are kept.
type SwitchStore interface {
	Read() (results.Contents, error)
	AddSwitchDecision(d record.SwitchDecision, at time.Time) error
}

// switched walks a plan that switches within boots: every stint and boot that is not over, in the plan's
// order. After each rotation of the arms from the second on it asks the bridge which arms fall back, and at
// the end which arm is to be confirmed. Like a search it remembers nothing but what is stored.
type switched struct {
	plan    matrix.Plan
	judge   SwitchJudge
	store   SwitchStore
	now     func() time.Time
	decided func(record.SwitchDecision) // tells of a new one

	slots []matrix.Slot // those that are due, as far as it is decided
	over  map[int]bool  // by order: measured, set aside, or tried in vain
	// booted are the boots that began in the arm of a slot which is not the plan's first of its boot, by order.
	booted map[int]string
	// force is the arm that the last stint left in force in a boot of the plan; one that is tried again leaves none.
	force map[int]int
	last  int // index of the slot that Next gave last
}

func (s *switched) Next() (*matrix.Slot, string, error) {
	for {
		kept, err := s.store.Read()
		if err != nil {
			return nil, "", err
		}
		s.look(kept)
		s.last = s.first()
		var next *matrix.Slot
		if s.last >= 0 {
			next = &s.slots[s.last]
		}
		due, err := s.due(kept, next)
		if err != nil {
			return nil, "", err
		}
		if due == nil {
			if next == nil {
				return nil, "", nil
			}
			slot := *next
			return &slot, "", nil
		}
		if err := s.store.AddSwitchDecision(*due, s.now()); err != nil {
			return nil, "", err
		}
		if s.decided != nil {
			s.decided(*due)
		}
	}
}

// due is the next decision that the stored boots ask for before the next slot; nil for none.
func (s *switched) due(kept results.Contents, next *matrix.Slot) (*record.SwitchDecision, error) {
	sw := *s.plan.Switch
	done := sw.Last() // blocks that are over
	if next != nil {
		done = min(done, next.Block-1)
	}
	asked := map[int]bool{}
	for _, d := range kept.Switching {
		asked[d.Look] = true
	}
	of := sw.Looks()
	for look := 1; look < of; look++ {
		block := (look + 1) * sw.Rotation()
		if block > done || asked[look] {
			continue
		}
		fell, err := s.judge.FellBack(upTo(kept, block), look, of)
		return &record.SwitchDecision{Blocks: block, Look: look, Of: of, FellBack: fell}, err
	}
	confirms := slices.ContainsFunc(s.plan.Slots, func(x matrix.Slot) bool { return x.Only == matrix.OnConfirm })
	if done < sw.Last() || asked[0] || !confirms || next != nil && next.Block <= sw.Last() {
		return nil, nil
	}
	pick, blocks, err := s.judge.Best(upTo(kept, sw.Last()))
	return &record.SwitchDecision{Blocks: sw.Last(), Pick: pick, Confirm: blocks}, err
}

// upTo is what is stored of the blocks up to one.
func upTo(kept results.Contents, block int) results.Contents {
	kept.Boots = slices.DeleteFunc(slices.Clone(kept.Boots), func(b results.Boot) bool { return b.Block > block })
	return kept
}

// look settles which slots are due and which of them are over. A slot is over, too, that could only follow its own
// arm: nothing else is left to be measured in its boot from which the guest could be switched back.
func (s *switched) look(kept results.Contents) {
	s.slots, s.over, s.booted, s.force = s.plan.Due(kept.Decided()), map[int]bool{}, map[int]string{}, map[int]int{}
	failed := map[int]int{}
	for _, b := range kept.Boots {
		switch {
		case b.Status == sample.StatusOK && b.Stint == 1 && s.plan.FirstSlot(b.Order) != b.Order:
			s.booted[b.Order] = b.In
		case b.Status == sample.StatusOK, b.Status == sample.StatusNotInEffect:
			s.over[b.Order] = true
		default:
			failed[b.Order]++
			s.over[b.Order] = s.over[b.Order] || failed[b.Order] >= attempts
		}
	}
	for _, b := range kept.Boots {
		if b.Stint > 0 && (s.over[b.Order] || s.booted[b.Order] != "") {
			slot := s.plan.Slots[b.Order-1]
			s.force[slot.Boot] = slot.Arm
		}
	}
	for boot := range s.force {
		open := s.open(boot)
		if len(open) == 0 {
			continue
		}
		next := s.inOrder(open)
		for _, x := range open {
			if !slices.Contains(next, x) {
				s.over[x.Order] = true
			}
		}
	}
}

// open are the slots of a boot of the plan that are not over, those that its boot began in last: a boot may begin in
// the arm of another slot than the plan's first, after one that ended in its middle or where the first one's arm fell
// back, and that arm is switched to when the others were, since the stint after a reboot is the bridge's.
func (s *switched) open(boot int) []matrix.Slot {
	var fresh, booted []matrix.Slot
	for _, x := range s.slots {
		switch {
		case x.Boot != boot || s.over[x.Order]:
		case s.booted[x.Order] != "":
			booted = append(booted, x)
		default:
			fresh = append(fresh, x)
		}
	}
	return append(fresh, booted...)
}

// inOrder puts open slots of a boot into the order in which they come, where none follows its own arm.
func (s *switched) inOrder(open []matrix.Slot) []matrix.Slot {
	before, begun := s.force[open[0].Boot]
	if !begun {
		before = -1
	}
	return matrix.Apart(open, before)
}

// first is the index of the slot that comes next, -1 for none.
func (s *switched) first() int {
	at := slices.IndexFunc(s.slots, func(x matrix.Slot) bool { return !s.over[x.Order] })
	if at < 0 || s.slots[at].Boot == 0 {
		return at
	}
	return slices.Index(s.slots, s.inOrder(s.open(s.slots[at].Boot))[0])
}

// blocks is the number of blocks, as far as it is decided.
func (s *switched) blocks() int {
	last := 0
	for _, x := range s.slots {
		last = max(last, x.Block)
	}
	return last
}

func (s *switched) Remaining() int {
	n := 0
	for i, x := range s.slots {
		if i != s.last && !s.over[x.Order] {
			n++
		}
	}
	return n
}

// place is a slot's number among the boots and among the stints of its boot, and how many there are as far as it is decided.
func (s *switched) place(slot matrix.Slot) (boot, boots, stint, stints int) {
	return matrix.Place(s.slots, slot)
}

var _ Schedule = (*switched)(nil)
