package rank

import (
	"maps"
	"slices"
	"strings"

	"vnettune/results/sample"
)

// SettingEffects is what settings do in one workload's metric, in the form that the
// combinations allow; one of Factors and Profile is set.
type SettingEffects struct {
	Workload, Metric string
	// Factors where settings are crossed: each is seen at several levels of others.
	Factors *FactorEffects
	// Profile where a profile was run whole, each setting alone, and without each.
	Profile *ProfileEffects
}

// withoutMark stands between a profile's name and the setting that its arm lacks.
const withoutMark = "-without-"

// EffectsOfSettings finds out from the levels (set:ID columns) what the combinations
// can say about settings: arms named PROFILE-without-ID make a profile's design, and
// arms that cross the levels of two settings or more a factorial one. With neither, as
// in a list or one setting at a time, each arm is its own effect: the result is empty.
func EffectsOfSettings(rows []sample.Row, o Options) ([]SettingEffects, error) {
	levels := levelsOfArms(rows)
	if profile := profileArm(levels, o.Baseline); profile != "" {
		all, err := EffectsOfProfile(rows, o, profile)
		if err != nil {
			return nil, err
		}
		out := make([]SettingEffects, len(all))
		for i := range all {
			out[i] = SettingEffects{Workload: all[i].Workload, Metric: all[i].Metric, Profile: &all[i]}
		}
		return out, nil
	}
	arms := crossedArms(levels)
	if len(arms) == 0 {
		return nil, nil
	}
	all, err := effectsOfArms(rows, o, nil, arms)
	if err != nil {
		return nil, err
	}
	var out []SettingEffects
	for i := range all {
		if all[i].Boots > 0 && all[i].told() > 1 {
			out = append(out, SettingEffects{Workload: all[i].Workload, Metric: all[i].Metric, Factors: &all[i]})
		}
	}
	return out, nil
}

// told is how many settings the combinations can tell apart from all others. Of a list
// that happens to hold a profile and some of its lines it is one or none: nothing is
// crossed.
func (e *FactorEffects) told() int {
	n := 0
	for _, t := range e.Main {
		if !slices.Contains(e.NotEstimable, t.Term) {
			n++
		}
	}
	return n
}

// levelsOfArms is the levels of each combination.
func levelsOfArms(rows []sample.Row) map[string]map[string]string {
	levels := make(map[string]map[string]string)
	for _, r := range rows {
		if _, ok := levels[r.Combination]; !ok {
			levels[r.Combination] = r.Levels
		}
	}
	return levels
}

// profileArm names the arm whose parts the others are; "" for none.
func profileArm(levels map[string]map[string]string, baseline string) string {
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		profile, id, found := strings.Cut(name, withoutMark)
		whole, ok := levels[profile]
		if !found || !ok || profile == baseline || levels[baseline] == nil {
			continue
		}
		rest := maps.Clone(whole)
		rest[id] = levels[baseline][id]
		if whole[id] != rest[id] && maps.Equal(levels[name], rest) {
			return profile
		}
	}
	return ""
}
