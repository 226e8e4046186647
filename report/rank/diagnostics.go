package rank

import "math"

// Diagnostics say whether the rig was trustworthy while an analysis was measured.
type Diagnostics struct {
	// BootSD and RepetitionSD are standard deviations between boots, the repetitions'
	// own part taken off, and between the repetitions of a boot, on the scale of
	// 100 ln: about percent. NaN where the data cannot tell.
	BootSD, RepetitionSD float64
	Drift                Drift
	// Trend is that of repetitions over all boots.
	Trend Trend
	// Steady counts boots by the intervals of their runs; zero where none are known.
	Steady Steady
	// FlaggedBoots and FlaggedRepetitions are far from their arm's others.
	FlaggedBoots, FlaggedRepetitions int
}

// diagnose finds what later steps warn of.
func (st *study) diagnose() {
	st.drift = st.findDrift()
	st.trend, st.armTrends = st.findTrends()
	st.flags = st.findFlags()
}

func (st *study) diagnostics() Diagnostics {
	noise := st.noise()
	d := Diagnostics{BootSD: math.Sqrt(noise.Boot), RepetitionSD: math.Sqrt(noise.Repetition), Drift: st.drift, Trend: st.trend}
	for _, f := range st.flags {
		d.FlaggedBoots += len(f.boots)
		for _, reps := range f.reps {
			d.FlaggedRepetitions += len(reps)
		}
	}
	return d
}

// override takes back verdicts that the data cannot carry although a label stands,
// and remembers the verdict before: first what hangs on flagged data, then what may
// be drift. A verdict that is already given up keeps its reason.
func (st *study) override(arms []Arm) {
	for i := range arms {
		a := &arms[i]
		a.log.verdict = a.Verdict
		if a.Verdict == VerdictMissing || !a.Label.plain() {
			continue
		}
		switch second := a.WithoutFlagged.Label; {
		case second != "" && second != a.Label:
			a.Verdict = VerdictOutliers
		case st.drift.Confounds():
			a.Verdict = VerdictDrift
		}
	}
}
