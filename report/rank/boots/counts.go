package boots

import (
	"maps"
	"slices"

	"vnettune/results/record"
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
	// Lost boots were ended by the harness's own doing, or this one figure of them was refused:
	// neither says anything about the arm.
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
	// Lost is what boots were lost to that says nothing about the arm; they are no failures.
	Lost    []FailureCount
	Stalled []string // boots with a zero repetition
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
	classes, blameless := make([]map[string]FailureCount, len(out)), make([]map[string]FailureCount, len(out))
	for i := range classes {
		classes[i], blameless[i] = make(map[string]FailureCount), make(map[string]FailureCount)
	}
	for _, b := range s.Boots {
		t := &out[b.Arm]
		t.add(b)
		of, whole := classes[b.Arm], b.Fate == Failed || b.Fate == AllZero
		if b.Fate == Lost {
			of, whole = blameless[b.Arm], true
		}
		lost := b.lost
		if b.Fate == AllZero {
			lost = map[string]int{}
			maps.Copy(lost, b.lost)
			lost[ClassAllZero] = len(b.Reps)
		}
		for class, reps := range lost {
			if b.Fate == Failed && record.OfHarness(class) {
				continue // the boot failed for something else, too
			}
			c := of[class]
			c.Class = class
			c.Repetitions += reps
			if whole {
				c.Boots++
			} else {
				t.RepsLost += reps
			}
			of[class] = c
		}
	}
	for arm := range out {
		t := &out[arm]
		t.Failures, t.Lost = sorted(classes[arm]), sorted(blameless[arm])
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

// sorted are the counts by class.
func sorted(counts map[string]FailureCount) []FailureCount {
	var out []FailureCount
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, counts[class])
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
// all of the arm's boots; in several, the most frequent number of boots in a block that has any, ranked
// or lost, the smaller of equals: a boot that was tried again does not count twice while most blocks
// have none of those. It is at least the most frequent number of ranked ones, the larger of equals.
func (s *Series) guessed(arm int) int {
	ranked, made := make([]int, len(s.Blocks)), make([]int, len(s.Blocks))
	booted := 0
	for _, b := range s.Boots {
		if b.Arm != arm {
			continue
		}
		booted++
		made[b.Block]++
		if b.Fate == OK {
			ranked[b.Block]++
		}
	}
	if len(s.Blocks) == 1 {
		return max(1, booted)
	}
	_, large := modes(ranked)
	small, _ := modes(made)
	return max(1, small, large)
}

// modes are the smallest and the largest of the most frequent numbers above zero; 0 without any.
func modes(counts []int) (smallest, largest int) {
	often := make(map[int]int)
	most := 0
	for _, n := range counts {
		if n > 0 {
			often[n]++
			most = max(most, often[n])
		}
	}
	for n, times := range often {
		if times == most {
			largest = max(largest, n)
			if smallest == 0 || n < smallest {
				smallest = n
			}
		}
	}
	return smallest, largest
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
