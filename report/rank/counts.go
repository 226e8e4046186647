package rank

import (
	"maps"
	"slices"
)

// classAllZero is the failure class of a boot that measured nothing but zero.
const classAllZero = "all_zero"

// tally is what became of an arm's boots.
type tally struct {
	counts      Counts
	failures    []FailureCount
	stalled     []string // boots with a zero repetition
	zeroDropped []string
	// repsLost counts failed repetitions of boots that did not fail as a whole.
	repsLost int
	missing  float64
}

// lostShare is the share of planned boots that an arm lost, where it has boots that
// failed or were set aside: what nobody tried is not lost.
func (t tally) lostShare() float64 {
	if t.counts.Failed+t.counts.NotInEffect+t.counts.Excluded == 0 {
		return 0
	}
	return t.missing
}

// tallies counts the boots of each arm.
func tallies(s series, outcomes []outcome, names []string, planned map[string]int) []tally {
	out := make([]tally, len(names))
	classes := make([]map[string]FailureCount, len(names))
	for i := range classes {
		classes[i] = make(map[string]FailureCount)
	}
	for i, b := range s.boots {
		t := &out[b.arm]
		lost := b.lost
		switch o := outcomes[i]; o.fate {
		case fateOK:
			t.counts.OK++
			if o.stalled {
				t.stalled = append(t.stalled, b.name)
			}
		case fateNotInEffect:
			t.counts.NotInEffect++
		case fateExcluded:
			t.counts.Excluded++
		case fateZeroDropped:
			t.counts.Excluded++
			t.zeroDropped = append(t.zeroDropped, b.name)
		case fateAllZero:
			t.counts.Failed++
			lost = maps.Clone(lost)
			if lost == nil {
				lost = make(map[string]int)
			}
			lost[classAllZero] = len(b.reps)
		case fateFailed:
			t.counts.Failed++
		}
		failed := outcomes[i].fate == fateFailed || outcomes[i].fate == fateAllZero
		for class, reps := range lost {
			c := classes[b.arm][class]
			c.Repetitions += reps
			if failed {
				c.Boots++
			} else {
				t.repsLost += reps
			}
			classes[b.arm][class] = c
		}
	}
	for arm := range out {
		t := &out[arm]
		for _, class := range slices.Sorted(maps.Keys(classes[arm])) {
			c := classes[arm][class]
			c.Class = class
			t.failures = append(t.failures, c)
		}
		t.counts.Planned = plannedBoots(s, outcomes, arm, planned[names[arm]])
		t.missing = max(0, float64(t.counts.Planned-t.counts.OK)/float64(t.counts.Planned))
	}
	return out
}

// plannedBoots is blocks times the boots planned a block, where perBlock 0 means
// that the data must tell: in one block, all of the arm's boots; in several, the
// most frequent number of ranked boots in a block that has any, the larger of
// equals, and at least 1. Boots that were tried again do not count twice so.
func plannedBoots(s series, outcomes []outcome, arm, perBlock int) int {
	if perBlock > 0 {
		return s.blocks * perBlock
	}
	ranked := make([]int, s.blocks)
	booted := 0
	for i, b := range s.boots {
		if b.arm != arm {
			continue
		}
		booted++
		if outcomes[i].fate == fateOK {
			ranked[b.block]++
		}
	}
	if s.blocks == 1 {
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
	return s.blocks * mode
}
