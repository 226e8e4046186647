package rank

import (
	"fmt"
	"math"
	"slices"
)

const (
	// steadyLeast is the least number of intervals of a run in which a change is
	// looked for.
	steadyLeast = 10
	// steadyShare of a run must lie behind its last change, and its intervals there
	// may vary by steadyCoV percent.
	steadyShare, steadyCoV = 0.5, 5.0
	// steadySegment is the least length between two changes: one interval that is off
	// is no change of level.
	steadySegment = 2
	// madQuartile times sigma is the median absolute deviation of normal values.
	madQuartile = 0.6744897501960817
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
	if changes := meanChanges(rates); len(changes) > 0 {
		s.From = changes[len(changes)-1]
	}
	mean, variance := meanVariance(rates[s.From:])
	s.CoVPercent = 100 * math.Sqrt(variance) / mean
	s.Steady = float64(len(rates)-s.From) >= steadyShare*float64(len(rates)) && s.CoVPercent <= steadyCoV
	return s
}

// meanChanges are the places at which the mean of x changes, by exact minimisation
// of the squared deviations within segments plus the penalty for each change.
func meanChanges(x []float64) []int {
	n := len(x)
	sigma := differenceSigma(x)
	if !(sigma > 0) {
		return nil
	}
	penalty := 3 * math.Log(float64(n)) * sigma * sigma
	centre := median(x)
	sum, squares := make([]float64, n+1), make([]float64, n+1)
	for i, v := range x {
		sum[i+1], squares[i+1] = sum[i]+v-centre, squares[i]+(v-centre)*(v-centre)
	}
	cost := func(from, to int) float64 {
		s := sum[to] - sum[from]
		return squares[to] - squares[from] - s*s/float64(to-from)
	}
	best, last := make([]float64, n+1), make([]int, n+1)
	best[0] = -penalty
	for to := 1; to <= n; to++ {
		best[to] = math.Inf(1)
	}
	candidates := []int{0}
	for to := steadySegment; to <= n; to++ {
		for _, from := range candidates {
			if v := best[from] + cost(from, to) + penalty; v < best[to] {
				best[to], last[to] = v, from
			}
		}
		candidates = slices.DeleteFunc(candidates, func(from int) bool { return best[from]+cost(from, to) > best[to] })
		if next := to - steadySegment + 1; next >= steadySegment {
			candidates = append(candidates, next)
		}
	}
	var changes []int
	for at := last[n]; at > 0; at = last[at] {
		changes = append(changes, at)
	}
	slices.Reverse(changes)
	return changes
}

// differenceSigma is the noise of x by its first differences. Where more than half
// of them are alike, as with coarse figures, it is their root mean square.
func differenceSigma(x []float64) float64 {
	d := make([]float64, len(x)-1)
	squares := 0.0
	for i := range d {
		d[i] = x[i+1] - x[i]
		squares += d[i] * d[i]
	}
	middle := median(d)
	away := make([]float64, len(d))
	for i, v := range d {
		away[i] = math.Abs(v - middle)
	}
	if sigma := median(away) / madQuartile / math.Sqrt2; sigma > 0 {
		return sigma
	}
	return math.Sqrt(squares/float64(len(d))) / math.Sqrt2
}

// Steady counts boots by what the intervals of their runs show: a boot has no
// steady state when half of its runs or more have none.
type Steady struct{ Boots, Unsteady int }

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
		arms := make(map[string]Steady)
		flagged := make(map[string][]string)
		for k, n := range known {
			if k.workload != a.Workload || !a.ranked[k.boot] {
				continue
			}
			s := arms[arm[k]]
			s.Boots++
			a.Diagnostics.Steady.Boots++
			if 2*unsteady[k] >= n {
				s.Unsteady++
				a.Diagnostics.Steady.Unsteady++
				flagged[arm[k]] = append(flagged[arm[k]], k.boot)
			}
			arms[arm[k]] = s
		}
		for k := range a.Arms {
			name := a.Arms[k].Name
			if s := arms[name]; s.Unsteady > 0 {
				slices.Sort(flagged[name])
				a.Arms[k].Warnings = append(a.Arms[k].Warnings, Warning{Code: WarnNoSteadyState, Arm: name, Boots: flagged[name],
					Numbers: numbers{"boots": float64(s.Boots), "unsteady": float64(s.Unsteady)},
					Text:    fmt.Sprintf("no steady state in %d of %s, by the seconds of their runs", s.Unsteady, plural(s.Boots, "boot"))})
			}
		}
	}
}
