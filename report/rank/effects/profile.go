package effects

import (
	"maps"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// SettingInProfile is what one setting of a profile does: Alone is the arm with
// only this setting against the baseline, LeftOut the profile without it against
// the whole profile. A part is nil if its arm was not run.
type SettingInProfile struct {
	Setting string           `json:"setting"`
	Alone   *ProfileContrast `json:"alone"`
	LeftOut *ProfileContrast `json:"left_out"`
}

// ProfileContrast is one difference, that of an arm.
type ProfileContrast struct {
	Arm string `json:"combination"`
	// Difference, in the unit of the ranking's, with a simultaneous interval over all contrasts
	// of the profile.
	Difference record.Number `json:"difference"`
	rank.Interval
	// P is raw, PHolm adjusted over all contrasts of the profile.
	P     record.Number `json:"p_raw"`
	PHolm record.Number `json:"p_holm"`
}

// ProfileEffects are the settings of a profile in one workload's metric.
type ProfileEffects struct {
	Workload string        `json:"-"`
	Metric   string        `json:"-"`
	Better   sample.Better `json:"-"`
	// Profile names the arm with all of its settings.
	Profile string `json:"profile"`
	// Family is the number of contrasts that have an arm: intervals and adjusted p
	// values are simultaneous over them.
	Family   int                `json:"family"`
	Settings []SettingInProfile `json:"settings"`
}

// ofProfile compares, for every setting in which the arm named profile
// differs from the baseline, the arms that show its effect alone and the effect of
// leaving it out. It uses the ranking's own variances.
func ofProfile(rows []sample.Row, o rank.Options, profile string) ([]ProfileEffects, error) {
	studies, err := rank.Studies(rows, o)
	if err != nil {
		return nil, err
	}
	var out []ProfileEffects
	for _, st := range studies {
		arms := st.Arms
		number := slices.Index(arms.Names, profile)
		if number < 0 {
			continue // its boots measured other workloads
		}
		whole, base := arms.Levels[number], arms.Levels[arms.Baseline]
		e := ProfileEffects{Workload: st.Series.Workload, Metric: st.Series.Metric, Better: st.Series.Better, Profile: profile}
		for _, id := range slices.Sorted(maps.Keys(whole)) {
			if whole[id] != base[id] {
				e.Settings = append(e.Settings, SettingInProfile{Setting: id})
			}
		}
		find := func(want map[string]string) int {
			for i := range arms.Names {
				if i != number && i != arms.Baseline && maps.Equal(arms.Levels[i], want) {
					return i
				}
			}
			return -1
		}
		var family []profilePair
		for k := range e.Settings {
			id := e.Settings[k].Setting
			alone, rest := maps.Clone(base), maps.Clone(whole)
			alone[id], rest[id] = whole[id], base[id]
			if arm := find(alone); arm >= 0 {
				e.Settings[k].Alone = &ProfileContrast{Arm: arms.Names[arm]}
				family = append(family, profilePair{e.Settings[k].Alone, arm, arms.Baseline})
			}
			if arm := find(rest); arm >= 0 {
				e.Settings[k].LeftOut = &ProfileContrast{Arm: arms.Names[arm]}
				family = append(family, profilePair{e.Settings[k].LeftOut, arm, number})
			}
		}
		e.Family = len(family)
		compareProfile(st, family)
		out = append(out, e)
	}
	return out, nil
}

// profilePair is a contrast to fill in: arm minus against.
type profilePair struct {
	to           *ProfileContrast
	arm, against int
}

// compareProfile fills in the contrasts of one family.
func compareProfile(st *rank.Study, family []profilePair) {
	p := make([]float64, len(family))
	contrasts := make([]contrast.Contrast, len(family))
	for k, f := range family {
		contrasts[k] = contrast.None()
		if st.Fit.N[f.arm] > 0 && st.Fit.N[f.against] > 0 {
			contrasts[k] = st.Family.Compare(f.arm, f.against)
		}
		p[k] = contrasts[k].P
	}
	each := st.Options.Alpha / float64(2*len(p))
	for k, adjusted := range stat.Holm(p) {
		c, to := contrasts[k], family[k].to
		to.Difference, to.Interval = record.Number(st.Series.Shown(c.Diff)), rank.NoInterval()
		if c.HasInterval() || c.Equal {
			to.Interval = rank.IntervalOn(st.Series.Axis, c.Around(each))
		}
		to.P, to.PHolm = record.Number(c.P), record.Number(math.NaN())
		if !math.IsNaN(c.P) {
			to.PHolm = record.Number(adjusted)
		}
	}
}
