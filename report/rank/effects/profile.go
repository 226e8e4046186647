package effects

import (
	"maps"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// SettingInProfile is what one setting of a profile does: Alone is the arm with
// only this setting against the baseline, LeftOut the profile without it against
// the whole profile. An arm that was not run leaves its part empty.
type SettingInProfile struct {
	Setting string
	Alone   ProfileContrast
	LeftOut ProfileContrast
}

// ProfileContrast is one difference. Arm is empty where no arm shows it.
type ProfileContrast struct {
	Arm string
	// DiffPercent, with a simultaneous interval over all contrasts of the profile.
	DiffPercent float64
	Interval    rank.Interval
	// P is raw, PHolm adjusted over all contrasts of the profile.
	P, PHolm float64
}

// ProfileEffects are the settings of a profile in one workload's metric.
type ProfileEffects struct {
	Workload, Metric string
	Better           sample.Better
	// Profile names the arm with all of its settings.
	Profile  string
	Settings []SettingInProfile
	// Family is the number of contrasts that have an arm: intervals and adjusted p
	// values are simultaneous over them.
	Family int
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
			family = append(family,
				profilePair{&e.Settings[k].Alone, find(alone), arms.Baseline},
				profilePair{&e.Settings[k].LeftOut, find(rest), number})
		}
		e.Family = compareProfile(st, family)
		out = append(out, e)
	}
	return out, nil
}

// profilePair is a contrast to fill in: arm, -1 where there is none, minus against.
type profilePair struct {
	to           *ProfileContrast
	arm, against int
}

// compareProfile fills in the contrasts of one family, those that have an arm, and
// counts them.
func compareProfile(st *rank.Study, family []profilePair) int {
	s := st.Series.Sign()
	nan := math.NaN()
	var p []float64
	contrasts := make([]contrast.Contrast, len(family))
	for k, f := range family {
		contrasts[k] = contrast.None()
		if f.arm < 0 {
			continue
		}
		if st.Fit.N[f.arm] > 0 && st.Fit.N[f.against] > 0 {
			contrasts[k] = st.Family.Compare(f.arm, f.against)
		}
		p = append(p, contrasts[k].P)
	}
	adjusted := stat.Holm(p)
	each := st.Options.Alpha / float64(2*len(p))
	for k, f := range family {
		c := contrasts[k]
		*f.to = ProfileContrast{DiffPercent: stat.Percent(s*c.Diff) + 0, Interval: rank.Interval{Low: nan, High: nan}, P: c.P, PHolm: nan}
		if f.arm < 0 {
			continue
		}
		f.to.Arm = st.Arms.Names[f.arm]
		if c.HasInterval() {
			e := c.Around(each)
			f.to.Interval = rank.Percents(e.Lower, e.Upper, s)
		}
		if !math.IsNaN(c.P) {
			f.to.PHolm = adjusted[0]
		}
		adjusted = adjusted[1:]
	}
	return len(p)
}
