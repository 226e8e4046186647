package rank

import (
	"fmt"
	"strings"
)

// armWarnings are those about arm i.
func (st *study) armWarnings(i int, a Arm) []Warning {
	var ws []Warning
	add := func(code Code, boots []string, n numbers, format string, args ...any) {
		ws = append(ws, Warning{Code: code, Arm: a.Name, Boots: boots, Numbers: n, Text: fmt.Sprintf(format, args...)})
	}
	t := st.tallies[i]
	if n := a.Boots.Failed; n > 0 {
		var classes []string
		for _, f := range a.Failures {
			if f.Boots > 0 {
				classes = append(classes, fmt.Sprintf("%s %d", f.Class, f.Boots))
			}
		}
		add(WarnFailures, nil, numbers{"failed": float64(n), "tried": float64(n + a.Boots.OK)}, "%s failed (%s)", plural(n, "boot"), strings.Join(classes, ", "))
	}
	if w, differs := st.failsMore(i, a); differs {
		ws = append(ws, w)
	}
	if n := t.repsLost; n > 0 {
		add(WarnRepsLost, nil, numbers{"repetitions": float64(n)}, "%s failed in boots that are ranked or set aside", plural(n, "repetition"))
	}
	if n := a.Boots.NotInEffect; n > 0 {
		add(WarnNotInEffect, nil, numbers{"boots": float64(n)}, "%s not ranked: settings not in effect", plural(n, "boot"))
	}
	if n := a.Boots.Excluded - len(t.zeroDropped); n > 0 {
		add(WarnExcluded, nil, numbers{"boots": float64(n)}, "%s excluded by the operator", plural(n, "boot"))
	}
	if len(t.stalled) > 0 {
		add(WarnStall, t.stalled, nil, "measured zero in boot %s: the boot's arithmetic mean is used", strings.Join(t.stalled, ", "))
	}
	if len(t.zeroDropped) > 0 {
		add(WarnZeroDropped, t.zeroDropped, nil, "left out for measuring zero: boot %s", strings.Join(t.zeroDropped, ", "))
	}
	if a.MissingShare > missingLimit {
		ws = append(ws, st.missingWarning(a))
	}
	if a.Exploratory {
		add(WarnBorrowed, nil, nil, "exploratory: the interval borrows its variance from other arms")
	}
	if n := st.repeatedBlocks(i); n > 0 {
		add(WarnSameBlock, nil, numbers{"blocks": float64(n)}, "more than one ranked boot in %s: each counts as a boot of its own", plural(n, "block"))
	}
	ws = append(ws, st.flagWarnings(i, a)...)
	return append(ws, st.armTrendWarnings(i, a)...)
}

// repeatedBlocks counts the blocks with more than one ranked boot of arm i; of
// the baseline, and of a campaign in one block, that is the plan.
func (st *study) repeatedBlocks(i int) int {
	if i == st.declared.baseline || st.series.blocks < 2 || st.options.PerBlock[st.declared.names[i]] > 1 {
		return 0
	}
	n := 0
	for _, rows := range st.fit.blockRows {
		in := 0
		for _, r := range rows {
			if st.fit.boots[r].arm == i {
				in++
			}
		}
		if in > 1 {
			n++
		}
	}
	return n
}
