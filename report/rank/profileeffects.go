package rank

import (
	"fmt"
	"maps"
	"math"
	"slices"

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
	Interval    Interval
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

// EffectsOfProfile compares, for every setting in which the arm named profile
// differs from the baseline, the arms that show its effect alone and the effect of
// leaving it out. It uses the ranking's own variances.
func EffectsOfProfile(rows []sample.Row, o Options, profile string) ([]ProfileEffects, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	declared, all, err := collect(rows, o)
	if err != nil {
		return nil, err
	}
	levels := make(map[string]map[string]string)
	for _, r := range rows {
		levels[r.Combination] = r.Levels
	}
	whole, base := levels[profile], levels[o.Baseline]
	if whole == nil || profile == o.Baseline {
		return nil, fmt.Errorf("profile %q: name an arm other than the baseline whose rows have set: columns; the combinations are %s", profile, listed(declared.names))
	}
	var settings []string
	for _, id := range slices.Sorted(maps.Keys(whole)) {
		if whole[id] != base[id] {
			settings = append(settings, id)
		}
	}
	if len(settings) == 0 {
		return nil, fmt.Errorf("profile %q does not differ from the baseline in any set: column", profile)
	}
	find := func(want map[string]string) int {
		for i, name := range declared.names {
			if name != profile && name != o.Baseline && maps.Equal(levels[name], want) {
				return i
			}
		}
		return -1
	}
	var out []ProfileEffects
	for _, s := range all {
		st, err := newStudy(declared, s, o)
		if err != nil {
			return nil, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
		e := ProfileEffects{Workload: s.workload, Metric: s.metric, Better: s.better, Profile: profile, Settings: make([]SettingInProfile, len(settings))}
		var family []profilePair
		for k, id := range settings {
			e.Settings[k].Setting = id
			alone, rest := maps.Clone(base), maps.Clone(whole)
			alone[id], rest[id] = whole[id], base[id]
			family = append(family,
				profilePair{&e.Settings[k].Alone, find(alone), declared.baseline},
				profilePair{&e.Settings[k].LeftOut, find(rest), slices.Index(declared.names, profile)})
		}
		e.Family = st.compareProfile(family)
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
func (st *study) compareProfile(family []profilePair) int {
	s := sign(st.series.better)
	nan := math.NaN()
	var p []float64
	contrasts := make([]contrast, len(family))
	for k, f := range family {
		contrasts[k] = noContrast()
		if f.arm < 0 {
			continue
		}
		if st.fit.n[f.arm] > 0 && st.fit.n[f.against] > 0 {
			contrasts[k] = st.compare.compare(f.arm, f.against)
		}
		p = append(p, contrasts[k].p)
	}
	adjusted := Holm(p)
	each := st.options.Alpha / float64(2*len(p))
	for k, f := range family {
		c := contrasts[k]
		*f.to = ProfileContrast{DiffPercent: percent(s*c.diff) + 0, Interval: Interval{nan, nan}, P: c.p, PHolm: nan}
		if f.arm < 0 {
			continue
		}
		f.to.Arm = st.declared.names[f.arm]
		if c.interval() {
			e := around(c, each)
			f.to.Interval = st.percentInterval(e.lower, e.upper)
		}
		if !math.IsNaN(c.p) {
			f.to.PHolm = adjusted[0]
		}
		adjusted = adjusted[1:]
	}
	return len(p)
}
