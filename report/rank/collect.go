package rank

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/results/sample"
)

// boot is what one boot gave for one workload's metric.
type boot struct {
	arm, block int
	name       string
	order      int    // place in the campaign; 0 where the samples do not say
	status     string // ok, not_in_effect or excluded; failures are in lost
	reps       []repetition
	// lost counts the repetitions lost to each failure class.
	lost map[string]int
}

type repetition struct {
	number int
	value  float64
}

// series is all boots of one workload's metric.
type series struct {
	workload, metric, unit string
	better                 sample.Better
	blocks                 int
	boots                  []boot
}

// arms are the declared combinations: all that occur in the rows.
type arms struct {
	names    []string // sorted by bytes
	changed  []int    // settings that differ from the baseline
	baseline int
}

type seriesKey struct{ workload, metric string }

// collect groups the rows. The result does not depend on their order: arms,
// blocks, boots and repetitions are sorted.
func collect(rows []sample.Row, o Options) (arms, []series, error) {
	if len(rows) == 0 {
		return arms{}, nil, errors.New("no samples: there is nothing to rank")
	}
	a, err := collectArms(rows, o.Baseline)
	if err != nil {
		return arms{}, nil, err
	}
	number := make(map[string]int, len(a.names))
	for i, name := range a.names {
		number[name] = i
	}
	groups := make(map[seriesKey]map[string]*boot)
	heads := make(map[seriesKey]sample.Row)
	var early []sample.Row
	for _, r := range rows {
		if r.Workload == "" {
			early = append(early, r)
			continue
		}
		key := seriesKey{r.Workload, r.Metric}
		if groups[key] == nil {
			groups[key] = make(map[string]*boot)
			heads[key] = r
		}
		if err := addRow(groups[key], r, number[r.Combination]); err != nil {
			return arms{}, nil, err
		}
	}
	if len(groups) == 0 {
		return arms{}, nil, errors.New("every boot failed before it measured anything: there is nothing to rank")
	}
	blockOf := make(map[string]string)
	for _, r := range rows {
		blockOf[r.Boot] = r.Block
	}
	var out []series
	for key, group := range groups {
		for _, r := range early {
			b := &boot{arm: number[r.Combination], name: r.Boot, order: r.Order, lost: map[string]int{r.Status: 0}}
			group[r.Boot] = b
		}
		s := series{workload: key.workload, metric: key.metric, unit: heads[key].Unit, better: heads[key].Better}
		s.setBoots(group, blockOf)
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y series) int {
		return cmp.Or(cmp.Compare(x.workload, y.workload), cmp.Compare(x.metric, y.metric))
	})
	return a, out, nil
}

// maxArms keeps the table of all pairs in memory.
const maxArms = 1000

func collectArms(rows []sample.Row, baseline string) (arms, error) {
	levels := make(map[string]map[string]string)
	for _, r := range rows {
		if _, ok := levels[r.Combination]; !ok {
			levels[r.Combination] = r.Levels
		}
	}
	a := arms{names: slices.Sorted(maps.Keys(levels))}
	if len(a.names) > maxArms {
		return arms{}, fmt.Errorf("%d combinations: at most %d can be ranked together: split the file", len(a.names), maxArms)
	}
	a.baseline = slices.Index(a.names, baseline)
	if baseline == "" {
		return arms{}, fmt.Errorf("no baseline is named: it is one of the combinations %s", listed(a.names))
	}
	if a.baseline < 0 {
		return arms{}, fmt.Errorf("baseline %q is not in the samples: the combinations are %s", baseline, listed(a.names))
	}
	a.changed = make([]int, len(a.names))
	for i, name := range a.names {
		for id, level := range levels[name] {
			if level != levels[baseline][id] {
				a.changed[i]++
			}
		}
	}
	return a, nil
}

// listed joins names for a message, not more than a screen of them.
func listed(names []string) string {
	const most = 30
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// addRow adds one repetition. The codec has checked the rows of a file; rows that
// were made otherwise are checked for what would make the numbers wrong.
func addRow(group map[string]*boot, r sample.Row, arm int) error {
	b := group[r.Boot]
	if b == nil {
		b = &boot{arm: arm, name: r.Boot, order: r.Order}
		group[r.Boot] = b
	}
	if b.arm != arm {
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
		if !r.HasValue || !(r.Value >= 0 && r.Value < maxValue) {
			return fmt.Errorf("boot %q, workload %q, metric %q, repetition %d: value %v: it must be a finite number from 0",
				r.Boot, r.Workload, r.Metric, r.Repetition, r.Value)
		}
		b.status = sample.StatusOK
		b.reps = append(b.reps, repetition{r.Repetition, r.Value})
	default:
		b.status = r.Status
	}
	return nil
}

// setBoots sorts the boots by block, arm and name and numbers the blocks.
func (s *series) setBoots(group map[string]*boot, blockOf map[string]string) {
	blocks := make(map[string]int)
	for name := range group {
		blocks[blockOf[name]] = 0
	}
	for i, name := range slices.Sorted(maps.Keys(blocks)) {
		blocks[name] = i
	}
	s.blocks = len(blocks)
	s.boots = make([]boot, 0, len(group))
	for name, b := range group {
		b.block = blocks[blockOf[name]]
		slices.SortFunc(b.reps, func(x, y repetition) int {
			return cmp.Or(cmp.Compare(x.number, y.number), cmp.Compare(x.value, y.value))
		})
		s.boots = append(s.boots, *b)
	}
	slices.SortFunc(s.boots, func(x, y boot) int {
		return cmp.Or(cmp.Compare(x.block, y.block), cmp.Compare(x.arm, y.arm), cmp.Compare(x.name, y.name))
	})
}
