package sample

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// checker sees to what the rows of a file mean together.
type checker struct {
	boots        map[bootKey]*bootFacts
	stinted      map[string]*bootFacts // what the stints of a boot have in common
	series       map[seriesKey]*seriesFacts
	combinations map[string]*combinationFacts
	slots        map[int]*slotFacts
	seen         map[runKey]*repetitions
	guestKind    string
	any, slotted bool
	run          *repetitions // of the row before, by its key
	lastKey      runKey
}

// bootKey is a boot or, with a stint, one application of an arm in it.
type bootKey struct {
	boot  string
	stint int
}

type seriesKey struct{ workload, metric string }

// runKey is one boot's part of a series; the last one is remembered, since most rows are like the one
// before.
type runKey struct{ boot, series int32 }

// repetitions are the lines of a boot's repetitions in a series: by number, as far as they follow each
// other closely, and those beyond by themselves.
type repetitions struct {
	lines  []int32
	beyond map[int]int32
}

// gap is how far a repetition may lie beyond the others to stand in the same list.
const gap = 16

// line is where the repetition was first; 0 if it is new, and then it is remembered.
func (r *repetitions) line(repetition, line int) int32 {
	if repetition > len(r.lines)+gap {
		if first, ok := r.beyond[repetition]; ok {
			return first
		}
		if r.beyond == nil {
			r.beyond = make(map[int]int32)
		}
		r.beyond[repetition] = int32(line)
		return 0
	}
	if first, ok := r.beyond[repetition]; ok {
		return first
	}
	for len(r.lines) <= repetition { // a failed one may have no number, which is 0
		r.lines = append(r.lines, 0)
	}
	at := &r.lines[repetition]
	if *at == 0 {
		*at = int32(line)
		return 0
	}
	return *at
}

// bootFacts is what the first row of a boot said of it.
type bootFacts struct {
	id                         int32
	line                       int
	combination, block         string
	session                    string
	order, slot                int
	covariate                  float64
	okLine, setAsideLine       int
	failedLine                 int
	setAside                   string
	beforeMeasuring, measuring int
}

type seriesFacts struct {
	id     int32
	line   int
	unit   string
	better Better
}

type combinationFacts struct {
	line    int
	levels  map[string]string
	control float64
}

// slotFacts is what the first row of a planned boot said of it.
type slotFacts struct {
	line               int
	combination, block string
	boot               string
	neverMade          bool
	ranked             string // the boot of it that is ok
	rankedLine         int
}

func newChecker() *checker {
	return &checker{
		boots:        make(map[bootKey]*bootFacts),
		stinted:      make(map[string]*bootFacts),
		series:       make(map[seriesKey]*seriesFacts),
		slots:        make(map[int]*slotFacts),
		combinations: make(map[string]*combinationFacts),
		seen:         make(map[runKey]*repetitions),
	}
}

// row checks one row against itself and against those before it, and fills in
// Better.
func (c *checker) row(r *Row, line int) error {
	if err := checkAlone(r); err != nil {
		return err
	}
	if c.any && r.GuestKind != c.guestKind {
		return fieldError(colGuestKind, r.GuestKind, "earlier rows say %q: one file holds one kind of guest", c.guestKind)
	}
	if c.any && (r.Slot != 0) != c.slotted {
		return fieldError(colSlot, count(r.Slot), "either every row says to which planned boot it belongs, or none does")
	}
	c.any, c.guestKind, c.slotted = true, r.GuestKind, r.Slot != 0
	if err := c.combination(r, line); err != nil {
		return err
	}
	boot, err := c.boot(r, line)
	if err != nil {
		return err
	}
	if err := c.slot(r, line); err != nil {
		return err
	}
	if r.Workload == "" {
		return boot.failedEarly(r, line)
	}
	if boot.beforeMeasuring > 0 {
		return fieldError(colBoot, r.Boot, "line %d says that this boot failed before it measured anything: give the two boots different names", boot.beforeMeasuring)
	}
	boot.measuring = line
	series, err := c.seriesOf(r, line)
	if err != nil {
		return err
	}
	if key := (runKey{boot.id, series.id}); c.run == nil || key != c.lastKey {
		if c.run = c.seen[key]; c.run == nil {
			c.run = new(repetitions)
			c.seen[key] = c.run
		}
		c.lastKey = key
	}
	if first := c.run.line(r.Repetition, line); first > 0 {
		return fieldError(colRepetition, fmt.Sprint(r.Repetition),
			"boot %q has this repetition of workload %q, metric %q already in line %d: number them 1, 2, 3 ...", r.Boot, r.Workload, r.Metric, first)
	}
	return nil
}

func (b *bootFacts) failedEarly(r *Row, line int) error {
	if b.beforeMeasuring > 0 || b.measuring > 0 {
		return fieldError(colWorkload, "", "boot %q has other rows (line %d): only a boot that failed before it measured anything leaves the workload empty, and it has one row",
			r.Boot, max(b.beforeMeasuring, b.measuring))
	}
	b.beforeMeasuring = line
	return nil
}

func (c *checker) combination(r *Row, line int) error {
	first, ok := c.combinations[r.Combination]
	if !ok {
		c.combinations[r.Combination] = &combinationFacts{line: line, levels: r.Levels, control: r.Control}
		return nil
	}
	if first.control != r.Control {
		return fieldError(colControl, decimal(r.Control), "combination %q has %s in line %d: a positive control is slowed by one number of percent, and no other combination has one", r.Combination, decimal(first.control), first.line)
	}
	if maps.Equal(first.levels, r.Levels) {
		return nil
	}
	ids := slices.Concat(slices.Collect(maps.Keys(r.Levels)), slices.Collect(maps.Keys(first.levels)))
	slices.Sort(ids)
	for _, id := range ids {
		before, had := first.levels[id]
		if level, has := r.Levels[id]; level != before || had != has {
			return fieldError(setPrefix+id, level, "combination %q has %q in line %d: a combination has one level of every setting, so name the other one differently",
				r.Combination, before, first.line)
		}
	}
	return nil
}

func (c *checker) boot(r *Row, line int) (*bootFacts, error) {
	key := bootKey{r.Boot, r.Stint}
	b, ok := c.boots[key]
	if !ok {
		if err := c.stints(r); err != nil {
			return nil, err
		}
		b = factsOf(r, int32(len(c.boots)), line)
		c.boots[key] = b
	}
	if b.combination != r.Combination && r.Stint != 0 {
		return nil, fieldError(colCombination, r.Combination, "stint %d of boot %q belongs to combination %q in line %d: a stint is one application of one combination, so count the stints of a boot on", r.Stint, r.Boot, b.combination, b.line)
	}
	if err := b.same(r); err != nil {
		return nil, err
	}
	if r.Stint != 0 {
		if err := c.whole(r, line); err != nil {
			return nil, err
		}
	}
	return b, b.status(r, line)
}

func factsOf(r *Row, id int32, line int) *bootFacts {
	return &bootFacts{id: id, line: line, combination: r.Combination, block: r.Block, session: r.Session, order: r.Order, slot: r.Slot, covariate: r.Covariate}
}

// stints refuses a boot whose rows have stints in part.
func (c *checker) stints(r *Row) error {
	b := c.stinted[r.Boot]
	if r.Stint != 0 {
		b = c.boots[bootKey{r.Boot, 0}]
	}
	if b == nil {
		return nil
	}
	return fieldError(colStint, count(r.Stint), "boot %q has rows with a stint and rows without (line %d): either every row of a boot says its stint, or none does", r.Boot, b.line)
}

// begun refuses a boot with stints and without its first: what the guest was booted into decides whether a switch does
// what a reboot does, and what was in force before the second. The line is that of the first such boot.
func (c *checker) begun() (line int, err error) {
	for boot, b := range c.stinted {
		if c.boots[bootKey{boot, 1}] == nil && (err == nil || b.line < line) {
			line = b.line
			err = fmt.Errorf("column %q: boot %q has stints and no stint 1, the arm that it was booted into: give its row, too, with its status if it has no number", colStint, boot)
		}
	}
	return line, err
}

// whole checks what the stints of a boot have in common.
func (c *checker) whole(r *Row, line int) error {
	b, ok := c.stinted[r.Boot]
	if !ok {
		b = factsOf(r, 0, line)
		c.stinted[r.Boot] = b
	}
	as := *r
	as.Combination = b.combination
	if err := b.same(&as); err != nil {
		return err
	}
	ofBoot := ""
	if r.Apart() {
		ofBoot = r.Status
	}
	if ok && (r.Ranked() || ofBoot != "") && b.okLine+b.setAsideLine > 0 && b.setAside != ofBoot {
		return fieldError(colStatus, r.Status, "boot %q is %q in line %d: %s and %s hold for all stints of a boot", r.Boot, cmp.Or(b.setAside, StatusOK), max(b.okLine, b.setAsideLine), StatusSearch, StatusConfirm)
	}
	switch {
	case ofBoot != "":
		b.setAside, b.setAsideLine = ofBoot, line
	case r.Ranked():
		b.okLine = line
	}
	return nil
}

// same refuses a row that says of the boot what another row does not.
func (b *bootFacts) same(r *Row) error {
	const remedy = "a boot's name must be unique in the file"
	switch {
	case b.combination != r.Combination:
		return fieldError(colCombination, r.Combination, "boot %q belongs to combination %q in line %d: %s", r.Boot, b.combination, b.line, remedy)
	case b.block != r.Block:
		return fieldError(colBlock, r.Block, "boot %q belongs to block %q in line %d: %s", r.Boot, b.block, b.line, remedy)
	case b.session != r.Session:
		return fieldError(colSession, r.Session, "boot %q belongs to session %q in line %d: %s", r.Boot, b.session, b.line, remedy)
	case b.order != r.Order:
		return fieldError(colOrder, fmt.Sprint(r.Order), "boot %q has the order %d in line %d: %s", r.Boot, b.order, b.line, remedy)
	case b.slot != r.Slot:
		return fieldError(colSlot, count(r.Slot), "boot %q has the slot %d in line %d: %s", r.Boot, b.slot, b.line, remedy)
	case b.covariate != r.Covariate:
		return fieldError(colCovariate, decimal(r.Covariate), "boot %q has the covariate %s in line %d: it is one number a boot", r.Boot, decimal(b.covariate), b.line)
	}
	return nil
}

// slot sees to it that a planned boot is one: of one combination and block, either made
// or never made, and ok once at most.
func (c *checker) slot(r *Row, line int) error {
	if r.Slot == 0 {
		return nil
	}
	s, ok := c.slots[r.Slot]
	if !ok {
		s = &slotFacts{line: line, combination: r.Combination, block: r.Block, boot: r.Boot, neverMade: r.Status == StatusNotRun}
		c.slots[r.Slot] = s
	}
	if r.Ranked() && s.ranked == "" {
		s.ranked, s.rankedLine = r.Boot, line
	}
	switch {
	case r.Stint != 0 && s.block == r.Block: // the slot is the boot's, and of no one combination
		if s.boot == r.Boot || !s.neverMade && r.Status != StatusNotRun {
			return nil
		}
		return fieldError(colSlot, count(r.Slot), "one row says that this planned boot was never made, and another has a boot of it (line %d)", s.line)
	case s.combination != r.Combination || s.block != r.Block:
		return fieldError(colSlot, count(r.Slot), "it is of combination %q in block %q in line %d: number the planned boots 1, 2, 3 ...", s.combination, s.block, s.line)
	case s.boot != r.Boot && (s.neverMade || r.Status == StatusNotRun):
		return fieldError(colSlot, count(r.Slot), "one row says that this planned boot was never made, and another has a boot of it (line %d)", s.line)
	case r.Ranked() && s.ranked != r.Boot:
		return fieldError(colSlot, count(r.Slot), "boot %q of it is ok in line %d: of the boots of a planned one at most one is", s.ranked, s.rankedLine)
	}
	return nil
}

// status sees to it that a boot which was set aside is set aside whole.
func (b *bootFacts) status(r *Row, line int) error {
	const remedy = "the status holds for all rows of a boot"
	switch {
	case r.Ranked():
		if b.setAside != "" {
			return fieldError(colStatus, r.Status, "boot %q is %q in line %d: %s", r.Boot, b.setAside, b.setAsideLine, remedy)
		}
		b.okLine = line
	case r.Failed():
		if apart(b.setAside) {
			return fieldError(colStatus, r.Status, "boot %q is %q in line %d: %s", r.Boot, b.setAside, b.setAsideLine, remedy)
		}
		b.failedLine = line
	default:
		if r.Apart() && b.failedLine > 0 {
			return fieldError(colStatus, r.Status, "boot %q failed in line %d: %s", r.Boot, b.failedLine, remedy)
		}
		if b.okLine > 0 {
			return fieldError(colStatus, r.Status, "boot %q is %q in line %d: %s", r.Boot, StatusOK, b.okLine, remedy)
		}
		if b.setAside != "" && b.setAside != r.Status {
			return fieldError(colStatus, r.Status, "boot %q is %q in line %d: %s", r.Boot, b.setAside, b.setAsideLine, remedy)
		}
		b.setAside, b.setAsideLine = r.Status, line
	}
	return nil
}

func (c *checker) seriesOf(r *Row, line int) (*seriesFacts, error) {
	key := seriesKey{r.Workload, r.Metric}
	s, ok := c.series[key]
	if !ok {
		s = &seriesFacts{id: int32(len(c.series)), line: line, unit: r.Unit, better: r.Better}
		c.series[key] = s
	}
	if s.unit != r.Unit {
		return nil, fieldError(colUnit, r.Unit, "metric %q of workload %q is in %q in line %d: convert the values to one unit", r.Metric, r.Workload, s.unit, s.line)
	}
	if s.better != r.Better {
		return nil, fieldError(colBetter, string(r.Better), "metric %q of workload %q says %q in line %d: a metric has one good direction", r.Metric, r.Workload, s.better, s.line)
	}
	return s, nil
}
