package bench

import (
	"fmt"
	"time"

	"vnettune/matrix"
)

// budget is the time of a session, of which whole blocks are made.
type budget struct {
	limit   time.Duration // of the session, the restore included; 0 is as long as it takes
	block   int           // that is being made; 0 before the first
	began   time.Time     // of that block
	longest time.Duration // that a block of this session took
}

// holds says why the budget does not hold the block that a slot begins; "" where it does, and within a block. Until
// a block of the session is over the estimate of the plan stands for one, and a boot's time for the restore.
func (b *budget) holds(s *session, slot matrix.Slot, now time.Time) string {
	if b.limit == 0 || slot.Block == b.block {
		return ""
	}
	if b.block > 0 {
		b.longest = max(b.longest, now.Sub(b.began))
	}
	boot := s.progress.boot(s.spec.BootTime)
	block := max(b.longest, boot*time.Duration(s.slotsIn(slot.Block)))
	spent := now.Sub(s.started)
	if spent+block+boot > b.limit {
		if b.block == 0 {
			return fmt.Sprintf("the budget of %s holds no block: one takes about %s, and putting the originals back about %s", b.limit, rounded(block), rounded(boot))
		}
		return fmt.Sprintf("the budget of %s is used: %s are over, and block %d takes about %s", b.limit, rounded(spent), slot.Block, rounded(block+boot))
	}
	b.block, b.began = slot.Block, now
	return ""
}

// slotsIn is how many boots or stints a block has at most.
func (s *session) slotsIn(block int) int {
	slots := s.spec.Plan.Slots
	if sw, ok := s.schedule.(*switched); ok {
		slots = sw.slots
	}
	n := 0
	for _, x := range slots {
		if x.Block == block {
			n++
		}
	}
	return n
}

// rounded is a time in words, to the second.
func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
