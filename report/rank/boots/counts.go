package boots

import (
	"maps"
	"slices"
)

// ClassAllZero is the failure class of a boot that measured nothing but zero.
const ClassAllZero = "all_zero"

// Counts is what became of the boots of an arm.
type Counts struct {
	// OK boots are ranked.
	OK int `json:"ok"`
	// Failed boots have no usable repetition. NotInEffect and Excluded boots are
	// never ranked whatever they measured.
	Failed      int `json:"failed"`
	NotInEffect int `json:"not_in_effect"`
	Excluded    int `json:"excluded"`
	// Lost boots were ended by the harness's own doing, which says nothing about the arm.
	Lost int `json:"lost"`
	// Planned boots, made or not.
	Planned int `json:"planned"`
}

// Tried is the number of boots that could have failed: those that are ranked or did.
func (c Counts) Tried() int { return c.OK + c.Failed }

// Made is the number of boots that were made and say something about the arm, ranked or not.
func (c Counts) Made() int { return c.OK + c.Failed + c.NotInEffect + c.Excluded }

// FailureCount is how often one failure class occurred in an arm.
type FailureCount struct {
	Class string `json:"class"`
	// Boots with that class, and repetitions lost to it.
	Boots       int `json:"boots"`
	Repetitions int `json:"repetitions"`
}

// Tally is what became of an arm's boots.
type Tally struct {
	Counts   Counts
	Failures []FailureCount
	Stalled  []string // boots with a zero repetition
	// RepsLost counts failed repetitions of boots that did not fail as a whole.
	RepsLost int
	// Missing is the share of planned boots that are not ranked, from 0 to 1.
	Missing float64
	// NeverMade: boots were planned, and none was made that says anything about the arm.
	NeverMade bool
}

// Tallies counts the boots of each arm.
func (s *Series) Tallies() []Tally {
	out := make([]Tally, len(s.Arms.Names))
	classes := make([]map[string]FailureCount, len(out))
	for i := range classes {
		classes[i] = make(map[string]FailureCount)
	}
	for _, b := range s.Boots {
		t := &out[b.Arm]
		t.add(b)
		failed := b.Fate == Failed || b.Fate == AllZero || b.Fate == Lost
		lost := b.lost
		if b.Fate == AllZero {
			lost = map[string]int{}
			maps.Copy(lost, b.lost)
			lost[ClassAllZero] = len(b.Reps)
		}
		for class, reps := range lost {
			c := classes[b.Arm][class]
			c.Repetitions += reps
			if failed {
				c.Boots++
			} else {
				t.RepsLost += reps
			}
			classes[b.Arm][class] = c
		}
	}
	for arm := range out {
		t := &out[arm]
		for _, class := range slices.Sorted(maps.Keys(classes[arm])) {
			c := classes[arm][class]
			c.Class = class
			t.Failures = append(t.Failures, c)
		}
		t.NeverMade = t.NeverMade && t.Counts.Made() == 0
		for _, n := range s.planned(arm) {
			t.Counts.Planned += n
		}
		t.Missing = 1
		if t.Counts.Planned > 0 {
			t.Missing = max(0, float64(t.Counts.Planned-t.Counts.OK)/float64(t.Counts.Planned))
		}
	}
	return out
}

// add counts one boot.
func (t *Tally) add(b Boot) {
	switch b.Fate {
	case OK:
		t.Counts.OK++
		if b.Stalled {
			t.Stalled = append(t.Stalled, b.Name)
		}
	case NotInEffect:
		t.Counts.NotInEffect++
	case Excluded:
		t.Counts.Excluded++
	case AllZero, Failed:
		t.Counts.Failed++
	case Lost:
		t.NeverMade = true
		if len(b.lost) > 0 {
			t.Counts.Lost++
		}
	}
}

// planned is the number of boots planned of an arm in each block: its slots, where the
// rows have them.
func (s *Series) planned(arm int) []int {
	if s.slots != nil {
		return s.slots[arm]
	}
	return slices.Repeat([]int{s.guessed(arm)}, len(s.Blocks))
}

// guessed is the number of boots planned of an arm in a block as the data show it: in one block,
// all of the arm's boots; in several, the most frequent number of ranked boots in a block that has
// any, the larger of equals, and at least 1. That way boots that were tried again do not count
// twice.
func (s *Series) guessed(arm int) int {
	ranked := make([]int, len(s.Blocks))
	booted := 0
	for _, b := range s.Boots {
		if b.Arm != arm {
			continue
		}
		booted++
		if b.Fate == OK {
			ranked[b.Block]++
		}
	}
	if len(s.Blocks) == 1 {
		return max(1, booted)
	}
	often := make(map[int]int)
	for _, n := range ranked {
		if n > 0 {
			often[n]++
		}
	}
	mode := 1
	for n, times := range often {
		if times > often[mode] || times == often[mode] && n > mode {
			mode = n
		}
	}
	return mode
}

// LostPlaces are the blocks in which the arm has fewer ranked boots than planned, once
// for each boot that is lost.
func (s *Series) LostPlaces(arm int) []int {
	have := s.ranked(arm)
	var blocks []int
	for block, planned := range s.planned(arm) {
		for n := have[block]; n < planned; n++ {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// ranked is the number of planned boots of an arm that are ranked, in each block.
func (s *Series) ranked(arm int) []int {
	have := make([]int, len(s.Blocks))
	for _, b := range s.Boots {
		if b.Arm == arm && b.Fate == OK {
			have[b.Block]++
		}
	}
	return have
}

// Repeated counts the blocks with more ranked boots of an arm than were planned. If the rows do not
// tell the plan, that is more than one; several boots of the baseline, or in a campaign of one
// block, are then taken as planned.
func (s *Series) Repeated(arm, baseline int) int {
	if s.slots == nil && (arm == baseline || len(s.Blocks) < 2) {
		return 0
	}
	n := 0
	for block, have := range s.ranked(arm) {
		planned := 1
		if s.slots != nil {
			planned = s.slots[arm][block]
		}
		if have > planned {
			n++
		}
	}
	return n
}
