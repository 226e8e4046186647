package rank

import (
	"fmt"
	"strings"
)

type numbers = map[string]float64

// warnings are those about the analysis as a whole.
func (st *study) warnings() []Warning {
	var ws []Warning
	add := func(code Code, n numbers, format string, args ...any) {
		ws = append(ws, Warning{Code: code, Numbers: n, Text: fmt.Sprintf(format, args...)})
	}
	if st.fit.parts > 1 && st.fit.arms > 2 {
		add(WarnDisconnected, numbers{"parts": float64(st.fit.parts)}, "no block connects these parts, so they cannot be compared: %s", strings.Join(st.partNames(), " | "))
	}
	if st.series.blocks == 1 {
		add(WarnOneBlock, nil, "all boots are in one block: drift over the campaign is not removed")
	}
	if st.mod.noVariance && len(st.participants()) > 0 {
		add(WarnNoVariance, nil, "no variance seen: resolution limit? Differences are as observed, nothing can be tested")
	}
	ws = append(ws, st.driftWarnings()...)
	ws = append(ws, st.trendWarnings()...)
	var zero []string
	for i, v := range st.fit.v {
		if v == 0 {
			zero = append(zero, st.declared.names[i])
		}
	}
	if len(zero) > 0 && !st.mod.noVariance && st.method != MethodPooled {
		names := strings.Join(zero, ", ")
		if st.mod.on {
			add(WarnSomeNoVariance, numbers{"arms": float64(len(zero))}, "no variance seen in %s: arms borrow little from each other's noise in this analysis", names)
		} else {
			add(WarnSomeNoVariance, numbers{"arms": float64(len(zero))}, "no variance seen in %s: such an arm is given the variance of the arm it is compared with", names)
		}
	}
	if sign(st.series.better) < 0 {
		for _, t := range st.tallies {
			for _, f := range t.failures {
				if f.Class == classAllZero {
					add(WarnZeroLower, nil, "boots that measured 0 have no ratio and count as failed, though 0 is the best there is: do not rank by this metric")
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

// plural writes "1 boot", "2 boots".
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
