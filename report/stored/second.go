package stored

import (
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/second"
	"vnettune/results/record"
)

// pairs are the workloads that the campaign measures by both tools.
func (c *Campaign) pairs(a Asked) []second.Pair {
	if c.File == nil || len(a.Metrics) > 0 && !slices.Contains(a.Metrics, "throughput") {
		return nil
	}
	asked := func(w record.Workload) bool { return len(a.Workloads) == 0 || slices.Contains(a.Workloads, w.Name) }
	var all []second.Pair
	for _, w := range c.File.Workloads {
		i := slices.IndexFunc(c.File.Workloads, func(other record.Workload) bool { return !other.ByMeter() && alike(other, w) })
		if w.ByMeter() && i >= 0 && asked(w) && asked(c.File.Workloads[i]) {
			all = append(all, second.Pair{Workload: c.File.Workloads[i].Name, Second: w.Name})
		}
	}
	return all
}

// alike says whether two workloads move the same over the wire: what else they differ in, the tool has to make equal.
func alike(a, b record.Workload) bool {
	return a.Protocol == b.Protocol && a.Direction == b.Direction && max(a.Streams, 1) == max(b.Streams, 1) && a.Rate == b.Rate && a.Length == b.Length && a.Link == b.Link && !a.Offload && !b.Offload
}

// second asks where the two tools of a campaign disagree.
func (c *Campaign) second(a Asked, o rank.Options) ([]second.Opinion, error) {
	return second.Find(c.Rows, c.pairs(a), o)
}
