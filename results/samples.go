package results

import (
	"fmt"
	"slices"
	"strconv"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Samples are the repetitions of all boots as rows of the CSV contract: what the
// ranking reads.
//
//   - A boot that failed is one row with its failure class and no workload.
//   - Repetition 0, the run after a boot, is not among the rows. Of several
//     attempts the last counts.
//   - A failed run of a boot that is ok is a row with the run's class for every
//     metric that its workload gives elsewhere in the store.
//   - A boot that is not in effect or excluded keeps its values; where it was not
//     measured, every workload and metric of the store has one row without a value.
func (c Contents) Samples() ([]sample.Row, error) {
	w := sampler{excluded: map[string]bool{}, kinds: map[int64]string{}, levels: map[string]map[string]string{}}
	for _, e := range c.Exclusions {
		w.excluded[e.Boot] = true
	}
	for _, x := range c.Sessions {
		w.kinds[x.ID] = x.Guest.Kind()
	}
	w.control, w.slowed = c.Campaign.Plan.ControlArm(), c.Campaign.Plan.Control
	w.learn(c.Boots)
	order, last := 0, ""
	for _, b := range c.Boots {
		if name := b.BootName(); name != last {
			order, last = order+1, name
		}
		slot := b.Order
		if b.Stint > 0 {
			slot = c.Campaign.Plan.FirstSlot(slot)
		}
		if err := w.boot(b, order, slot); err != nil {
			return nil, trouble.At(c.Path, fmt.Errorf("boot %s: %w", b.ID, err))
		}
	}
	return w.rows, nil
}

// sampler turns boots into rows.
type sampler struct {
	rows      []sample.Row
	workloads []string                   // in the order of their first run
	series    map[string][]record.Metric // of each workload: names and units, values unused
	excluded  map[string]bool
	kinds     map[int64]string             // guest kind of each session
	levels    map[string]map[string]string // by canonical combination, shared by its rows
	control   string                       // the positive control; "" without one
	slowed    float64                      // by how many percent
}

// learn finds out which metrics each workload gives.
func (w *sampler) learn(boots []Boot) {
	w.series = map[string][]record.Metric{}
	for _, b := range boots {
		for _, r := range b.Runs {
			if _, known := w.series[r.Workload]; !known {
				w.workloads = append(w.workloads, r.Workload)
				w.series[r.Workload] = nil
			}
			if r.Usable() {
				w.series[r.Workload] = union(w.series[r.Workload], r.Metrics)
			}
		}
	}
	// Every workload measures throughput: one that never gave a number is
	// missing at least that.
	throughput, _ := sample.KnownMetric("throughput")
	for name, series := range w.series {
		if series == nil {
			w.series[name] = []record.Metric{{Name: throughput.Name, Unit: throughput.Unit, Better: string(throughput.Better)}}
		}
	}
}

// union adds to series those of metrics that are not among them yet: in each run another
// one may have been refused.
func union(series, metrics []record.Metric) []record.Metric {
	for _, m := range metrics {
		if !slices.ContainsFunc(series, func(known record.Metric) bool { return known.Name == m.Name }) {
			series = append(series, m)
		}
	}
	return series
}

func (w *sampler) boot(b Boot, order, slot int) error {
	levels, ok := w.levels[b.Combination]
	if !ok {
		c, err := matrix.ParseCombination(b.Combination)
		if err != nil {
			return damaged(err)
		}
		levels = Levels(c)
		w.levels[b.Combination] = levels
	}
	row := sample.Row{
		Combination: b.Arm, Block: strconv.Itoa(b.Block), Boot: b.BootName(), Stint: b.Stint, Status: b.Status, Order: order, Slot: slot,
		Session: "s" + strconv.FormatInt(b.Session, 10), GuestKind: w.kinds[b.Session], Levels: levels,
	}
	if b.Covariate != nil {
		row.Covariate = b.Covariate.Value
	}
	if w.control != "" && b.Arm == w.control {
		row.Control = w.slowed
	}
	if w.excluded[b.ID] {
		row.Status = sample.StatusExcluded
	}
	switch {
	case row.Failed():
		w.rows = append(w.rows, row)
	case !w.measured(row, b):
		w.unmeasured(row)
	}
	return nil
}

// measured adds the rows of a boot's runs, and says whether there were any.
func (w *sampler) measured(row sample.Row, b Boot) bool {
	type key struct {
		workload   string
		repetition int
	}
	last := map[key]int{}
	for i, r := range b.Runs {
		last[key{r.Workload, r.Repetition}] = i
	}
	found := false
	for i, r := range b.Runs {
		if r.Repetition == 0 || last[key{r.Workload, r.Repetition}] != i {
			continue
		}
		found = true
		out := row
		out.Workload, out.Repetition = r.Workload, r.Repetition
		metrics := r.Metrics
		if out.HasValue = r.Usable(); !out.HasValue {
			out.Status, metrics = r.Class, w.series[r.Workload]
		}
		for _, m := range metrics {
			out.Metric, out.Unit, out.Better = m.Name, m.Unit, sample.Better(m.Better)
			if out.HasValue {
				out.Value = m.Value
			}
			w.rows = append(w.rows, out)
		}
		w.refused(out, r)
	}
	return found
}

// refused adds the figures of a usable run that were refused: they are missing, and the
// others are not.
func (w *sampler) refused(row sample.Row, r Run) {
	if !r.Usable() || r.Details == nil {
		return
	}
	for _, f := range r.Details.Refused {
		if m, ok := sample.KnownMetric(f.Metric); ok {
			row.Metric, row.Unit, row.Better = m.Name, m.Unit, m.Better
			row.HasValue, row.Value, row.Status = false, 0, record.Implausible
			w.rows = append(w.rows, row)
		}
	}
}

// unmeasured adds the rows of a boot that was set aside before it was measured. Where no boot of the
// campaign was measured, the row names no workload.
func (w *sampler) unmeasured(row sample.Row) {
	if len(w.workloads) == 0 {
		w.rows = append(w.rows, row)
		return
	}
	row.Repetition = 1
	for _, name := range w.workloads {
		row.Workload = name
		for _, m := range w.series[name] {
			row.Metric, row.Unit, row.Better = m.Name, m.Unit, sample.Better(m.Better)
			w.rows = append(w.rows, row)
		}
	}
}

// Levels are the settings of a combination with their values, as samples have them.
func Levels(c matrix.Combination) map[string]string {
	levels := map[string]string{}
	for _, a := range c.Assignments() {
		levels[a.ID] = string(a.Value)
	}
	return levels
}
