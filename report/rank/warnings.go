package rank

import (
	"fmt"
	"strings"
)

// warnings are those about the analysis as a whole.
func (st *study) warnings() []Warning {
	var ws []Warning
	add := func(code Code, format string, args ...any) {
		ws = append(ws, Warning{code, fmt.Sprintf(format, args...)})
	}
	if st.fit.parts > 1 && st.fit.arms > 2 {
		add(WarnDisconnected, "no block connects these parts, so they cannot be compared: %s", strings.Join(st.partNames(), " | "))
	}
	if st.series.blocks == 1 {
		add(WarnOneBlock, "all boots are in one block: drift over the campaign is not removed")
	}
	if st.mod.noVariance && len(st.participants()) > 0 {
		add(WarnNoVariance, "no variance seen: resolution limit? Differences are as observed, nothing can be tested")
	}
	var zero []string
	for i, v := range st.fit.v {
		if v == 0 {
			zero = append(zero, st.declared.names[i])
		}
	}
	if len(zero) > 0 && !st.mod.noVariance && st.method != MethodPooled {
		names := strings.Join(zero, ", ")
		if st.mod.on {
			add(WarnSomeNoVariance, "no variance seen in %s: arms borrow little from each other's noise in this analysis", names)
		} else {
			add(WarnSomeNoVariance, "no variance seen in %s: such an arm is given the variance of the arm it is compared with", names)
		}
	}
	if sign(st.series.better) < 0 {
		for _, t := range st.tallies {
			for _, f := range t.failures {
				if f.Class == classAllZero {
					add(WarnZeroLower, "boots that measured 0 have no ratio and count as failed, though 0 is the best there is: do not rank by this metric")
					return ws
				}
			}
		}
	}
	return ws
}

// partNames lists the arms of each part of the design.
func (st *study) partNames() []string {
	parts := make([][]string, st.fit.parts)
	for i, p := range st.fit.part {
		if p >= 0 {
			parts[p] = append(parts[p], st.declared.names[i])
		}
	}
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = strings.Join(p, ", ")
	}
	return out
}

// armWarnings are those about arm i.
func (st *study) armWarnings(i int, a Arm) []Warning {
	var ws []Warning
	add := func(code Code, format string, args ...any) {
		ws = append(ws, Warning{code, fmt.Sprintf(format, args...)})
	}
	t := st.tallies[i]
	if n := a.Boots.Failed; n > 0 {
		var classes []string
		for _, f := range a.Failures {
			if f.Boots > 0 {
				classes = append(classes, fmt.Sprintf("%s %d", f.Class, f.Boots))
			}
		}
		add(WarnFailures, "%s failed (%s)", plural(n, "boot"), strings.Join(classes, ", "))
	}
	if n := t.repsLost; n > 0 {
		add(WarnRepsLost, "%s failed in boots that are ranked or set aside", plural(n, "repetition"))
	}
	if n := a.Boots.NotInEffect; n > 0 {
		add(WarnNotInEffect, "%s not ranked: settings not in effect", plural(n, "boot"))
	}
	if n := a.Boots.Excluded - len(t.zeroDropped); n > 0 {
		add(WarnExcluded, "%s excluded by the operator", plural(n, "boot"))
	}
	if len(t.stalled) > 0 {
		add(WarnStall, "measured zero in boot %s: the boot's arithmetic mean is used", strings.Join(t.stalled, ", "))
	}
	if len(t.zeroDropped) > 0 {
		add(WarnZeroDropped, "left out for measuring zero: boot %s", strings.Join(t.zeroDropped, ", "))
	}
	if a.MissingShare > missingLimit {
		add(WarnMissing, "missing: %d of %d planned boots", a.Boots.Planned-a.Boots.OK, a.Boots.Planned)
	}
	if a.Exploratory {
		add(WarnBorrowed, "exploratory: the interval borrows its variance from other arms")
	}
	if n := st.repeatedBlocks(i); n > 0 {
		add(WarnSameBlock, "more than one ranked boot in %s: each counts as a boot of its own", plural(n, "block"))
	}
	if flagged := st.outliers(i); len(flagged) > 0 {
		add(WarnOutlier, "far from the arm's other boots, and kept: boot %s", strings.Join(flagged, ", "))
	}
	if a.WithoutFlagged != "" && a.WithoutFlagged != a.Label {
		add(WarnOutlierMatters, "with the flagged boots of this analysis %q, without them %q", a.Label, a.WithoutFlagged)
	}
	return ws
}

// plural writes "1 boot", "2 boots".
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
