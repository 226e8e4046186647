package rank

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vnettune/report/stat"
	"vnettune/results/record"
)

const (
	// outlierReach is the distance in robust standard deviations from which a boot or
	// a repetition is flagged.
	outlierReach = 5
	// outlierLeast is the least number of values that can flag one of them.
	outlierLeast = 5
)

// Flags are the values of an arm that are far from its others. They remove nothing
// from the analysis.
type Flags struct {
	// Boots that are far off, and those that Stalled, by name.
	Boots, Stalled []string
	// Reps are the numbers of flagged repetitions by boot.
	Reps map[string][]int
}

// None says that nothing is flagged.
func (f Flags) None() bool { return len(f.Boots) == 0 && len(f.Stalled) == 0 && len(f.Reps) == 0 }

// far says which values are farther from the median than robust noise explains;
// nil if nothing can be said.
func far(x []float64) []bool {
	if len(x) < outlierLeast {
		return nil
	}
	limit := outlierReach * stat.MAD(x)
	if limit < math.Sqrt(stat.ExactZero) {
		return nil
	}
	middle := stat.Median(x)
	out := make([]bool, len(x))
	for i, v := range x {
		out[i] = math.Abs(v-middle) > limit
	}
	return out
}

// Flags are those of each arm: boots by their least-squares residuals, and repetitions
// by their y. A zero has no y; a boot with one is a stall and flagged as a boot.
func (st *Study) Flags() []Flags {
	out := make([]Flags, st.Fit.Arms)
	residuals, rows := make([][]float64, st.Fit.Arms), make([][]int, st.Fit.Arms)
	type place struct {
		boot   string
		number int
	}
	reps, places := make([][]float64, st.Fit.Arms), make([][]place, st.Fit.Arms)
	for k, b := range st.ranked {
		residuals[b.Arm] = append(residuals[b.Arm], st.Fit.Resid[k])
		rows[b.Arm] = append(rows[b.Arm], k)
		if b.Stalled {
			continue
		}
		for _, r := range b.Reps {
			reps[b.Arm] = append(reps[b.Arm], 100*math.Log(r.Value))
			places[b.Arm] = append(places[b.Arm], place{b.Name, r.Number})
		}
	}
	for arm := range out {
		f := Flags{Stalled: st.Tallies[arm].Stalled}
		for k, is := range far(residuals[arm]) {
			if is {
				f.Boots = append(f.Boots, st.ranked[rows[arm][k]].Name)
			}
		}
		for k, is := range far(reps[arm]) {
			if !is {
				continue
			}
			if f.Reps == nil {
				f.Reps = make(map[string][]int)
			}
			p := places[arm][k]
			f.Reps[p.boot] = append(f.Reps[p.boot], p.number)
		}
		out[arm] = f
	}
	return out
}

// withoutFlagged is every arm's comparison, by number, when flagged boots and repetitions are left
// out; nil when there are none. Boots that are left out here do not count as missing.
func (st *Study) withoutFlagged() ([]SecondLook, error) {
	if !slices.ContainsFunc(st.flags, func(f Flags) bool { return !f.None() }) {
		return nil, nil
	}
	var values []stat.Observation
	for k, b := range st.ranked {
		f, v := st.flags[b.Arm], st.Fit.Obs[k]
		if slices.Contains(f.Boots, b.Name) || slices.Contains(f.Stalled, b.Name) {
			continue
		}
		if bad := f.Reps[b.Name]; len(bad) > 0 {
			var ok bool
			if v.Y, ok = b.Without(bad, st.Series.Sign()); !ok {
				continue
			}
		}
		values = append(values, v)
	}
	return st.again(values)
}

// Warnings name what is flagged of an arm.
func (f Flags) Warnings(arm string) []Warning {
	var ws []Warning
	if len(f.Boots) > 0 {
		ws = append(ws, Warning{Code: WarnOutlier, Arm: record.Name(arm), Boots: f.Boots, Numbers: numbers{"boots": record.Number(len(f.Boots))},
			Text: "far from the arm's other boots, and kept: boot " + strings.Join(f.Boots, ", ")})
	}
	if len(f.Reps) > 0 {
		boots := slices.Sorted(maps.Keys(f.Reps))
		var names []string
		for _, b := range boots {
			for _, n := range f.Reps[b] {
				names = append(names, fmt.Sprintf("%s/%d", b, n))
			}
		}
		ws = append(ws, Warning{Code: WarnOutlierRep, Arm: record.Name(arm), Boots: boots, Numbers: numbers{"repetitions": record.Number(len(names))},
			Text: "far from the arm's other repetitions, and kept: boot/repetition " + strings.Join(names, ", ")})
	}
	return ws
}

// flagWarnings are the flags of arm i and what they do to its verdict. The second
// headline is said where the arm's own data are flagged or its verdict hangs on
// flags; where the baseline's are, the JSON has it for every arm.
func (st *Study) flagWarnings(i int, a Arm) []Warning {
	f := st.flags[i]
	ws := f.Warnings(a.Name)
	second := a.WithoutFlagged
	if second == nil {
		return ws
	}
	matters := second.Label != a.Label
	if f.None() && !matters {
		return ws
	}
	text := fmt.Sprintf("without the flagged data %s, %q", PercentRange(second.DiffPercent, second.Interval), second.Label)
	if matters {
		text = fmt.Sprintf("%q hangs on flagged data: without them %s, %q", a.Label, PercentRange(second.DiffPercent, second.Interval), second.Label)
	}
	w := SecondHeadline(second.DiffPercent, second.Interval, matters, text)
	w.Arm = record.Name(a.Name)
	return append(ws, w)
}

// SecondHeadline is the warning that gives the difference without the flagged data.
func SecondHeadline(diff record.Number, interval Interval, matters bool, text string) Warning {
	w := Warning{Code: WarnWithoutFlagged, Text: text, Numbers: numbers{
		"diff_percent": diff, "lower_percent": interval.Low, "upper_percent": interval.High}}
	if matters {
		w.Code = WarnOutlierMatters
	}
	return w
}

// PercentRange writes a difference in percent with its interval.
func PercentRange(diff record.Number, interval Interval) string {
	if !diff.Exists() {
		return "they cannot be compared"
	}
	text := fmt.Sprintf("%+.2f %%", diff)
	if interval.Low.Exists() {
		text += fmt.Sprintf(" [%+.2f, %+.2f]", interval.Low, interval.High)
	}
	return text
}

// SecondLook is a comparison with the baseline on other data than the verdict's: without what is
// flagged, or with lost boots as bad as they can have been.
type SecondLook struct {
	Label       Label         `json:"label"`
	DiffPercent record.Number `json:"diff_percent"`
	Interval
}
