package gate

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// flaggedWarnings say which boots and repetitions of the gate's two arms are far from
// their arm's others. They are kept, and so is the verdict.
func flaggedWarnings(arms []string, flags []rank.Flags) []rank.Warning {
	var ws []rank.Warning
	for i, name := range arms {
		if stalled := flags[i].Stalled; len(stalled) > 0 {
			ws = append(ws, rank.Warning{Code: rank.WarnStall, Arm: record.Name(name), Boots: stalled,
				Text: "measured zero in boot " + strings.Join(stalled, ", ") + ": the boot's arithmetic mean is used"})
		}
		ws = append(ws, flags[i].Warnings(name)...)
	}
	return ws
}

// flagged is what is flagged of each arm in each series.
type flagged map[boots.Key]map[string]rank.Flags

// without is the samples of the gate without its flagged data.
func (all flagged) without(rows []sample.Row) []sample.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool {
		f := all[boots.Key{Workload: r.Workload, Metric: r.Metric}][r.Combination]
		return slices.Contains(f.Boots, r.Boot) || slices.Contains(f.Stalled, r.Boot) || slices.Contains(f.Reps[r.Boot], r.Repetition)
	})
}

// secondLook warns of a verdict that would be another without the flagged data.
func (g *Result) secondLook(second Result) {
	matters := second.Verdict != g.Verdict
	text := fmt.Sprintf("without the flagged data %s, %s", rank.PercentRange(second.DiffPercent, second.Interval), second.Verdict)
	if matters {
		text = fmt.Sprintf("%s hangs on flagged data: without them %s, %s", g.Verdict, rank.PercentRange(second.DiffPercent, second.Interval), second.Verdict)
	}
	g.Warnings = append(g.Warnings, rank.SecondHeadline(second.DiffPercent, second.Interval, matters, text))
}
