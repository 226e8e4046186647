package rank

import (
	"fmt"
	"math"
)

// worstCase is arm i's comparison as it would be if every lost boot of the arm had
// measured the worst value of the campaign, and every lost boot of the baseline the
// best (the bound of Horowitz and Manski, 2000, for outcomes that are missing). A
// claim that survives it does not hang on what was lost.
func (st *study) worstCase(i int) (SecondLook, error) {
	worst, best := math.Inf(1), math.Inf(-1)
	for _, b := range st.fit.boots {
		worst, best = math.Min(worst, b.y), math.Max(best, b.y)
	}
	boots := append([]bootValue(nil), st.fit.boots...)
	for _, arm := range []int{i, st.declared.baseline} {
		y := worst
		if arm == st.declared.baseline {
			y = best
		}
		for _, block := range st.lostPlaces(arm) {
			boots = append(boots, bootValue{arm: arm, block: block, y: y, name: "lost"})
		}
	}
	looks, err := st.again(boots)
	if err != nil {
		return SecondLook{}, err
	}
	return looks[i], nil
}

// lostPlaces are the blocks in which the arm has fewer ranked boots than planned,
// once for each boot that is lost.
func (st *study) lostPlaces(arm int) []int {
	perBlock := st.tallies[arm].counts.Planned / st.series.blocks
	have := make([]int, st.series.blocks)
	for _, b := range st.fit.boots {
		if b.arm == arm {
			have[b.block]++
		}
	}
	var blocks []int
	for block, n := range have {
		for ; n < perBlock; n++ {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// worstCases fills in the bound of the arms whose verdict is given up for lost
// boots.
func (st *study) worstCases(arms []Arm) error {
	for i := range arms {
		if arms[i].Verdict != VerdictMissing {
			continue
		}
		var err error
		if arms[i].WorstCase, err = st.worstCase(i); err != nil {
			return err
		}
	}
	return nil
}

// missingWarning says how many boots of an arm are lost, and what the verdict would
// be if they had gone as badly as can be.
func (st *study) missingWarning(a Arm) Warning {
	lost := a.Boots.Planned - a.Boots.OK
	w := Warning{Code: WarnMissing, Arm: a.Name, Numbers: numbers{"missing": float64(lost), "planned": float64(a.Boots.Planned)},
		Text: fmt.Sprintf("missing: %d of %d planned boots", lost, a.Boots.Planned)}
	if s := a.WorstCase; s.Label != "" {
		w.Numbers["worst_diff_percent"], w.Numbers["worst_lower_percent"], w.Numbers["worst_upper_percent"] = s.DiffPercent, s.Interval.Low, s.Interval.High
		w.Text += fmt.Sprintf("; at worst %s, %q", percentRange(s), s.Label)
	}
	return w
}
