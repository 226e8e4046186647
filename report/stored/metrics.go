package stored

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// metricsOf are the metrics that rows have of each workload, and their units.
func metricsOf(rows []sample.Row) map[string]map[string]string {
	have := make(map[string]map[string]string)
	for i := range rows {
		r := &rows[i]
		if r.Workload == "" || r.Metric == "" || i > 0 && r.Workload == rows[i-1].Workload && r.Metric == rows[i-1].Metric {
			continue
		}
		if have[r.Workload] == nil {
			have[r.Workload] = make(map[string]string)
		}
		have[r.Workload][r.Metric] = r.Unit
	}
	return have
}

// primary says whether a metric is one that its workload is run for.
func primary(metric string, of map[string]string) bool {
	return sample.PrimaryAmong(metric, slices.Collect(maps.Keys(of)))
}

// minor says whether a metric is shown only where all metrics are asked for. A workload that has no
// other is shown whole.
func minor(metric string, of map[string]string) bool {
	known, _ := sample.KnownMetric(metric)
	return known.Minor && len(of) > 1
}

// judged are the rows of what is to be ranked.
func (c *Campaign) judged(a Asked) ([]sample.Row, error) {
	return c.narrowed(a, func(metric string, of map[string]string) bool { return a.AllMetrics || !minor(metric, of) })
}

// minorLeftOut names what judged leaves out.
func (c *Campaign) minorLeftOut(a Asked) []string {
	var out []string
	if a.AllMetrics {
		return nil
	}
	have := metricsOf(c.Rows)
	for _, workload := range slices.Sorted(maps.Keys(have)) {
		for _, metric := range slices.Sorted(maps.Keys(have[workload])) {
			if minor(metric, have[workload]) {
				out = append(out, metric+" of "+workload)
			}
		}
	}
	return out
}

// gated are the rows of what a gate judges.
func (c *Campaign) gated(a Asked) ([]sample.Row, error) { return c.narrowed(a, primary) }

// narrowed are the rows of the workloads and metrics that are asked for; without metrics, of those
// that are taken. Boots that measured nothing are in all of them.
func (c *Campaign) narrowed(a Asked, taken func(metric string, of map[string]string) bool) ([]sample.Row, error) {
	from := c.Rows
	if slices.ContainsFunc(a.Metrics, func(name string) bool { return sample.CounterOf(name) != "" }) {
		from = slices.Concat(c.Rows, c.Counters)
	}
	have := metricsOf(from)
	if err := c.has(a, have); err != nil {
		return nil, err
	}
	keep := make(map[[2]string]bool)
	all := true
	for workload, metrics := range have {
		for metric := range metrics {
			of := len(a.Workloads) == 0 || slices.Contains(a.Workloads, workload)
			if len(a.Metrics) > 0 {
				of = of && slices.Contains(a.Metrics, metric)
			} else {
				of = of && taken(metric, metrics)
			}
			keep[[2]string{workload, metric}], all = of, all && of
		}
	}
	if all {
		return from, nil
	}
	rows := slices.DeleteFunc(slices.Clone(from), func(r sample.Row) bool { return r.Workload != "" && !keep[[2]string{r.Workload, r.Metric}] })
	if len(have) > 0 && !slices.ContainsFunc(rows, func(r sample.Row) bool { return r.Workload != "" }) {
		return nil, trouble.Invalid(trouble.At(c.Path, fmt.Errorf("no workload has the metrics that are asked for: %s", haveWords(have))))
	}
	return rows, nil
}

// has refuses names that the campaign does not have, in filters and in margins and scales.
func (c *Campaign) has(a Asked, have map[string]map[string]string) error {
	if len(have) == 0 {
		return nil
	}
	unknown := func(flag, name string) error {
		return trouble.Invalid(trouble.Hint(trouble.At(c.Path, fmt.Errorf("%s names %s, which is not measured in it", flag, name)), "it has %s", haveWords(have)))
	}
	known := func(metric string) bool {
		for _, metrics := range have {
			if _, ok := metrics[metric]; ok {
				return true
			}
		}
		return false
	}
	for _, name := range a.Workloads {
		if have[name] == nil {
			return unknown("--workload", name)
		}
	}
	for _, named := range []struct {
		flag  string
		names []string
	}{{"--metric", a.Metrics}, {"--margin", slices.Sorted(maps.Keys(a.Margins))}, {"--scale", slices.Sorted(maps.Keys(a.Scales))}} {
		for _, name := range named.names {
			if !known(name) {
				return unknown(named.flag, name)
			}
		}
	}
	return nil
}

// haveWords list workloads with their metrics: "tcp (retransmits, throughput)".
func haveWords(have map[string]map[string]string) string {
	const most = 8
	var words []string
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if len(words) == most {
			return strings.Join(words, ", ") + fmt.Sprintf(" and %d more workloads", len(have)-most)
		}
		words = append(words, fmt.Sprintf("%s (%s)", name, strings.Join(slices.Sorted(maps.Keys(have[name])), ", ")))
	}
	return strings.Join(words, ", ")
}

// Primary are the analyses of what each workload is run for.
func Primary(all []rank.Analysis) []rank.Analysis {
	first := isPrimary(all)
	return slices.DeleteFunc(slices.Clone(all), func(a rank.Analysis) bool { return !first(a) })
}

// isPrimary says of an analysis whether it is of what its workload is run for, by the others there are.
func isPrimary(all []rank.Analysis) func(rank.Analysis) bool {
	of := make(map[string]map[string]string)
	for _, a := range all {
		if of[a.Workload] == nil {
			of[a.Workload] = make(map[string]string)
		}
		of[a.Workload][a.Metric] = a.Unit
	}
	return func(a rank.Analysis) bool { return primary(a.Metric, of[a.Workload]) }
}

// primaryFirst sorts the analyses of each workload: what it is run for comes first.
func primaryFirst(all []rank.Analysis) {
	first := isPrimary(all)
	place := func(a rank.Analysis) int {
		if first(a) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b rank.Analysis) int {
		return cmp.Or(cmp.Compare(a.Workload, b.Workload), cmp.Compare(place(a), place(b)))
	})
}

// measuredIn refuses arms that the campaign has, and that measured nothing of what is judged.
func (c *Campaign) measuredIn(rows []sample.Row, arms ...string) error {
	all, left := boots.Levels(c.Rows), boots.Levels(rows)
	for _, arm := range arms {
		if _, known := all[arm]; !known {
			continue // the gate lists those that there are
		}
		if _, measured := left[arm]; !measured {
			return trouble.Invalid(trouble.Hint(trouble.At(c.Path, fmt.Errorf("%q measured nothing of what is judged", arm)),
				"it has other workloads or metrics: see --workload and --metric"))
		}
	}
	return nil
}
