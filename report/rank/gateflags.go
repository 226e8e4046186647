package rank

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/results/sample"
)

// flaggedWarnings say which boots and repetitions of the gate's two arms are far from
// their arm's others. They are kept, and so is the verdict.
func (st *study) flaggedWarnings() []Warning {
	var ws []Warning
	for i, name := range st.declared.names {
		if stalled := st.flags[i].stalled; len(stalled) > 0 {
			ws = append(ws, Warning{Code: WarnStall, Arm: name, Boots: stalled,
				Text: "measured zero in boot " + strings.Join(stalled, ", ") + ": the boot's arithmetic mean is used"})
		}
		ws = append(ws, st.flagWarnings(i, Arm{Name: name})...)
	}
	return ws
}

// withoutFlaggedRows are the samples of the gate without its flagged data, and whether
// there are any of those.
func withoutFlaggedRows(rows []sample.Row, studies []*study) ([]sample.Row, bool) {
	type series struct{ workload, metric string }
	flagged := map[series]map[string]flags{}
	for _, st := range studies {
		arms := map[string]flags{}
		for i, f := range st.flags {
			if !f.none() {
				arms[st.declared.names[i]] = f
			}
		}
		flagged[series{st.series.workload, st.series.metric}] = arms
	}
	left := slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool {
		f, ok := flagged[series{r.Workload, r.Metric}][r.Combination]
		return ok && (slices.Contains(f.boots, r.Boot) || slices.Contains(f.stalled, r.Boot) || slices.Contains(f.reps[r.Boot], r.Repetition))
	})
	return left, len(left) < len(rows)
}

// secondLook warns of a verdict that would be another without the flagged data.
func (g *GateResult) secondLook(second GateResult) {
	w := Warning{Code: WarnWithoutFlagged, Numbers: numbers{
		"diff_percent": second.DiffPercent, "lower_percent": second.Interval.Low, "upper_percent": second.Interval.High}}
	numbers := percentRange(SecondLook{DiffPercent: second.DiffPercent, Interval: second.Interval})
	w.Text = fmt.Sprintf("without the flagged data %s, %s", numbers, second.Verdict)
	if second.Verdict != g.Verdict {
		w.Code = WarnOutlierMatters
		w.Text = fmt.Sprintf("%s hangs on flagged data: without them %s, %s", g.Verdict, numbers, second.Verdict)
	}
	g.Warnings = append(g.Warnings, w)
}
