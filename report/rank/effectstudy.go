package rank

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// furtherSettings is why a main effect is suppressed that depends on more than one
// other setting at once.
const furtherSettings = "depends on further settings"

// unbalancedShare is the difference of type II and III sums of squares, as a share of
// both and of the residuals', that is more than rounding.
const unbalancedShare = 1e-6

// effectStudy is one metric's effects in the making.
type effectStudy struct {
	factors []Factor
	obs     []observation
	alpha   float64
	model   *fittedModel
	full    bool        // all estimable interactions of two factors are in
	left    []string    // terms that are left out as not estimable
	y       []float64   // centred
	base    []modelTerm // constant and blocks
}

func newEffectStudy(factors []Factor, obs []observation, declared [][]int, alpha float64) *effectStudy {
	s := &effectStudy{factors: factors, obs: obs, alpha: alpha}
	grand := 0.0
	for i, o := range obs {
		grand += (o.y - grand) / float64(i+1)
	}
	for _, o := range obs {
		s.y = append(s.y, o.y-grand)
	}
	constant, blocks := nuisance(obs)
	s.base = []modelTerm{constant, blocks}
	main := slices.Clone(s.base)
	for f := range factors {
		main = append(main, newTerm(factors, obs, f))
	}
	full, left := s.extend(main, interactions(len(factors), 2))
	s.full, s.left, s.model = true, left, fitModel(full, s.y)
	if s.model.df < minEffectDF {
		full, s.left = s.extend(main, declared)
		s.full, s.model = false, fitModel(full, s.y)
	}
	return s
}

// extend adds the interactions that the combinations can show beside the main
// effects, and names the others.
func (s *effectStudy) extend(main []modelTerm, sets [][]int) (terms []modelTerm, left []string) {
	terms = slices.Clone(main)
	basis := basisOf(main)
	for _, set := range sets {
		if t := newTerm(s.factors, s.obs, set...); basis.adds(t) == 0 {
			left = append(left, t.name)
		} else {
			terms = append(terms, t)
		}
	}
	return terms, left
}

func (s *effectStudy) effects(sign float64) FactorEffects {
	m := s.model
	e := FactorEffects{
		Factors: s.factors, Boots: len(s.obs), DF: m.df, Variance: m.variance(), WithInteractions: s.full,
		NotEstimable: slices.Clone(s.left), BreuschPagan: m.breuschPagan, Robust: m.robust, LackOfFit: s.lackOfFit(),
	}
	for k, t := range m.terms {
		if len(t.factors) == 0 {
			continue
		}
		effect := s.term(k)
		if math.Abs(effect.SS2-effect.SS3) > unbalancedShare*(effect.SS2+effect.SS3+m.rss) {
			e.Unbalanced = true
		}
		if math.IsNaN(effect.SS3) {
			e.NotEstimable = append(e.NotEstimable, t.name)
		}
		if len(t.factors) == 1 {
			e.Main = append(e.Main, effect)
		} else {
			e.Pairs = append(e.Pairs, effect)
		}
	}
	s.adjust(e.Main)
	s.adjust(e.Pairs)
	s.suppress(&e)
	s.levelEffects(&e, sign)
	return e
}

// term tests term k.
func (s *effectStudy) term(k int) TermEffect {
	m := s.model
	e := unknownEffect(m.terms[k])
	if !m.termEstimable(k) {
		return e
	}
	e.SS2, e.SS3 = m.typeTwo(k), m.typeThree(k)
	switch {
	case m.df < 1 || m.variance() < exactZero:
		return e
	case m.robust:
		e.F = m.wald(k)
	default:
		e.F = e.SS3 / float64(e.DF) / m.variance()
	}
	e.P = fUpper(e.F, float64(e.DF), float64(m.df))
	e.P2 = fUpper(e.SS2/float64(e.DF)/m.variance(), float64(e.DF), float64(m.df))
	return e
}

// adjust applies Holm's rule to one family.
func (s *effectStudy) adjust(family []TermEffect) {
	p := make([]float64, len(family))
	for i, e := range family {
		p[i] = e.P
	}
	for i, adjusted := range Holm(p) {
		if !math.IsNaN(p[i]) {
			family[i].PHolm = adjusted
			family[i].Significant = adjusted <= s.alpha
		}
	}
}

// lackOfFit compares the model with one mean for every combination of levels.
func (s *effectStudy) lackOfFit() LackOfFit {
	l := LackOfFit{F: math.NaN(), P: math.NaN()}
	cells := make(map[string]int)
	var boots []bootValue
	blocks := 0
	for i, o := range s.obs {
		key := fmt.Sprint(o.level)
		if _, ok := cells[key]; !ok {
			cells[key] = len(cells)
		}
		boots = append(boots, bootValue{arm: cells[key], block: o.block, y: s.y[i]})
		blocks = max(blocks, o.block+1)
	}
	f, err := fitBlocks(boots, len(cells), blocks)
	if err != nil || f.df < 1 || f.pooled == 0 {
		return l
	}
	l.DF1, l.DF2 = s.model.df-f.df, f.df
	if l.DF1 < 1 {
		l.DF1 = 0
		return l
	}
	pure := f.pooled * float64(f.df)
	l.F = (s.model.rss - pure) / float64(l.DF1) / f.pooled
	l.P = fUpper(l.F, float64(l.DF1), float64(l.DF2))
	l.Rejected = l.P < s.alpha
	return l
}

// suppress takes the single number from main effects that depend on other
// settings: partners in a significant interaction, or, where the model does not
// fit, the settings of significant interactions of three, or all.
func (s *effectStudy) suppress(e *FactorEffects) {
	partners := make([][]string, len(s.factors))
	for _, p := range e.Pairs {
		if p.Significant {
			a, b := p.Settings[0], p.Settings[1]
			i, j := factorNumber(s.factors, a), factorNumber(s.factors, b)
			partners[i], partners[j] = append(partners[i], b), append(partners[j], a)
		}
	}
	further := make([]bool, len(s.factors))
	if e.LackOfFit.Rejected {
		further = s.furtherSettings()
	}
	for i := range e.Main {
		switch f := factorNumber(s.factors, e.Main[i].Term); {
		case further[f]:
			e.Main[i].Suppressed = furtherSettings
		case len(partners[f]) > 0:
			e.Main[i].Suppressed = "depends on " + strings.Join(partners[f], ", ")
		}
	}
}

// furtherSettings are those in a significant interaction of three, added one at a
// time, under Holm's rule; all settings when none stands out.
func (s *effectStudy) furtherSettings() []bool {
	involved := make([]bool, len(s.factors))
	var p []float64
	sets := interactions(len(s.factors), 3)
	if !s.full {
		sets = nil
	}
	for _, set := range sets {
		t := newTerm(s.factors, s.obs, set...)
		more := s.model.basis.adds(t)
		df := s.model.df - more
		ss := s.model.rss - s.model.basis.explains(t, s.model.resid)
		p = append(p, math.NaN())
		if more > 0 && df > 0 && ss > 0 {
			p[len(p)-1] = fUpper((s.model.rss-ss)/float64(more)/(ss/float64(df)), float64(more), float64(df))
		}
	}
	any := false
	for i, adjusted := range Holm(p) {
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
