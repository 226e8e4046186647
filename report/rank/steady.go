package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
)

const (
	// steadyLeast is the least number of intervals of a run in which a change is looked for.
	steadyLeast = 10
	// steadyShare of a run must lie behind its last change, and its intervals there
	// may vary by steadyCoV percent.
	steadyShare, steadyCoV = 0.5, 5.0
)

// RunIntervals are the rates of one run, interval by interval, in the order of time
// and in any unit: what iperf3 says each second.
type RunIntervals struct {
	Workload, Combination, Boot string
	Repetition                  int
	Rates                       []float64
}

// Steadiness is what the intervals of one run show.
type Steadiness struct {
	// Intervals of the run; From is the first one behind the last change of level, 0
	// without a change.
	Intervals, From int
	// CoVPercent is the coefficient of variation from From on.
	CoVPercent float64
	// Known: there are enough intervals to judge by. Steady: half of the run or more
	// lies behind the last change, and varies by at most 5 %.
	Known, Steady bool
}

// SteadyState looks for changes of the mean in a run (PELT of Killick, Fearnhead
// and Eckley, 2012; penalty 3 ln(n) sigma^2) and says whether it reached a steady
// state. sigma comes from the median absolute deviation of first differences, which
// changes of level hardly touch: over 0.6745 and the square root of 2.
func SteadyState(rates []float64) Steadiness {
	s := Steadiness{Intervals: len(rates), Known: len(rates) >= steadyLeast, CoVPercent: math.NaN()}
	if !s.Known {
		return s
	}
	if changes := stat.MeanChanges(rates); len(changes) > 0 {
		s.From = changes[len(changes)-1]
	}
	mean, variance := stat.MeanVariance(rates[s.From:])
	s.CoVPercent = 100 * math.Sqrt(variance) / mean
	s.Steady = float64(len(rates)-s.From) >= steadyShare*float64(len(rates)) && s.CoVPercent <= steadyCoV
	return s
}

// Steady counts boots by what the intervals of their runs show: a boot has no
// steady state when half of its runs or more have none.
type Steady struct {
	Boots    record.Count `json:"steady_known_boots"` // whose runs are known second by second
	Unsteady *int         `json:"unsteady_boots"`     // nil if none of them are
}

// Inspect adds what the intervals of runs show to the analyses of throughput: to
// the diagnostics, and as warnings to the arms whose boots do not become steady.
// Runs of boots that are not ranked are left out.
func (r *Ranking) Inspect(runs []RunIntervals) {
	type key struct{ workload, boot string }
	known, unsteady := make(map[key]int), make(map[key]int)
	arm := make(map[key]string)
	for _, run := range runs {
		if s := SteadyState(run.Rates); s.Known {
			k := key{run.Workload, run.Boot}
			known[k]++
			arm[k] = run.Combination
			if !s.Steady {
				unsteady[k]++
			}
		}
	}
	for i := range r.Analyses {
		a := &r.Analyses[i]
		if a.Metric != "throughput" {
			continue
		}
		arms := make(map[string]int)
		flagged := make(map[string][]string)
		for k, n := range known {
			if k.workload != a.Workload || !a.ranked[k.boot] {
				continue
			}
			arms[arm[k]]++
			if 2*unsteady[k] >= n {
				flagged[arm[k]] = append(flagged[arm[k]], k.boot)
			}
		}
		all, bad := 0, 0
		noun := "boot"
		if a.Stints != nil {
			noun = "stint"
		}
		for k := range a.Arms {
			name := a.Arms[k].Name
			n := len(flagged[name])
			if all, bad = all+arms[name], bad+n; n > 0 {
				slices.Sort(flagged[name])
				a.Arms[k].Warnings = append(a.Arms[k].Warnings, Warning{Code: WarnNoSteadyState, Arm: record.Name(name), Boots: flagged[name],
					Numbers: numbers{"boots": record.Number(arms[name]), "unsteady": record.Number(n)},
					Text:    fmt.Sprintf("no steady state in %d of %s, by the seconds of their runs", n, plural(arms[name], noun))})
			}
		}
		if all > 0 {
			a.Diagnostics.Steady = Steady{record.Count(all), &bad}
		}
	}
}

// trendLevel is the p below which a trend over all boots is called; the arms' own
// are judged by Holm's rule at alpha.
const trendLevel = 0.01

// Trend is how the repetitions of a boot change with their number: a boot that is
// still warming up, or wearing out. Every boot gives one slope, and the slopes of
// boots are what is tested: repetitions of a boot are not independent.
type Trend struct {
	// PerRepetition is the mean slope in the measured quantity: percent, or its unit. P tests for
	// none, with DF degrees of freedom; PHolm is adjusted over the arms, for an arm's
	// trend. NaN without two boots of two repetitions.
	PerRepetition record.Number `json:"repetition_trend"`
	P             record.Number `json:"repetition_trend_p"`
	DF            record.Number `json:"-"`
	PHolm         record.Number `json:"-"`
}

func noTrend() Trend { return Trend{none, none, none, none} }

// findTrends is the trend over all boots and those of the arms.
func (st *Study) findTrends() (all Trend, arms []Trend) {
	slopes := make([][]float64, st.Fit.Arms)
	var every []float64
	for _, b := range st.ranked {
		if slope := slopeOf(b, st.Series.Axis); !math.IsNaN(slope) {
			slopes[b.Arm] = append(slopes[b.Arm], slope)
			every = append(every, slope)
		}
	}
	arms = make([]Trend, st.Fit.Arms)
	p := make([]float64, len(arms))
	for i := range arms {
		arms[i] = st.trendOf(slopes[i])
		p[i] = float64(arms[i].P)
	}
	for i, adjusted := range stat.Holm(p) {
		if !math.IsNaN(p[i]) {
			arms[i].PHolm = record.Number(adjusted)
		}
	}
	return st.trendOf(every), arms
}

// slopeOf is the least-squares slope of the repetitions' y over their number, in the direction of
// the measured quantity; NaN for fewer than two.
func slopeOf(b *boots.Boot, axis boots.Axis) float64 {
	n, x, y := 0.0, 0.0, 0.0
	for _, r := range b.Reps {
		if r.Value > 0 || !axis.Ratio() {
			n++
			x += (float64(r.Number) - x) / n
			y += (axis.Y(r.Value) - y) / n
		}
	}
	sxx, sxy := 0.0, 0.0
	for _, r := range b.Reps {
		if r.Value > 0 || !axis.Ratio() {
			dx := float64(r.Number) - x
			sxx, sxy = sxx+dx*dx, sxy+dx*(axis.Y(r.Value)-y)
		}
	}
	if sxx == 0 {
		return math.NaN()
	}
	return sxy / sxx
}

func (st *Study) trendOf(slopes []float64) Trend {
	t := noTrend()
	if len(slopes) < 2 {
		return t
	}
	mean, variance := stat.MeanVariance(slopes)
	test := stat.NewTTest(mean, math.Sqrt(variance/float64(len(slopes))), float64(len(slopes)-1))
	t.PerRepetition, t.DF = st.shown(mean), record.Number(test.DF)
	if st.Fit.Variance(variance) > 0 {
		t.P = record.Number(test.P)
	}
	return t
}

func (st *Study) trendWarnings(t Trend) []Warning {
	if !(t.P < trendLevel) {
		return nil
	}
	return []Warning{{Code: WarnNoSteadyState, Numbers: numbers{"per_repetition": t.PerRepetition, "p": t.P},
		Text: fmt.Sprintf("no steady state: from repetition to repetition of a boot %s (p %.2g over all boots); lengthen the warm-up of all arms alike", st.signed(t.PerRepetition), t.P)}}
}

func (st *Study) armTrendWarnings(t Trend, a Arm) []Warning {
	if !(float64(t.PHolm) <= st.Options.Alpha) {
		return nil
	}
	return []Warning{{Code: WarnNoSteadyState, Arm: record.Name(a.Name), Numbers: numbers{"per_repetition": t.PerRepetition, "p_holm": t.PHolm},
		Text: fmt.Sprintf("no steady state: from repetition to repetition of a boot %s (p %.2g after Holm)", st.signed(t.PerRepetition), t.PHolm)}}
}
