package effects

import (
	"maps"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
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

// OfSettings finds out from the levels (set:ID columns) what the combinations can say about
// settings: arms named PROFILE-without-ID make a profile's design, and arms that cross the levels
// of two settings or more a factorial one. With neither, as in a list or one setting at a time,
// each arm is its own effect: the result is empty. In a campaign with a search they rest on Rows.
func OfSettings(rows []sample.Row, o rank.Options) ([]SettingEffects, error) {
	searched := slices.ContainsFunc(rows, ofSearch)
	rows = Rows(rows)
	if searched && !slices.ContainsFunc(rows, func(r sample.Row) bool { return r.Ranked() && r.HasValue && r.Combination == o.Baseline }) {
		return nil, nil // not begun, or not what can be compared
	}
	levels := boots.Levels(rows)
	if profile := profileArm(levels, o.Baseline); profile != "" {
		all, err := ofProfile(rows, o, profile)
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
	all, err := crossed(rows, o, arms)
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

// told is how many settings the combinations can tell apart from all others: at most one in a list
// that happens to hold a profile and some of its lines, where nothing is crossed.
func (e *FactorEffects) told() int {
	n := 0
	for _, t := range e.Main {
		if !slices.Contains(e.NotEstimable, t.Term) {
			n++
		}
	}
	return n
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

// ofSearch says whether a search decided by the row.
func ofSearch(r sample.Row) bool { return r.Status == sample.StatusSearch }

// Rows are the rows that effects of settings rest on: all of them or, in a campaign with a search,
// those of the blocks in which every combination has a planned boot, with the search's own taken
// for ranked ones. Later blocks boot what looks good more often, which is no basis for effects.
func Rows(rows []sample.Row) []sample.Row {
	if !slices.ContainsFunc(rows, ofSearch) {
		return rows
	}
	all := make(map[string]bool)
	in := make(map[string]map[string]bool)
	for _, r := range rows {
		all[r.Combination] = true
		if in[r.Block] == nil {
			in[r.Block] = make(map[string]bool)
		}
		in[r.Block][r.Combination] = true
	}
	return slices.DeleteFunc(boots.AsRanked(rows), func(r sample.Row) bool {
		return len(in[r.Block]) < len(all) || ofSearch(r)
	})
}

const (
	// A level that meets less than leastMet of the other settings' levels is no part
	// of a crossing: a baseline with its own level of every setting, a placebo.
	leastMet = 0.5
	// Settings are crossed when more than leastCrossed of the pairs of their levels
	// occur. One setting at a time has at most three of the four pairs of two levels;
	// a factorial has all that are not forbidden.
	leastCrossed = 0.75
)

// crossedArms names, sorted, the arms in which the levels of two settings or more are
// crossed; nil when there is no such set. Levels that hardly meet those of other
// settings are taken away, with their arms, until the rest is crossed or nothing varies.
func crossedArms(levels map[string]map[string]string) []string {
	names := slices.Sorted(maps.Keys(levels))
	for {
		c := newCrossing(names, levels)
		if len(c.factors) < 2 {
			return nil
		}
		gone := c.leastMet()
		if len(gone) == 0 {
			if c.share() > leastCrossed {
				return names
			}
			return nil
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			return slices.ContainsFunc(gone, func(l settingLevel) bool { return levels[name][l.id] == l.level })
		})
	}
}

type settingLevel struct{ id, level string }

// crossing is which levels of settings occur together in an arm.
type crossing struct {
	factors []string
	levels  []settingLevel
	meets   [][]bool // of levels; true on the diagonal only
}

func newCrossing(names []string, levels map[string]map[string]string) *crossing {
	c := &crossing{}
	ids := make(map[string]bool)
	for _, name := range names {
		for id := range levels[name] {
			ids[id] = true
		}
	}
	number := make(map[settingLevel]int)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		seen := make(map[string]bool)
		for _, name := range names {
			seen[levels[name][id]] = true
		}
		if len(seen) < 2 {
			continue
		}
		c.factors = append(c.factors, id)
		for _, level := range slices.Sorted(maps.Keys(seen)) {
			l := settingLevel{id, level}
			number[l] = len(c.levels)
			c.levels = append(c.levels, l)
		}
	}
	c.meets = make([][]bool, len(c.levels))
	for i := range c.meets {
		c.meets[i] = make([]bool, len(c.levels))
	}
	at := make([]int, len(c.factors))
	for _, name := range names {
		for f, id := range c.factors {
			at[f] = number[settingLevel{id, levels[name][id]}]
		}
		for _, i := range at {
			for _, k := range at {
				c.meets[i][k] = true
			}
		}
	}
	return c
}

// met counts the levels of other settings that level i occurs with, and all there are.
func (c *crossing) met(i int) (met, of int) {
	for k, l := range c.levels {
		if l.id == c.levels[i].id {
			continue
		}
		of++
		if c.meets[i][k] {
			met++
		}
	}
	return met, of
}

// leastMet lists the levels that meet the smallest share of others, when that is too small.
func (c *crossing) leastMet() []settingLevel {
	smallest := leastMet
	var out []settingLevel
	for i, l := range c.levels {
		met, of := c.met(i)
		switch share := float64(met) / float64(of); {
		case share < smallest:
			smallest, out = share, []settingLevel{l}
		case share == smallest && share < leastMet:
			out = append(out, l)
		}
	}
	return out
}

// share is how many of the pairs of levels of two settings occur.
func (c *crossing) share() float64 {
	met, of := 0, 0
	for i := range c.levels {
		m, n := c.met(i)
		met, of = met+m, of+n
	}
	return float64(met) / float64(of)
}
