package boots

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/results/sample"
)

// ErrOnlySearch says that all rows are a search's own boots, which are not ranked: the
// search has to confirm its pick on fresh boots first.
var ErrOnlySearch = errors.New("all boots are a search's own: there is nothing to rank before it confirms its pick on fresh boots")

// Campaign is the rows of a campaign, grouped.
type Campaign struct {
	// Arms are all that occur in the rows.
	Arms Arms
	// Series are sorted by workload, then metric.
	Series []Series
	// GuestKind is what the rows say was measured; empty when they do not.
	GuestKind string
}

// Arms are declared combinations.
type Arms struct {
	Names []string // sorted by bytes
	// Changed is the number of settings that differ from the baseline.
	Changed  []int
	Baseline int
	// Levels are each arm's levels of settings; nil if the rows name none.
	Levels []map[string]string
}

// Key names a series.
type Key struct{ Workload, Metric string }

// Compare orders keys by workload, then metric.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Workload, other.Workload), cmp.Compare(k.Metric, other.Metric))
}

// Series is all boots of one workload's metric, sorted by block, arm and name.
type Series struct {
	Key
	Axis
	Unit string
	// Arms are declared in it: those that have a row in it, those of which a boot failed, and
	// the baseline. NotMeasured names the others: their boots measured other workloads only.
	Arms        Arms
	NotMeasured []string
	// Blocks names the blocks that have rows, sorted by bytes; Boot.Block is an index into it.
	Blocks []string
	Boots  []Boot
	// Within is what is known of boots that went through several arms; nil if none did. Blocks are
	// then the boots.
	Within *Within

	slots [][]int // planned boots by arm and block; nil if the rows have no slots
}

// AsRanked takes the rows by which a search decided for ranked ones.
func AsRanked(rows []sample.Row) []sample.Row {
	out := slices.Clone(rows)
	for i := range out {
		if out[i].Status == sample.StatusSearch && out[i].HasValue {
			out[i].Status = sample.StatusOK
		}
	}
	return out
}

// withoutApart leaves out the rows that are judged apart: a search's own, and those that confirm the best.
func withoutApart(rows []sample.Row) []sample.Row {
	for i := range rows {
		if rows[i].Apart() {
			return slices.DeleteFunc(slices.Clone(rows), sample.Row.Apart)
		}
	}
	return rows
}

// ErrNothingMeasured says that boots were made and none of them gave a number.
var ErrNothingMeasured = errors.New("no boot gave a number that may be ranked: there is nothing to rank")

// Group groups the rows; those that are judged apart are left out. scale says on which scale a metric is
// compared. If arms are named, only theirs are grouped: what the others have only tells which series
// and blocks there are, so that what was lost of the named ones in them is known. The result does not depend on the order of rows: arms, blocks, boots and repetitions are
// sorted.
func Group(rows []sample.Row, baseline string, scale func(metric string) sample.Scale, only ...string) (Campaign, error) {
	return GroupWithout(nil, rows, baseline, scale, only...)
}

// GroupWithout is Group where the arms that are named first fell back: they take only at a reboot, and
// their switched stints are not ranked.
func GroupWithout(fellBack []string, rows []sample.Row, baseline string, scale func(metric string) sample.Scale, only ...string) (Campaign, error) {
	a, err := Declared(rows, baseline)
	if err != nil {
		return Campaign{}, err
	}
	if len(only) > 0 {
		a = a.only(append(only, baseline))
	}
	rows = withoutApart(rows)
	groups, err := newGroups(rows, a)
	if err != nil {
		return Campaign{}, err
	}
	run := newStintRun(rows, baseline, fellBack)
	c := Campaign{Arms: a, GuestKind: rows[0].GuestKind}
	for key := range groups.boots {
		c.Series = append(c.Series, groups.series(key, scale(key.Metric)))
		if run != nil {
			c.Series[len(c.Series)-1].intoUnits(run, groups, len(only) == 0)
		}
	}
	slices.SortFunc(c.Series, func(x, y Series) int { return x.Compare(y.Key) })
	return c, nil
}

// maxArms keeps the table of all pairs in memory.
const maxArms = 1000

// Declared is the arms in the rows, without those that only a search booted.
func Declared(rows []sample.Row, baseline string) (Arms, error) {
	if len(rows) == 0 {
		return Arms{}, errors.New("no samples: there is nothing to rank")
	}
	levels := Levels(rows)
	if len(levels) == 0 {
		return Arms{}, ErrOnlySearch
	}
	a := Arms{Names: slices.Sorted(maps.Keys(levels))}
	if len(a.Names) > maxArms {
		return Arms{}, fmt.Errorf("%d combinations: at most %d can be ranked together: split the file", len(a.Names), maxArms)
	}
	a.Baseline = slices.Index(a.Names, baseline)
	if baseline == "" {
		return Arms{}, fmt.Errorf("no baseline is named: it is one of the combinations %s; say which with --baseline", Listed(a.Names))
	}
	if a.Baseline < 0 {
		return Arms{}, fmt.Errorf("baseline %q is not in the samples: the combinations are %s", baseline, Listed(a.Names))
	}
	a.Changed, a.Levels = make([]int, len(a.Names)), make([]map[string]string, len(a.Names))
	for i, name := range a.Names {
		a.Levels[i] = levels[name]
		for id, level := range levels[name] {
			if level != levels[baseline][id] {
				a.Changed[i]++
			}
		}
	}
	return a, nil
}

// only are the named ones of the arms, the baseline among them.
func (a Arms) only(names []string) Arms {
	var out Arms
	for i, name := range a.Names {
		if !slices.Contains(names, name) {
			continue
		}
		if i == a.Baseline {
			out.Baseline = len(out.Names)
		}
		out.Names, out.Changed, out.Levels = append(out.Names, name), append(out.Changed, a.Changed[i]), append(out.Levels, a.Levels[i])
	}
	return out
}

// Levels is the levels of the settings in each combination, without those that only a search
// booted.
func Levels(rows []sample.Row) map[string]map[string]string {
	levels := make(map[string]map[string]string)
	last := ""
	rows = withoutApart(rows)
	for i := range rows {
		r := &rows[i]
		if r.Combination == last {
			continue
		}
		last = r.Combination
		if _, ok := levels[r.Combination]; !ok {
			levels[r.Combination] = r.Levels
		}
	}
	return levels
}

// Listed joins names for a message, not more than a screen of them.
func Listed(names []string) string {
	const most = 30
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// groups is the rows by series and boot.
type groups struct {
	arms    Arms
	number  map[string]int // of each arm
	boots   map[Key]map[bootKey]*Boot
	heads   map[Key]sample.Row
	early   []sample.Row // boots that measured nothing: they are in every series
	blockOf map[string]string
	planned map[placeOf]map[int]bool
	// declared arms are in every series: the baseline, and those of which a boot failed, or was
	// never made, as a whole.
	declared []bool
	last     *Boot // that of the row before; nil if it has none
	// others are the blocks of arms that are not grouped: of a series, and of the zero Key in all.
	others map[Key]map[string]bool
}

// bootKey names a boot, or a stint of one.
type bootKey struct {
	boot  string
	stint int
}

// placeOf is one arm's part of a block.
type placeOf struct{ arm, block string }

func newGroups(rows []sample.Row, a Arms) (*groups, error) {
	g := &groups{arms: a, number: make(map[string]int, len(a.Names)), boots: make(map[Key]map[bootKey]*Boot), heads: make(map[Key]sample.Row),
		blockOf: make(map[string]string), planned: make(map[placeOf]map[int]bool), declared: make([]bool, len(a.Names)), others: make(map[Key]map[string]bool)}
	g.declared[a.Baseline] = true
	for i, name := range a.Names {
		g.number[name] = i
	}
	failed := false
	for i := range rows {
		r := &rows[i]
		if g.last != nil && r.Workload != "" && sameBoot(r, &rows[i-1]) && r.Ranked() {
			if err := g.last.add(r, g.last.Arm); err != nil {
				return nil, err
			}
			continue
		}
		arm, grouped := g.number[r.Combination]
		if !grouped {
			g.other(r)
			g.last = nil
			continue
		}
		g.blockOf[r.Boot] = r.Block
		if r.Slot > 0 {
			at := placeOf{r.Combination, r.Block}
			if g.planned[at] == nil {
				g.planned[at] = make(map[int]bool)
			}
			g.planned[at][r.Slot] = true
		}
		if r.Workload == "" {
			g.early, g.last = append(g.early, *r), nil
			g.declared[arm] = true // in every series
			failed = failed || r.Status != sample.StatusNotRun
			continue
		}
		key := Key{r.Workload, r.Metric}
		if g.boots[key] == nil {
			g.boots[key] = make(map[bootKey]*Boot)
			g.heads[key] = *r
		}
		at := bootKey{r.Boot, r.Stint}
		g.last = g.boots[key][at]
		if g.last == nil {
			g.last = newBoot(r, arm)
			g.boots[key][at] = g.last
		}
		if err := g.last.add(r, arm); err != nil {
			return nil, err
		}
	}
	switch {
	case len(g.boots) > 0:
		return g, nil
	case failed:
		return nil, ErrNothingMeasured
	}
	return nil, errors.New("no planned boot was made: there is nothing to rank")
}

// other takes in a row of an arm that is not grouped.
func (g *groups) other(r *sample.Row) {
	var key Key
	if r.Workload != "" {
		key = Key{r.Workload, r.Metric}
		if g.boots[key] == nil {
			g.boots[key] = make(map[bootKey]*Boot)
			g.heads[key] = *r
		}
	}
	if g.others[key] == nil {
		g.others[key] = make(map[string]bool)
	}
	g.others[key][r.Block] = true
}

// sameBoot says whether two rows are of one boot in one series, so that all but the repetition is the
// same: most rows of a file are like the one before.
func sameBoot(a, b *sample.Row) bool {
	return a.Boot == b.Boot && a.Stint == b.Stint && a.Combination == b.Combination && a.Workload == b.Workload && a.Metric == b.Metric && a.Slot == b.Slot
}

// add adds one repetition. The codec has checked the rows of a file; rows that
// were made otherwise are checked for what would make the numbers wrong.
func (b *Boot) add(r *sample.Row, arm int) error {
	if b.Arm != arm {
		return fmt.Errorf("boot %q belongs to two combinations: a boot's name must be unique", r.Boot)
	}
	switch {
	case r.Failed():
		if b.lost == nil {
			b.lost = make(map[string]int)
		}
		b.lost[r.Status]++
		return nil
	case r.Ranked():
		if !r.HasValue || !(r.Value >= 0 && r.Value <= maxValue) {
			return fmt.Errorf("boot %q, workload %q, metric %q, repetition %d: value %v: it must be a finite number from 0",
				r.Boot, r.Workload, r.Metric, r.Repetition, r.Value)
		}
		b.status = sample.StatusOK
		b.Reps = append(b.Reps, Repetition{r.Repetition, r.Value})
	default:
		b.status = r.Status
	}
	return nil
}

func newBoot(r *sample.Row, arm int) *Boot {
	return &Boot{Arm: arm, Name: r.Boot, Of: r.Boot, Stint: r.Stint, Order: r.Order, Covariate: r.Covariate}
}

// earlyBoot is a boot that failed or was set aside before it measured anything, or was never made.
func earlyBoot(r sample.Row, arm int) *Boot {
	b := newBoot(&r, arm)
	if !r.Failed() {
		b.status = r.Status
	} else {
		b.lost = map[string]int{r.Status: 0}
	}
	return b
}

// series sorts the boots by block, arm and name and numbers the blocks.
func (g *groups) series(key Key, scale sample.Scale) Series {
	group, head := g.boots[key], g.heads[key]
	for _, r := range g.early {
		group[bootKey{r.Boot, r.Stint}] = earlyBoot(r, g.number[r.Combination])
	}
	s := Series{Key: key, Unit: head.Unit, Axis: Axis{Scale: scale, Better: head.Better}}
	place := g.declare(&s, group)
	number := make(map[string]int)
	for at := range group {
		number[g.blockOf[at.boot]] = 0
	}
	for _, k := range []Key{key, {}} {
		for block := range g.others[k] {
			number[block] = 0
		}
	}
	s.Blocks = slices.Sorted(maps.Keys(number))
	for i, name := range s.Blocks {
		number[name] = i
	}
	s.Boots = make([]Boot, 0, len(group))
	for at, b := range group {
		b.Block, b.Arm = number[g.blockOf[at.boot]], place[b.Arm]
		b.spoke = len(b.Reps) == 0 && g.spoke(key, at)
		slices.SortFunc(b.Reps, func(x, y Repetition) int {
			return cmp.Or(cmp.Compare(x.Number, y.Number), cmp.Compare(x.Value, y.Value))
		})
		b.settle(s.Axis)
		s.Boots = append(s.Boots, *b)
	}
	slices.SortFunc(s.Boots, func(x, y Boot) int {
		return cmp.Or(cmp.Compare(x.Block, y.Block), cmp.Compare(x.Arm, y.Arm), cmp.Compare(x.Name, y.Name))
	})
	if len(g.planned) > 0 {
		s.slots = make([][]int, len(s.Arms.Names))
		for arm, name := range s.Arms.Names {
			s.slots[arm] = make([]int, len(s.Blocks))
			for block, of := range s.Blocks {
				s.slots[arm][block] = len(g.planned[placeOf{name, of}])
			}
		}
	}
	return s
}

// spoke says whether a boot gave a number of another metric of the workload.
func (g *groups) spoke(of Key, boot bootKey) bool {
	for key, group := range g.boots {
		if b := group[boot]; key.Workload == of.Workload && key.Metric != of.Metric && b != nil && len(b.Reps) > 0 {
			return true
		}
	}
	return false
}

// declare settles the series' arms and returns the place of each of the campaign's among them.
func (g *groups) declare(s *Series, group map[bootKey]*Boot) (place []int) {
	in := slices.Clone(g.declared)
	for _, b := range group {
		in[b.Arm] = true
	}
	place = make([]int, len(in))
	s.Arms.Baseline = -1
	for i, name := range g.arms.Names {
		if !in[i] {
			s.NotMeasured = append(s.NotMeasured, name)
			continue
		}
		place[i] = len(s.Arms.Names)
		if i == g.arms.Baseline {
			s.Arms.Baseline = place[i]
		}
		s.Arms.Names = append(s.Arms.Names, name)
		s.Arms.Changed = append(s.Arms.Changed, g.arms.Changed[i])
		s.Arms.Levels = append(s.Arms.Levels, g.arms.Levels[i])
	}
	return place
}
