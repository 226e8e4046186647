package effects

import (
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// levelEffects fills in the effects with a single number and, for factors in a
// significant interaction, the simple ones at each level of the partner.
func (s *study) levelEffects(e *FactorEffects, axis boots.Axis) {
	for _, main := range e.Main {
		if main.Suppressed == "" {
			e.Levels = append(e.Levels, s.against(factorNumber(s.factors, main.Term), -1, 0)...)
		}
	}
	for _, pair := range e.Pairs {
		if !record.True(pair.Significant) || s.dependsFurther(e, pair) {
			continue
		}
		k := slices.IndexFunc(s.terms, func(t term) bool { return t.name == pair.Term })
		a, b := s.terms[k].Factors[0], s.terms[k].Factors[1]
		for _, of := range [][2]int{{a, b}, {b, a}} {
			for level := range s.factors[of[1]].Levels {
				e.Simple = append(e.Simple, s.against(of[0], of[1], level)...)
			}
		}
	}
	s.intervals(e.Levels, axis)
	s.intervals(e.Simple, axis)
}

// dependsFurther says that a pair's effects change with settings beside the two: then
// they have no single number either.
func (s *study) dependsFurther(e *FactorEffects, pair TermEffect) bool {
	return slices.ContainsFunc(e.Main, func(main TermEffect) bool {
		return main.Suppressed == furtherSettings && slices.Contains(pair.Settings, main.Term)
	})
}

// against is every level of factor f against the baseline's: averaged over all
// other factors, or with factor at (when not negative) at one level.
func (s *study) against(f, at, atLevel int) []LevelEffect {
	var out []LevelEffect
	for level := 1; level < len(s.factors[f].Levels); level++ {
		l := s.contrast(f, level, at, atLevel)
		estimate, se, ok := s.model.Linear(l)
		if !ok {
			continue
		}
		e := LevelEffect{Factor: s.factors[f].ID, Level: s.factors[f].Levels[level], Against: s.factors[f].Levels[0], Y: estimate, SE: se, P: record.Number(math.NaN())}
		if at >= 0 {
			e.At = record.Name(s.factors[at].ID + "=" + s.factors[at].Levels[atLevel])
		}
		if se > 0 {
			e.P = record.Number(stat.TTwoSided(estimate/se, float64(s.model.DF)))
		}
		out = append(out, e)
	}
	return out
}

// contrast is the coefficients of the difference. A term's coding averages to zero
// over each of its factors, so only the terms of f and of f with at remain.
func (s *study) contrast(f, level, at, atLevel int) []float64 {
	l := make([]float64, len(s.model.Coefficients))
	high, low := make([]int, len(s.factors)), make([]int, len(s.factors))
	high[f] = level
	if at >= 0 {
		high[at], low[at] = atLevel, atLevel
	}
	for k, t := range s.terms {
		of := slices.Equal(t.Factors, []int{f}) || at >= 0 && slices.Equal(t.Factors, []int{min(f, at), max(f, at)})
		if !of {
			continue
		}
		hi, lo := termCode(s.factors, t.Factors, high), termCode(s.factors, t.Factors, low)
		for c := range hi {
			l[s.model.From[k]+c] = hi[c] - lo[c]
		}
	}
	return l
}

// intervals are simultaneous over the list.
func (s *study) intervals(list []LevelEffect, axis boots.Axis) {
	for i := range list {
		e := &list[i]
		e.Difference, e.Interval = record.Number(axis.Shown(e.Y)), rank.NoInterval()
		if s.model.DF >= 1 && e.SE > 0 {
			w := stat.TUpper(s.alpha/float64(2*len(list)), float64(s.model.DF)) * e.SE
			e.Interval = rank.IntervalOn(axis, contrast.Ends{Lower: e.Y - w, Upper: e.Y + w})
		}
	}
}
