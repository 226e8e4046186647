package rank

import (
	"maps"
	"slices"
)

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

// leastMet lists the levels that meet the smallest share of others, when that is too
// small.
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
