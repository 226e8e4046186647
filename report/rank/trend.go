package rank

import (
	"fmt"
	"math"
)

// trendLevel is the p below which a trend over all boots is called; the arms' own
// are judged by Holm's rule at alpha.
const trendLevel = 0.01

// Trend is how the repetitions of a boot change with their number: a boot that is
// still warming up, or wearing out. Every boot gives one slope, and the slopes of
// boots are what is tested: repetitions of a boot are not independent.
type Trend struct {
	// PercentPerRepetition is the mean slope in the measured quantity. P tests for
	// none, with DF degrees of freedom; PHolm is adjusted over the arms, for an arm's
	// trend. NaN without two boots of two repetitions.
	PercentPerRepetition, DF, P, PHolm float64
}

func noTrend() Trend {
	nan := math.NaN()
	return Trend{nan, nan, nan, nan}
}

// findTrends is the trend over all boots and those of the arms.
func (st *study) findTrends() (all Trend, arms []Trend) {
	slopes := make([][]float64, st.fit.arms)
	var every []float64
	for i, b := range st.series.boots {
		if st.outcomes[i].fate != fateOK {
			continue
		}
		if slope := b.slope(); !math.IsNaN(slope) {
			slopes[b.arm] = append(slopes[b.arm], slope)
			every = append(every, slope)
		}
	}
	arms = make([]Trend, st.fit.arms)
	p := make([]float64, len(arms))
	for i := range arms {
		arms[i] = trendOf(slopes[i])
		p[i] = arms[i].P
	}
	for i, adjusted := range Holm(p) {
		if !math.IsNaN(p[i]) {
			arms[i].PHolm = adjusted
		}
	}
	return trendOf(every), arms
}

// slope is the least-squares slope of 100 ln of the repetitions over their number;
// NaN for fewer than two.
func (b *boot) slope() float64 {
	n, x, y := 0.0, 0.0, 0.0
	for _, r := range b.reps {
		if r.value > 0 {
			n++
			x += (float64(r.number) - x) / n
			y += (100*math.Log(r.value) - y) / n
		}
	}
	sxx, sxy := 0.0, 0.0
	for _, r := range b.reps {
		if r.value > 0 {
			dx := float64(r.number) - x
			sxx, sxy = sxx+dx*dx, sxy+dx*(100*math.Log(r.value)-y)
		}
	}
	if sxx == 0 {
		return math.NaN()
	}
	return sxy / sxx
}

func trendOf(slopes []float64) Trend {
	t := noTrend()
	if len(slopes) < 2 {
		return t
	}
	mean, variance := meanVariance(slopes)
	test := newTTest(mean, math.Sqrt(variance/float64(len(slopes))), float64(len(slopes)-1))
	t.PercentPerRepetition, t.DF = percent(mean)+0, test.DF
	if variance >= exactZero {
		t.P = test.P
	}
	return t
}

func (st *study) trendWarnings() []Warning {
	t := st.trend
	if !(t.P < trendLevel) {
		return nil
	}
	return []Warning{{Code: WarnNoSteadyState, Numbers: numbers{"percent_per_repetition": t.PercentPerRepetition, "p": t.P},
		Text: fmt.Sprintf("no steady state: from repetition to repetition of a boot %+.2g %% (p %.2g over all boots); lengthen the warm-up of all arms alike", t.PercentPerRepetition, t.P)}}
}

func (st *study) armTrendWarnings(i int, a Arm) []Warning {
	t := st.armTrends[i]
	if !(t.PHolm <= st.options.Alpha) {
		return nil
	}
	return []Warning{{Code: WarnNoSteadyState, Arm: a.Name, Numbers: numbers{"percent_per_repetition": t.PercentPerRepetition, "p_holm": t.PHolm},
		Text: fmt.Sprintf("no steady state: from repetition to repetition of a boot %+.2g %% (p %.2g after Holm)", t.PercentPerRepetition, t.PHolm)}}
}
