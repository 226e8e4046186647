package bench

import (
	"context"
	"slices"

	"vnettune/results"
	"vnettune/results/record"
)

// control is what a boot of the positive control is measured by: its workloads, paced, and those that could not be,
// by name, with the unpaced run that gave no number.
type control struct {
	workloads []record.Workload
	unpaced   map[string]float64 // Mbit/s of the unpaced run, by workload
	failed    map[string]results.Run
}

// controlOf makes an unpaced run of each workload that can be paced, in this boot, and gives those workloads paced to
// less by the control's percent. The others are not measured in such a boot: nothing of them is known to be slower.
func (b *bootRecord) controlOf(ctx context.Context) control {
	spec := b.session.spec
	c := control{unpaced: map[string]float64{}, failed: map[string]results.Run{}}
	for _, w := range spec.Workloads {
		if !w.CanBePaced() {
			continue
		}
		b.run(ctx, w, 0)
		if ctx.Err() != nil {
			return c
		}
		last := &b.Runs[len(b.Runs)-1]
		at := slices.IndexFunc(last.Metrics, func(m record.Metric) bool { return m.Name == throughput })
		if !last.Usable() || at < 0 {
			failed := results.Run{Workload: w.Name, Attempt: 1, Class: last.Class, Reason: "not run: the unpaced run before gave no throughput"}
			if last.Reason != "" {
				failed.Reason += ": " + last.Reason
			}
			if last.Usable() {
				failed.Class = record.Implausible
			}
			c.failed[w.Name] = failed
			c.workloads = append(c.workloads, w)
			continue
		}
		is := last.Metrics[at].Value
		if last.Details != nil {
			last.Details.Pace = &record.Pace{Percent: spec.Plan.Control, Unpaced: is}
		}
		c.unpaced[w.Name] = is
		c.workloads = append(c.workloads, w.PacedTo(is*(1-spec.Plan.Control/100)))
	}
	return c
}

// throughput is the metric that is paced.
const throughput = "throughput"

// runPaced is a repetition of a workload of the control. One that could not be paced is missing, with the reason.
func (b *bootRecord) runPaced(ctx context.Context, c control, w record.Workload, rep int) bool {
	if missing, is := c.failed[w.Name]; is {
		missing.Repetition, missing.Started = rep, b.loop.Clock.Now()
		missing.Ended = missing.Started
		b.Runs = append(b.Runs, missing)
		return false
	}
	before := len(b.Runs)
	usable := b.run(ctx, w, rep)
	for i := range b.Runs[before:] {
		if d := b.Runs[before+i].Details; d != nil {
			percent, is := b.session.spec.Plan.Control, c.unpaced[w.Name]
			d.Pace = &record.Pace{Percent: percent, Unpaced: is, To: is * (1 - percent/100)}
		}
	}
	return usable
}
