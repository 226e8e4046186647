package rank

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

const (
	// outlierReach is the distance in robust standard deviations from which a boot or
	// a repetition is flagged, and madScale makes the median absolute deviation one.
	outlierReach = 5
	madScale     = 1.4826
	// outlierLeast is the least number of values that can flag one of them.
	outlierLeast = 5
)

// flags are the values of an arm that are far from its others. They remove nothing
// from the analysis.
type flags struct {
	boots, stalled []string
	// reps are the numbers of flagged repetitions by boot.
	reps map[string][]int
}

func (f flags) none() bool { return len(f.boots) == 0 && len(f.stalled) == 0 && len(f.reps) == 0 }

// far says which values are farther from the median than robust noise explains;
// nil where nothing can be said.
func far(x []float64) []bool {
	if len(x) < outlierLeast {
		return nil
	}
	limit := outlierReach * MAD(x)
	if limit < math.Sqrt(exactZero) {
		return nil
	}
	middle := median(x)
	out := make([]bool, len(x))
	for i, v := range x {
		out[i] = math.Abs(v-middle) > limit
	}
	return out
}

// findFlags flags boots by their least-squares residuals, and repetitions by their
// y. A zero has no y; a boot with one is a stall and flagged as a boot.
func (st *study) findFlags() []flags {
	out := make([]flags, st.fit.arms)
	residuals, rows := make([][]float64, st.fit.arms), make([][]int, st.fit.arms)
	for k, b := range st.fit.boots {
		residuals[b.arm] = append(residuals[b.arm], st.fit.resid[k])
		rows[b.arm] = append(rows[b.arm], k)
	}
	type place struct {
		boot   string
		number int
	}
	reps, places := make([][]float64, st.fit.arms), make([][]place, st.fit.arms)
	for i, b := range st.series.boots {
		if st.outcomes[i].fate != fateOK || st.outcomes[i].stalled {
			continue
		}
		for _, r := range b.reps {
			reps[b.arm] = append(reps[b.arm], 100*math.Log(r.value))
			places[b.arm] = append(places[b.arm], place{b.name, r.number})
		}
	}
	for arm := range out {
		f := flags{stalled: st.tallies[arm].stalled}
		for k, is := range far(residuals[arm]) {
			if is {
				f.boots = append(f.boots, st.fit.boots[rows[arm][k]].name)
			}
		}
		for k, is := range far(reps[arm]) {
			if !is {
				continue
			}
			if f.reps == nil {
				f.reps = make(map[string][]int)
			}
			p := places[arm][k]
			f.reps[p.boot] = append(f.reps[p.boot], p.number)
		}
		out[arm] = f
	}
	return out
}

// withoutFlagged is every arm's comparison, by number, when flagged boots and
// repetitions are left out; nil when there are none. What is left out here is no
// missing boot.
func (st *study) withoutFlagged() ([]SecondLook, error) {
	if !slices.ContainsFunc(st.flags, func(f flags) bool { return !f.none() }) {
		return nil, nil
	}
	var boots []bootValue
	series := make(map[string]*boot)
	for i := range st.series.boots {
		series[st.series.boots[i].name] = &st.series.boots[i]
	}
	for _, b := range st.fit.boots {
		f := st.flags[b.arm]
		if slices.Contains(f.boots, b.name) || slices.Contains(f.stalled, b.name) {
			continue
		}
		if bad := f.reps[b.name]; len(bad) > 0 {
			left := *series[b.name]
			left.reps = slices.DeleteFunc(slices.Clone(left.reps), func(r repetition) bool { return slices.Contains(bad, r.number) })
			if len(left.reps) == 0 {
				continue
			}
			b.y = left.outcomeOf(sign(st.series.better), st.options).y
		}
		boots = append(boots, b)
	}
	return st.again(boots)
}

// flagWarnings are the flags of arm i and what they do to its verdict. The second
// headline is said where the arm's own data are flagged or its verdict hangs on
// flags; where the baseline's are, the JSON has it for every arm.
func (st *study) flagWarnings(i int, a Arm) []Warning {
	f := st.flags[i]
	var ws []Warning
	if len(f.boots) > 0 {
		ws = append(ws, Warning{Code: WarnOutlier, Arm: a.Name, Boots: f.boots, Numbers: numbers{"boots": float64(len(f.boots))},
			Text: "far from the arm's other boots, and kept: boot " + strings.Join(f.boots, ", ")})
	}
	if len(f.reps) > 0 {
		boots := slices.Sorted(maps.Keys(f.reps))
		var names []string
		for _, b := range boots {
			for _, n := range f.reps[b] {
				names = append(names, fmt.Sprintf("%s/%d", b, n))
			}
		}
		ws = append(ws, Warning{Code: WarnOutlierRep, Arm: a.Name, Boots: boots, Numbers: numbers{"repetitions": float64(len(names))},
			Text: "far from the arm's other repetitions, and kept: boot/repetition " + strings.Join(names, ", ")})
	}
	second := a.WithoutFlagged
	if second.Label == "" || a.IsBaseline {
		return ws
	}
	matters := second.Label != a.Label
	if f.none() && !matters {
		return ws
	}
	w := Warning{Code: WarnWithoutFlagged, Arm: a.Name, Numbers: numbers{
		"diff_percent": second.DiffPercent, "lower_percent": second.Interval.Low, "upper_percent": second.Interval.High},
		Text: fmt.Sprintf("without the flagged data %s, %q", percentRange(second), second.Label)}
	if matters {
		w.Code = WarnOutlierMatters
		w.Text = fmt.Sprintf("%q hangs on flagged data: without them %s, %q", a.Label, percentRange(second), second.Label)
	}
	return append(ws, w)
}

// percentRange writes a difference with its interval.
func percentRange(s SecondLook) string {
	if math.IsNaN(s.DiffPercent) {
		return "they cannot be compared"
	}
	text := fmt.Sprintf("%+.2f %%", s.DiffPercent)
	if !math.IsNaN(s.Interval.Low) {
		text += fmt.Sprintf(" [%+.2f, %+.2f]", s.Interval.Low, s.Interval.High)
	}
	return text
}
