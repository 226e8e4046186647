package boots

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"vnettune/results/sample"
)

// Within is what is known of a series whose boots went through several arms by switching. A boot is
// given by its index in Series.Blocks.
type Within struct {
	// Levels are the arms that are switched in the same boots, one for each level; LevelOf is that
	// of each boot.
	Levels  [][]int
	LevelOf []int
	// Designs are the blocks of the campaign, one boot of every level each; DesignOf is that of each
	// boot.
	Designs  []string
	DesignOf []int
	// Into is the arm that each boot was booted into, -1 where the rows do not say; First is its first
	// stint where that is usable and more stints follow, else nil.
	Into  []int
	First []*Boot
	// Place of each boot in the campaign; 0 if the samples do not say.
	Place []int
	// Carry names the arm that each column of Boot.X is about, in the campaign.
	Carry []string
	// FellBack are arms whose switched stints are not ranked.
	FellBack []int
}

// Switched says whether an arm is compared by what it was switched to.
func (w *Within) Switched(arm int) bool {
	for _, level := range w.Levels {
		if len(level) > 1 && slices.Contains(level, arm) {
			return !slices.Contains(w.FellBack, arm)
		}
	}
	return false
}

// stintRun is how a campaign went through its stints, whatever they measured.
type stintRun struct {
	boots map[string]*stintedBoot
	// level is that of each arm by the boots that it shares with others, a number for each.
	level map[string]int
	arms  map[string]bool // those that fell back
	carry []string        // the arms of levels with several, sorted
	place map[bootKey]int // of each stint in the campaign, from 1; nil if the rows do not say
}

// stintedBoot is one boot: the arm of each stint, and which of them ran.
type stintedBoot struct {
	order  int
	arm    map[int]string
	ran    map[int]bool
	last   int // the largest number of a stint
	number []int
}

// newStintRun reads the stints from rows; nil where no boot has two.
func newStintRun(rows []sample.Row, baseline string, fellBack []string) *stintRun {
	if !slices.ContainsFunc(rows, func(r sample.Row) bool { return r.Stint > 1 }) {
		return nil
	}
	run := &stintRun{boots: make(map[string]*stintedBoot), level: make(map[string]int), arms: make(map[string]bool)}
	for i := range rows {
		r := &rows[i]
		b := run.boots[r.Boot]
		if b == nil {
			b = &stintedBoot{order: r.Order, arm: make(map[int]string), ran: make(map[int]bool)}
			run.boots[r.Boot] = b
		}
		b.arm[r.Stint] = r.Combination
		b.ran[r.Stint] = b.ran[r.Stint] || r.Status != sample.StatusNotRun
		b.last = max(b.last, r.Stint)
	}
	for _, b := range run.boots {
		b.number = slices.Sorted(maps.Keys(b.arm))
	}
	run.findLevels(rows)
	run.findFellBack(baseline, fellBack)
	run.findPlaces()
	return run
}

// findLevels numbers the levels by their first arm.
func (run *stintRun) findLevels(rows []sample.Row) {
	of := make(map[string]string) // the name of an arm's level: its first arm
	var root func(arm string) string
	root = func(arm string) string {
		if up := of[arm]; up != "" && up != arm {
			return root(up)
		}
		return arm
	}
	for i := range rows {
		if arm := rows[i].Combination; of[arm] == "" {
			of[arm] = arm
		}
	}
	for _, b := range run.boots {
		if b.last < 2 {
			continue
		}
		for _, n := range b.number {
			x, y := root(b.arm[n]), root(b.arm[b.number[0]])
			of[max(x, y)] = min(x, y)
		}
	}
	number, size := make(map[string]int), make(map[string]int)
	for _, arm := range slices.Sorted(maps.Keys(of)) {
		r := root(arm)
		if _, ok := number[r]; !ok {
			number[r] = len(number)
		}
		run.level[arm] = number[r]
		size[r]++
	}
	for _, arm := range slices.Sorted(maps.Keys(of)) {
		if size[root(arm)] > 1 {
			run.carry = append(run.carry, arm)
		}
	}
}

// findFellBack finds the arms that have ordinary boots beside switched stints, or are said to have
// fallen back. With the baseline all of its level do: nothing is left to compare their stints with.
func (run *stintRun) findFellBack(baseline string, said []string) {
	ordinary, switched := make(map[string]bool), make(map[string]bool)
	for _, b := range run.boots {
		for n, arm := range b.arm {
			ordinary[arm] = ordinary[arm] || n == 0 && b.ran[n]
			switched[arm] = switched[arm] || n > 1
		}
	}
	gone := func(arm string) bool { return switched[arm] && (ordinary[arm] || slices.Contains(said, arm)) }
	for arm := range switched {
		run.arms[arm] = gone(arm) || switched[arm] && gone(baseline) && run.level[arm] == run.level[baseline]
	}
}

// findPlaces numbers the stints that ran, by the order of boots.
func (run *stintRun) findPlaces() {
	type at struct {
		bootKey
		order int
	}
	var all []at
	seen := make(map[int]bool)
	for name, b := range run.boots {
		ran := false
		for _, n := range b.number {
			if b.ran[n] {
				ran = true
				all = append(all, at{bootKey{name, n}, b.order})
			}
		}
		if ran && (b.order == 0 || seen[b.order]) {
			return
		}
		seen[b.order] = ran
	}
	slices.SortFunc(all, func(x, y at) int { return cmp.Or(cmp.Compare(x.order, y.order), cmp.Compare(x.stint, y.stint)) })
	run.place = make(map[bootKey]int, len(all))
	for i, x := range all {
		run.place[x.bootKey] = i + 1
	}
}

// levelOf is the level of a boot; an arm that fell back has one of its own, by its name.
func (run *stintRun) levelOf(boot string) string {
	b := run.boots[boot]
	arm := b.arm[b.number[0]]
	if b.last < 2 && run.arms[arm] {
		return "arm " + arm
	}
	return fmt.Sprintf("%06d", run.level[arm])
}

// before is the arm that was in force before a stint: the last other one that ran in the boot; "" for
// none.
func (b *stintedBoot) before(stint int) string {
	for k := len(b.number) - 1; k >= 0; k-- {
		if n := b.number[k]; n < stint && b.ran[n] && b.arm[n] != b.arm[stint] {
			return b.arm[n]
		}
	}
	return ""
}

// intoUnits makes units of the stints of a series: an arm's part of a boot. With carry they get the
// columns of carry-over.
func (s *Series) intoUnits(run *stintRun, g *groups, carry bool) {
	stints, w := s.Boots, &Within{Designs: s.Blocks}
	names := make(map[string]int)
	for _, b := range stints {
		names[b.Of] = b.Block
	}
	s.Within, s.Blocks = w, slices.Sorted(maps.Keys(names))
	if carry {
		w.Carry = run.carry
	}
	number := make(map[string]int, len(s.Blocks))
	levels := make(map[string]int)
	for i, name := range s.Blocks {
		number[name] = i
		levels[run.levelOf(name)] = 0
		w.DesignOf = append(w.DesignOf, names[name])
	}
	for i, name := range slices.Sorted(maps.Keys(levels)) {
		levels[name] = i
		var arms []int
		for arm, of := range s.Arms.Names {
			if own := fmt.Sprintf("%06d", run.level[of]); own == name || "arm "+of == name {
				arms = append(arms, arm)
			}
		}
		w.Levels = append(w.Levels, arms)
	}
	for arm, name := range s.Arms.Names {
		if run.arms[name] {
			w.FellBack = append(w.FellBack, arm)
		}
	}
	w.Into, w.First, w.Place = slices.Repeat([]int{-1}, len(s.Blocks)), make([]*Boot, len(s.Blocks)), make([]int, len(s.Blocks))
	for i, name := range s.Blocks {
		w.LevelOf = append(w.LevelOf, levels[run.levelOf(name)])
		b := run.boots[name]
		if b.number[0] <= 1 {
			w.Into[i] = slices.Index(s.Arms.Names, b.arm[b.number[0]])
		}
		if run.place != nil {
			w.Place[i] = b.order
		}
	}
	s.Boots = s.units(stints, number, run)
	if carry {
		s.carryOver(run)
	}
	s.planUnits()
}

// units joins the stints of an arm in a boot; stints that are not ranked stay as they are.
func (s *Series) units(stints []Boot, number map[string]int, run *stintRun) []Boot {
	type unitKey struct{ boot, arm int }
	parts := make(map[unitKey][]Boot)
	var out []Boot
	for _, b := range stints {
		b.Block = number[b.Of]
		b.Order = 0
		if run.place != nil {
			b.Order = run.place[bootKey{b.Of, b.Stint}]
		}
		if b.Stint > 0 {
			b.Name = fmt.Sprintf("%s stint %d", b.Of, b.Stint)
		}
		switch further := run.boots[b.Of].last > 1; {
		case further && b.Stint > 1 && run.arms[s.Arms.Names[b.Arm]]:
			b.Fate = FellBack
		case b.Fate == OK && further && b.Stint <= 1:
			s.Within.First[b.Block] = &b
			continue
		case b.Fate == OK && further:
			k := unitKey{b.Block, b.Arm}
			parts[k] = append(parts[k], b)
			continue
		}
		out = append(out, b)
	}
	for _, of := range parts {
		slices.SortFunc(of, func(x, y Boot) int { return cmp.Compare(x.Stint, y.Stint) })
		unit := of[0]
		unit.Stints, unit.Y, unit.Reps, unit.lost = of, 0, nil, nil
		for _, b := range of {
			unit.Y += b.Y / float64(len(of))
			unit.Stalled = unit.Stalled || b.Stalled
			unit.Reps = append(unit.Reps, b.Reps...)
			unit.lost = added(unit.lost, b.lost)
		}
		out = append(out, unit)
	}
	slices.SortFunc(out, func(x, y Boot) int {
		return cmp.Or(cmp.Compare(x.Block, y.Block), cmp.Compare(x.Arm, y.Arm), cmp.Compare(x.Stint, y.Stint), cmp.Compare(x.Name, y.Name))
	})
	return out
}

// added are the sums of two counts.
func added(a, b map[string]int) map[string]int {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := maps.Clone(a)
	if out == nil {
		out = make(map[string]int)
	}
	for class, n := range b {
		out[class] += n
	}
	return out
}

// carryOver gives the units their columns: for each arm of a level with several the share of the unit's
// stints before which it was in force, less the mean of that over the level's units.
func (s *Series) carryOver(run *stintRun) {
	w := s.Within
	column := make(map[string]int, len(w.Carry))
	for k, arm := range w.Carry {
		column[arm] = k
	}
	sum, count := make([][]float64, len(w.Levels)), make([]float64, len(w.Levels))
	each := func(visit func(level int, b *Boot)) {
		for i := range s.Boots {
			if b := &s.Boots[i]; b.Fate == OK && b.Stints != nil {
				visit(w.LevelOf[b.Block], b)
			}
		}
	}
	each(func(level int, b *Boot) {
		b.X = make([]float64, len(w.Carry))
		for _, stint := range b.Stints {
			if arm := run.boots[b.Of].before(stint.Stint); arm != "" {
				b.X[column[arm]] += 1 / float64(len(b.Stints))
			}
		}
		if sum[level] == nil {
			sum[level] = make([]float64, len(w.Carry))
		}
		for k, x := range b.X {
			sum[level][k] += x
		}
		count[level]++
	})
	each(func(level int, b *Boot) {
		for k := range b.X {
			b.X[k] -= sum[level][k] / count[level]
		}
		for i := range b.Stints { // what a stint differs by in its unit
			b.Stints[i].X = slices.Clone(b.X)
			for k := range b.X {
				b.Stints[i].X[k] = -sum[level][k] / count[level]
			}
			if arm := run.boots[b.Of].before(b.Stints[i].Stint); arm != "" {
				b.Stints[i].X[column[arm]]++
			}
		}
	})
}

// planUnits says what was planned: each arm of a level once in every boot of it. Boots of a level in one
// block are one that was tried again. Where none of their units gave a number nothing was planned, since
// the arms share that fate; but for a level of one arm, whose own loss it is.
func (s *Series) planUnits() {
	w := s.Within
	s.slots = make([][]int, len(s.Arms.Names))
	for arm := range s.slots {
		s.slots[arm] = make([]int, len(s.Blocks))
	}
	type plannedKey struct{ design, level int }
	boots := make(map[plannedKey][]int)
	for i := range s.Blocks {
		k := plannedKey{w.DesignOf[i], w.LevelOf[i]}
		boots[k] = append(boots[k], i)
	}
	ok := make([]map[int]bool, len(s.Blocks)) // the arms of each boot
	for i := range s.Boots {
		if b := &s.Boots[i]; b.Fate == OK {
			if ok[b.Block] == nil {
				ok[b.Block] = make(map[int]bool)
			}
			ok[b.Block][b.Arm] = true
		}
	}
	for k, tried := range boots {
		arms := w.Levels[k.level]
		gave := len(arms) == 1 || slices.ContainsFunc(tried, func(i int) bool { return len(ok[i]) > 0 })
		for _, arm := range arms {
			if len(arms) > 1 && slices.Contains(w.FellBack, arm) {
				continue
			}
			made := false
			for _, i := range tried {
				if ok[i][arm] {
					s.slots[arm][i], made = 1, true
				}
			}
			if !made && gave {
				s.slots[arm][tried[0]] = 1
			}
		}
	}
}
