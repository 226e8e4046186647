package rank

import (
	"fmt"
	"math"
)

// failureTests compares every arm's share of failed boots with the baseline's by
// Fisher's exact test, with Holm's rule over the declared arms. Tried boots are
// those that are ranked or failed; an arm or baseline without any has no test.
func (st *study) failureTests(arms []Arm) {
	base := st.declared.baseline
	var p []float64
	tried := func(i int) int { return arms[i].Boots.OK + arms[i].Boots.Failed }
	for i := range arms {
		arms[i].FailureP, arms[i].FailurePHolm = math.NaN(), math.NaN()
		if i == base {
			continue
		}
		if tried(i) > 0 && tried(base) > 0 {
			arms[i].FailureP = FisherExact(arms[i].Boots.Failed, tried(i), arms[base].Boots.Failed, tried(base))
		}
		p = append(p, arms[i].FailureP)
	}
	adjusted := Holm(p)
	for i := range arms {
		if i == base {
			continue
		}
		if !math.IsNaN(arms[i].FailureP) {
			arms[i].FailurePHolm = adjusted[0]
		}
		adjusted = adjusted[1:]
	}
}

// failsMore is the warning of an arm whose boots fail more or less often than the
// baseline's.
func (st *study) failsMore(i int, a Arm) (Warning, bool) {
	if !(a.FailurePHolm <= st.options.Alpha) {
		return Warning{}, false
	}
	base := st.tallies[st.declared.baseline].counts
	own := st.tallies[i].counts
	n, m := own.Failed+own.OK, base.Failed+base.OK
	how := "more"
	if own.Failed*m < base.Failed*n {
		how = "less"
	}
	return Warning{Code: WarnFailsMore, Arm: a.Name,
		Numbers: numbers{"failed": float64(own.Failed), "tried": float64(n), "baseline_failed": float64(base.Failed), "baseline_tried": float64(m), "p_holm": a.FailurePHolm},
		Text:    fmt.Sprintf("fails %s often than the baseline: %d of %d boots against %d of %d (Fisher's exact test, p %.2g after Holm)", how, own.Failed, n, base.Failed, m, a.FailurePHolm)}, true
}
