package effects

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// furtherSettings is the reason for suppressing a main effect that depends on more than one other
// setting at once.
const furtherSettings = "depends on further settings"

// unbalancedShare is the difference of type II and III sums of squares, as a share of
// both and of the residuals', that is more than rounding.
const unbalancedShare = 1e-6

// study is one metric's effects in the making.
type study struct {
	factors []Factor
	alpha   float64
	cells   [][]int   // the levels of each cell
	fit     *stat.Fit // of cells and blocks
	terms   []term
	model   *stat.Model
	full    bool     // all estimable interactions of two factors are in
	left    []string // terms that are left out as not estimable
	aliases []Alias
	mixed   bool // interactions are in part each other's and main effects', and none is in
}

func newStudy(factors []Factor, obs []observation, blocks int, alpha, resolution float64) (*study, error) {
	s := &study{factors: factors, alpha: alpha}
	number := make(map[string]int)
	values := make([]stat.Observation, len(obs))
	for i, o := range obs {
		key := fmt.Sprint(o.level)
		cell, ok := number[key]
		if !ok {
			cell = len(number)
			number[key] = cell
			s.cells = append(s.cells, o.level)
		}
		values[i] = stat.Observation{Arm: cell, Block: o.block, Y: o.y, X: o.x}
	}
	var err error
	if s.fit, err = stat.FitForModel(values, len(s.cells), blocks, resolution); err != nil {
		return nil, err
	}
	var main []term
	for f := range factors {
		main = append(main, newTerm(factors, s.cells, f))
	}
	s.extend(main)
	if s.model.DF < minEffectDF {
		s.full, s.left, s.terms = false, nil, main
		s.model = s.fit.Model(statTerms(main))
	}
	s.alias(main)
	return s, nil
}

// extend fits the main effects with the interactions of two that the combinations can
// show beside them, and names the others.
func (s *study) extend(main []term) {
	s.full, s.terms = true, slices.Clone(main)
	span := s.fit.Span(statTerms(main)...)
	for _, set := range interactions(len(s.factors), 2) {
		if t := newTerm(s.factors, s.cells, set...); span.Adds(t.Term) == 0 {
			s.left = append(s.left, t.name)
		} else {
			s.terms = append(s.terms, t)
		}
	}
	s.model = s.fit.Model(statTerms(s.terms))
	for k := range main {
		// In an array such as Plackett and Burman's each interaction is in part every other main effect: with all of them
		// in the model nothing is left, and without them the main effects are as well known as they can be.
		if !s.model.Estimable(k) && s.balanced() {
			s.mixed, s.left, s.terms = true, nil, main
			s.model = s.fit.Model(statTerms(main))
			return
		}
	}
}

// balanced says whether every two levels of two factors meet in equally many cells, so that main effects do not
// depend on which others are in the model.
func (s *study) balanced() bool {
	for _, pair := range interactions(len(s.factors), 2) {
		a, b := pair[0], pair[1]
		meet := make(map[[2]int]int)
		for _, cell := range s.cells {
			meet[[2]int{cell[a], cell[b]}]++
		}
		for _, n := range meet {
			if n*len(s.factors[a].Levels)*len(s.factors[b].Levels) != len(s.cells) {
				return false
			}
		}
	}
	return true
}

// alias finds the effects of up to two settings that the cells cannot tell apart one by one, as in a regular fraction.
func (s *study) alias(main []term) {
	if !s.balanced() {
		return
	}
	all := slices.Clone(main)
	for _, set := range interactions(len(s.factors), 2) {
		all = append(all, newTerm(s.factors, s.cells, set...))
	}
	done := make([]bool, len(all))
	for i, t := range all {
		if done[i] {
			continue
		}
		span := s.fit.Span(t.Term)
		a := Alias{Term: t.name}
		for j := i + 1; j < len(all); j++ {
			if !done[j] && len(all[j].Columns) == len(t.Columns) && span.Adds(all[j].Term) == 0 {
				done[j] = true
				a.With = append(a.With, all[j].name)
			}
		}
		if len(a.With) > 0 {
			s.aliases = append(s.aliases, a)
		}
	}
}

func (s *study) effects(axis boots.Axis) FactorEffects {
	m := s.model
	e := FactorEffects{
		Factors: s.factors, Boots: len(s.fit.Obs), DF: m.DF, Variance: record.Number(m.Variance()), WithInteractions: s.full,
		NotEstimable: slices.Clone(s.left), BreuschPagan: record.Number(m.BreuschPagan), Robust: m.Robust, LackOfFit: s.lackOfFit(),
		Aliases: s.aliases, Mixed: s.mixed,
	}
	for k, t := range s.terms {
		effect := s.term(k)
		if two, three := float64(effect.SS2), float64(effect.SS3); math.Abs(two-three) > unbalancedShare*(two+three+m.RSS) {
			e.Unbalanced = true
		}
		if !effect.SS3.Exists() {
			e.NotEstimable = append(e.NotEstimable, t.name)
		}
		if len(t.Factors) == 1 {
			e.Main = append(e.Main, effect)
		} else {
			e.Pairs = append(e.Pairs, effect)
		}
	}
	s.adjust(e.Main)
	s.adjust(e.Pairs)
	s.suppress(&e)
	s.levelEffects(&e, axis)
	return e
}

// term tests term k.
func (s *study) term(k int) TermEffect {
	m := s.model
	e := unknownEffect(s.terms[k])
	if !m.Estimable(k) {
		return e
	}
	two, three, df := m.TypeTwo(k), m.TypeThree(k), float64(e.DF)
	e.SS2, e.SS3 = record.Number(two), record.Number(three)
	if m.DF < 1 || s.fit.Variance(m.Variance()) == 0 {
		return e
	}
	f := three / df / m.Variance()
	if m.Robust {
		f = m.Wald(k)
	}
	e.F, e.P = record.Number(f), record.Number(stat.FUpper(f, df, float64(m.DF)))
	e.P2 = record.Number(stat.FUpper(two/df/m.Variance(), df, float64(m.DF)))
	return e
}

// adjust applies Holm's rule to one family.
func (s *study) adjust(family []TermEffect) {
	p := make([]float64, len(family))
	for i, e := range family {
		p[i] = float64(e.P)
	}
	for i, adjusted := range stat.Holm(p) {
		if !math.IsNaN(p[i]) {
			family[i].PHolm, family[i].Significant = record.Number(adjusted), new(adjusted <= s.alpha)
		}
	}
}

// lackOfFit compares the model with one mean for every combination of levels.
func (s *study) lackOfFit() LackOfFit {
	nan := record.Number(math.NaN())
	l := LackOfFit{F: nan, P: nan}
	f := s.fit
	if f.DF < 1 || f.Pooled == 0 {
		return l
	}
	l.DF1, l.DF2 = s.model.DF-f.DF, f.DF
	if l.DF1 < 1 {
		l.DF1 = 0
		return l
	}
	pure := f.Pooled * float64(f.DF)
	ratio := (s.model.RSS - pure) / float64(l.DF1) / f.Pooled
	p := stat.FUpper(ratio, float64(l.DF1), float64(l.DF2))
	l.F, l.P, l.Rejected = record.Number(ratio), record.Number(p), new(p < s.alpha)
	return l
}

// suppress takes the single number from main effects that depend on other
// settings: partners in a significant interaction, or, where the model does not
// fit, the settings of significant interactions of three, or all.
func (s *study) suppress(e *FactorEffects) {
	partners := make([][]string, len(s.factors))
	for _, p := range e.Pairs {
		if record.True(p.Significant) {
			a, b := p.Settings[0], p.Settings[1]
			i, j := factorNumber(s.factors, a), factorNumber(s.factors, b)
			partners[i], partners[j] = append(partners[i], b), append(partners[j], a)
		}
	}
	further := make([]bool, len(s.factors))
	if record.True(e.LackOfFit.Rejected) {
		further = s.furtherSettings()
	}
	for i := range e.Main {
		switch f := factorNumber(s.factors, e.Main[i].Term); {
		case further[f]:
			e.Main[i].Suppressed = furtherSettings
		case len(partners[f]) > 0:
			e.Main[i].Suppressed = record.Name("depends on " + strings.Join(partners[f], ", "))
		}
	}
}

// furtherSettings are those in a significant interaction of three, added one at a
// time, under Holm's rule; all settings when none stands out.
func (s *study) furtherSettings() []bool {
	involved := make([]bool, len(s.factors))
	var p []float64
	sets := interactions(len(s.factors), 3)
	if !s.full {
		sets = nil
	}
	for _, set := range sets {
		took, more := s.model.Further(newTerm(s.factors, s.cells, set...).Term)
		df := s.model.DF - more
		ss := s.model.RSS - took
		p = append(p, math.NaN())
		if more > 0 && df > 0 && ss > 0 {
			p[len(p)-1] = stat.FUpper((s.model.RSS-ss)/float64(more)/(ss/float64(df)), float64(more), float64(df))
		}
	}
	any := false
	for i, adjusted := range stat.Holm(p) {
		if adjusted <= s.alpha {
			any = true
			for _, f := range sets[i] {
				involved[f] = true
			}
		}
	}
	if !any {
		for f := range involved {
			involved[f] = true
		}
	}
	return involved
}
