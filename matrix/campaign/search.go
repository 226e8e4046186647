package campaign

import (
	"fmt"

	"vnettune/matrix"
)

// DefaultSearchMetric is what a search makes best unless told otherwise.
const DefaultSearchMetric = "throughput"

// search reads what an adaptive search looks at, and the blocks that confirm its
// pick. A search decides by one workload's metric: of several, the file must say
// which.
func (o object) search(c Campaign) (Search, int) {
	s, confirm := Search{}, 0
	n := o.get("search")
	if n != nil {
		g := o.r.object(n, "search", "workload", "metric", "confirm")
		var names []string
		for _, w := range c.Workloads {
			names = append(names, w.Name)
		}
		s.Workload = g.word("workload", "", names...)
		s.Metric = g.word("metric", DefaultSearchMetric, "throughput", "loss", "jitter")
		confirm = g.integer("confirm", 0, matrix.MinConfirm, MaxBlocks)
	}
	if !matrix.Searches(c.Design.Kind) {
		if n != nil {
			o.bad("search", "only the designs adaptive and factorial-screen search", "delete it, or write one of them")
		}
		return Search{}, 0
	}
	if s.Metric == "" {
		s.Metric = DefaultSearchMetric
	}
	if s.Workload == "" && len(c.Workloads) == 1 {
		s.Workload = c.Workloads[0].Name
	}
	for _, w := range c.Workloads {
		if w.Name == s.Workload && w.Protocol == "tcp" && s.Metric != DefaultSearchMetric {
			o.bad("search", fmt.Sprintf("the workload %s has no %s", w.Name, s.Metric), "search a udp workload by it, or by throughput")
		}
	}
	if s.Workload == "" {
		o.bad("search", "a search decides by one workload", "write search: {workload: NAME} with the name of one of the workloads")
	}
	return s, confirm
}
