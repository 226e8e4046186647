// Package moved says which counters moved with an arm: the same test as that of metrics, of what was counted beside
// the runs. A counter that moves is no cause: both may follow from something else.
//
// Place in the flow: results/sample -> report/rank (its studies) -> moved -> report/stored.
package moved

import (
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Workload is what was counted beside the runs of a workload.
type Workload struct {
	Workload string `json:"workload"`
	Baseline string `json:"baseline"`
	// Family is the number of declared comparisons: of every counter that may be named, in every arm, with the
	// baseline. It never shrinks. Alpha is the chance that any of it is named falsely.
	Family int     `json:"family"`
	Alpha  float64 `json:"alpha"`
	// Counters in the order of their names; those that are only shown come last.
	Counters []Counter `json:"counters"`
}

// Counter is a counter in all arms.
type Counter struct {
	Name  string  `json:"counter"`
	Unit  string  `json:"unit"`
	Named bool    `json:"may_be_named"` // it is a share of time, or a figure a GB
	Arms  []Level `json:"combinations"`
}

// Level is a counter in an arm.
type Level struct {
	Arm string `json:"combination"`
	// Mean is that of the ranked boots, and Boots how many they are; Difference is the one from the baseline, with
	// the blocks removed. All in the counter's unit.
	Mean       record.Number `json:"mean"`
	Boots      int           `json:"boots"`
	Difference record.Number `json:"difference"`
	// P tests for a difference from the baseline, PHolm is adjusted over the family.
	P     record.Number `json:"p_raw"`
	PHolm record.Number `json:"p_holm"`
	// Moved: PHolm <= Alpha, of a counter that may be named.
	Moved bool `json:"moved"`
}

// Find tests the counters among the rows. Rows of other metrics are left alone. There is nothing to find, and no
// error, where no counter has a ranked boot.
func Find(rows []sample.Row, o rank.Options) ([]Workload, error) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool { return r.Workload != "" && sample.CounterOf(r.Metric) == "" })
	if !slices.ContainsFunc(rows, func(r sample.Row) bool { return r.Workload != "" && r.Ranked() && r.HasValue }) {
		return nil, nil
	}
	o, alpha := o.Beside()
	studies, err := rank.Studies(rows, o)
	if err != nil {
		return nil, err
	}
	var all []Workload
	for _, st := range studies {
		if len(all) == 0 || all[len(all)-1].Workload != st.Series.Workload {
			all = append(all, Workload{Workload: st.Series.Workload, Baseline: o.Baseline, Alpha: alpha})
		}
		w := &all[len(all)-1]
		w.Counters = append(w.Counters, counterOf(st))
	}
	for i := range all {
		all[i].judge()
	}
	return all, nil
}

// counterOf compares one counter's arms with the baseline.
func counterOf(st *rank.Study) Counter {
	c := Counter{Name: st.Series.Metric, Unit: st.Series.Unit, Named: sample.CounterOf(st.Series.Metric).Named()}
	means := make([]mean, len(st.Arms.Names))
	for _, b := range st.Series.Boots {
		if b.Fate == boots.OK {
			means[b.Arm].add(b.Y)
		}
	}
	for i, name := range st.Arms.Names {
		l := Level{Arm: name, Boots: means[i].n, Mean: none, PHolm: none}
		if means[i].n > 0 {
			l.Mean = record.Number(st.Series.Value(means[i].value()))
		}
		diff, p := st.BesideBaseline(i)
		l.Difference, l.P = record.Number(st.Series.Shown(diff)), record.Number(p)
		c.Arms = append(c.Arms, l)
	}
	return c
}

var none = record.Number(math.NaN())

// mean sums up values.
type mean struct {
	n   int
	sum float64
}

func (m *mean) add(y float64) { m.n, m.sum = m.n+1, m.sum+y }
func (m mean) value() float64 { return m.sum / float64(m.n) }

// judge settles what moved: one family, by Holm's rule.
func (w *Workload) judge() {
	slices.SortStableFunc(w.Counters, func(a, b Counter) int {
		switch {
		case a.Named == b.Named:
			return 0
		case a.Named:
			return -1
		}
		return 1
	})
	var p []float64
	var of []*Level
	for i := range w.Counters {
		for k := range w.Counters[i].Arms {
			if l := &w.Counters[i].Arms[k]; w.Counters[i].Named && l.Arm != w.Baseline {
				p, of = append(p, float64(l.P)), append(of, l)
			}
		}
	}
	w.Family = len(p)
	for i, adjusted := range stat.Holm(p) {
		if of[i].P.Exists() {
			of[i].PHolm, of[i].Moved = record.Number(adjusted), adjusted <= w.Alpha
		}
	}
}

// Level is a counter's in an arm.
func (c Counter) Level(arm string) (Level, bool) {
	for _, l := range c.Arms {
		if l.Arm == arm {
			return l, true
		}
	}
	return Level{}, false
}

// With are the counters that moved with an arm, the least likely to be chance first.
func (w Workload) With(arm string) []Counter {
	var out []Counter
	at := func(c Counter) Level { l, _ := c.Level(arm); return l }
	for _, c := range w.Counters {
		if at(c).Moved {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Counter) int {
		switch x, y := at(a).P, at(b).P; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return out
}
