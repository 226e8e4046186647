package stored

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// BootTime is the median time of a store's ranked boots, with all stints of those within which arms were
// switched, if there are any; 0 without a boot.
func (c *Campaign) BootTime() time.Duration {
	var whole []string // boots with stints, in their order
	took := map[string]time.Duration{}
	var single []time.Duration
	for _, b := range c.rankedBoots() {
		if b.Stint == 0 {
			single = append(single, b.Ended.Sub(b.Started))
			continue
		}
		if took[b.BootName()] == 0 {
			whole = append(whole, b.BootName())
		}
		took[b.BootName()] += b.Ended.Sub(b.Started)
	}
	if len(whole) == 0 {
		return median(single)
	}
	var all []time.Duration
	for _, name := range whole {
		all = append(all, took[name])
	}
	return median(all)
}

// TimeLeft is how long the planned boots that are not made yet take by those that are: 0 where none is ranked.
func (c *Campaign) TimeLeft() time.Duration {
	type boot struct {
		took   time.Duration
		stints int
	}
	var names []string
	boots := map[string]boot{}
	for _, b := range c.rankedBoots() {
		of, known := boots[b.BootName()]
		if !known {
			names = append(names, b.BootName())
		}
		of.took += b.Ended.Sub(b.Started)
		if b.Stint > 0 {
			of.stints++
		}
		boots[b.BootName()] = of
	}
	var single, stint []time.Duration
	for _, name := range names {
		if b := boots[name]; b.stints > 0 {
			stint = append(stint, b.took/time.Duration(b.stints))
		} else {
			single = append(single, b.took)
		}
	}
	one, within, left := median(single), median(stint), time.Duration(0)
	for _, slot := range c.notMade() {
		if slot.Boot > 0 {
			left += cmp.Or(within, one)
		} else {
			left += cmp.Or(one, within)
		}
	}
	return left
}

// notMade are the slots that are due, as far as is decided, and have no boot.
func (c *Campaign) notMade() []matrix.Slot {
	made, settled, due := map[int]bool{}, c.Kept.Settled(), c.Plan().Slots
	for _, b := range c.Kept.Boots {
		made[b.Order] = true
	}
	if c.Plan().Switch != nil {
		due = c.Plan().Due(c.Kept.Decided())
	}
	return slices.DeleteFunc(slices.Clone(due), func(s matrix.Slot) bool {
		return made[s.Order] || len(settled) > 0 && c.Plan().AfterSettling(settled, s)
	})
}

// BootsMade is the number of boots of a store, whatever became of them; stints of one are one.
func (c *Campaign) BootsMade() int {
	made := map[string]bool{}
	for _, b := range c.Kept.Boots {
		made[b.BootName()] = true
	}
	return len(made)
}

// rankedBoots are the boots of a store that are ok.
func (c *Campaign) rankedBoots() []results.Boot {
	if !c.IsStore() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Kept.Boots), func(b results.Boot) bool { return b.Status != sample.StatusOK })
}

// median is 0 for none.
func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return (d[(len(d)-1)/2] + d[len(d)/2]) / 2
}

// Unobservable names the settings whose effect could not be observed in a ranked boot that had a
// value of them written. Those that are expected to be inert are not among them.
func (c *Campaign) Unobservable() []string {
	var ids []string
	for _, b := range c.rankedBoots() {
		for _, r := range b.Readings {
			if r.InEffect == record.NotObservable && r.Asked != string(matrix.Found) && !strings.HasPrefix(r.Reason, "expected inert") && !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids
}

// CutBlock is a block that a stop cut: its boots are not all of one session, so that
// what changed between the sessions is within the block.
type CutBlock struct {
	Block    int
	Sessions []int64
}

// CutBlocks lists the blocks that a stop cut, in the order of their boots.
func (c *Campaign) CutBlocks() []CutBlock {
	var all []CutBlock
	for _, b := range c.Kept.Boots {
		i := slices.IndexFunc(all, func(x CutBlock) bool { return x.Block == b.Block })
		if i < 0 {
			i, all = len(all), append(all, CutBlock{Block: b.Block})
		}
		if !slices.Contains(all[i].Sessions, b.Session) {
			all[i].Sessions = append(all[i].Sessions, b.Session)
		}
	}
	return slices.DeleteFunc(all, func(x CutBlock) bool { return len(x.Sessions) < 2 })
}

// Clocks counts the counted runs and those in which the two ends' clocks disagree; most is by how
// many percent they do at most. The figures also differ if a deep queue drains at the end.
func (c *Campaign) Clocks() (runs, suspect int, most float64) {
	c.counted(func(_, _ string, r countedRun) {
		runs++
		if r.details.Clock.Suspect {
			suspect++
			most = max(most, r.details.Clock.ApartPercent, -r.details.Clock.ApartPercent)
		}
	})
	return runs, suspect, most
}

// Figures visits the counted runs of a store, by workload.
func (c *Campaign) Figures(visit func(workload string, d record.RunDetails)) {
	c.counted(func(_, _ string, r countedRun) { visit(r.workload, r.details) })
}

// Progress is how far a store's campaign is.
type Progress struct {
	Made, Planned int  // planned boots, or stints; a search leaves some out
	Stints        bool // they are stints
	Done          bool // nothing is left to do, though boots may have failed
}

// Progress says how far the campaign is.
func (c *Campaign) Progress() Progress {
	made := map[int]bool{}
	for _, b := range c.Kept.Boots {
		made[b.Order] = true
	}
	p := Progress{Made: len(made), Planned: len(made) + len(c.notMade()), Stints: c.Plan().Switch != nil}
	if p.Done = p.Made >= p.Planned; c.Plan().Search != nil {
		n := len(c.Kept.Decisions)
		p.Done = n > 0 && c.Kept.Decisions[n-1].Ended != ""
	}
	return p
}
