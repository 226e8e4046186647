package minimal

import (
	"maps"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Subset is a comparison of an arm with another that sets all it sets, to the same values, and more.
type Subset struct {
	Arm   string `json:"combination"`
	Whole string `json:"whole"`
	// Lines and Of are how many settings each sets that the baseline has otherwise.
	Lines int `json:"lines"`
	Of    int `json:"of"`
	// NoWorse: in every metric Arm is shown to be no worse than Whole by the margin, each at alpha. Worst in
	// Bounds is the one-sided bound at alpha.
	NoWorse bool    `json:"no_worse"`
	Bounds  []Bound `json:"bounds"`
}

// Compare compares the two arms of a campaign of which one sets a part of what the other sets. It is nil where
// no two arms are so, or more than two: then no pair was chosen before the data.
func Compare(rows []sample.Row, o rank.Options, keys []boots.Key) (*Subset, error) {
	s := subsetOf(boots.Levels(rows), o.Baseline)
	if s == nil {
		return nil, nil
	}
	studies, err := rank.Studies(rows, o)
	if err != nil {
		return nil, err
	}
	s.NoWorse = true
	for _, st := range studies {
		arm, whole := slices.Index(st.Arms.Names, s.Arm), slices.Index(st.Arms.Names, s.Whole)
		if !slices.Contains(keys, st.Series.Key) || arm < 0 || whole < 0 {
			continue
		}
		if math.IsNaN(st.Margin) || (st.Order() == rank.OrderGrouped || st.LevelOrder() == rank.OrderGrouped) {
			return nil, nil
		}
		one, worst, err := s.bound(st, arm, whole)
		if err != nil {
			return nil, err
		}
		s.Bounds = append(s.Bounds, one)
		s.NoWorse = s.NoWorse && worst > st.Margins.Low && !st.LostMany(arm) && !st.LostMany(whole)
	}
	if len(s.Bounds) == 0 {
		return nil, nil
	}
	return s, nil
}

// bound is that of one metric, by all boots or, where that says less, without the flagged ones; worst is on the
// scale of y, NaN where nothing can be said.
func (s *Subset) bound(st *rank.Study, arm, whole int) (one Bound, worst float64, err error) {
	second, err := st.WithoutFlagged()
	if err != nil {
		return one, 0, err
	}
	for _, by := range []*rank.Study{st, second} {
		if by == nil {
			continue
		}
		diff, lower := math.NaN(), math.NaN()
		if by.Fit.N[arm] >= leastBoots && by.Fit.N[whole] >= leastBoots {
			if c := by.Family.Compare(arm, whole); c.Equal || c.HasInterval() && !c.Exploratory {
				diff, lower = c.Diff, c.Around(by.Options.Alpha).Lower
			}
		}
		if by == st || !(lower >= worst) {
			worst = lower
			one = Bound{st.Series.Workload, st.Series.Metric, record.Number(st.Series.Shown(diff)), record.Number(st.Series.Shown(lower))}
		}
	}
	return one, worst, nil
}

// subsetOf finds the one pair of arms of which one sets a part of what the other sets.
func subsetOf(levels map[string]map[string]string, baseline string) *Subset {
	base := levels[baseline]
	sets := make(map[string]map[string]string)
	for name, of := range levels {
		sets[name] = maps.Clone(of)
		maps.DeleteFunc(sets[name], func(id, value string) bool { return base[id] == value })
	}
	var found []Subset
	for arm, part := range sets {
		for whole, all := range sets {
			inside := len(part) > 0 && len(part) < len(all)
			for id, value := range part {
				inside = inside && all[id] == value
			}
			if inside {
				found = append(found, Subset{Arm: arm, Whole: whole, Lines: len(part), Of: len(all), Bounds: []Bound{}})
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return &found[0]
}
