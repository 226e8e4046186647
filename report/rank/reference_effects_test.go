package rank

import (
	"math"
	"slices"
	"testing"
)

// factorialCase is a table of columns coded -1/+1, a block and y.
func factorialCase(c *refCase) ([]Factor, []observation) {
	var in struct {
		Columns []string
		Rows    [][]float64
	}
	c.in(&in)
	var factors []Factor
	n := len(in.Columns) - 2
	for _, id := range in.Columns[:n] {
		factors = append(factors, Factor{id, []string{"-1", "1"}})
	}
	var obs []observation
	for _, row := range in.Rows {
		o := observation{block: int(row[n]), y: row[n+1]}
		for _, v := range row[:n] {
			o.level = append(o.level, int(v+1)/2)
		}
		obs = append(obs, o)
	}
	return factors, obs
}

// anova lists the type II tests of the model, blocks first, and the residual.
func anova(m *fittedModel) (terms []string, df, ss, ms, f, p []float64) {
	add := func(name string, d, s float64) {
		terms, df, ss, ms = append(terms, name), append(df, d), append(ss, s), append(ms, s/d)
	}
	for k, t := range m.terms[1:] {
		name := t.name
		if name == "block" {
			name = "blk"
		}
		d := float64(len(t.columns))
		add(name, d, m.typeTwo(k+1))
		f = append(f, ms[len(ms)-1]/m.variance())
		p = append(p, fUpper(f[len(f)-1], d, float64(m.df)))
	}
	add("Residuals", float64(m.df), m.rss)
	return terms, df, ss, ms, append(f, math.NaN()), append(p, math.NaN())
}

func checkFactorial(t *testing.T, c *refCase) {
	factors, obs := factorialCase(c)
	s := newEffectStudy(factors, obs, nil, 0.05)
	terms, df, ss, ms, f, p := anova(s.model)
	c.same("anova_terms", terms)
	c.numbers("anova_df", df)
	c.numbers("anova_ss", ss)
	c.numbers("anova_ms", ms)
	c.numbers("anova_F", f)
	c.numbers("anova_p", p)
	var names []string
	var effect, se, low, high, ps []float64
	for k, term := range s.model.terms[2:] {
		l := make([]float64, s.model.basis.offered)
		l[s.model.from[k+2]] = 2
		estimate, e, _ := s.model.linear(l)
		w := tUpper(0.025, float64(s.model.df)) * e
		names = append(names, term.name)
		effect, se = append(effect, estimate), append(se, e)
		low, high = append(low, estimate-w), append(high, estimate+w)
		ps = append(ps, tTwoSided(estimate/e, float64(s.model.df)))
	}
	c.same("effect_terms", names)
	c.numbers("effect", effect)
	c.numbers("effect_se", se)
	c.numbers("effect_ci95_low", low)
	c.numbers("effect_ci95_high", high)
	c.numbers("effect_p", ps)
	c.numbers("holm_p", Holm(ps))
	checkFactorialEffects(t, s, effect)

	// With the higher interactions, one after another, blocks first.
	all := slices.Clone(s.model.terms)
	for n := 3; n <= len(factors); n++ {
		for _, set := range interactions(len(factors), n) {
			all = append(all, newTerm(factors, obs, set...))
		}
	}
	terms, _, ss, _, _, _ = anova(fitModel(all, s.y))
	var want []string // R's order of terms depends on how the formula is written
	c.expected("full_model_terms", &want)
	inOrder := make([]float64, len(want))
	for i, name := range want {
		inOrder[i] = ss[slices.Index(terms, name)]
	}
	c.numbers("full_model_ss", inOrder)
}

// checkFactorialEffects: the effects that are reported are those numbers.
func checkFactorialEffects(t *testing.T, s *effectStudy, effect []float64) {
	e := s.effects(1)
	for i, main := range e.Main {
		for _, l := range e.Levels {
			if l.Factor == main.Term && math.Abs(l.Log-effect[i]) > 1e-9 {
				t.Errorf("%s: %v, want %v", main.Term, l.Log, effect[i])
			}
		}
		if math.Abs(main.SS2-main.SS3) > 1e-6 {
			t.Errorf("%s: type II %v and type III %v of a balanced design differ", main.Term, main.SS2, main.SS3)
		}
	}
}

func checkUnbalancedFactorial(t *testing.T, c *refCase) {
	var in struct {
		RSS, Buf []string
		Y        []float64
	}
	c.in(&in)
	levels := func(x []string) []string {
		s := slices.Clone(x)
		slices.Sort(s)
		return slices.Compact(s)
	}
	factors := []Factor{{"rss", levels(in.RSS)}, {"buf", levels(in.Buf)}}
	var obs []observation
	for i, y := range in.Y {
		obs = append(obs, observation{level: []int{slices.Index(factors[0].Levels, in.RSS[i]), slices.Index(factors[1].Levels, in.Buf[i])}, y: y})
	}
	s := newEffectStudy(factors, obs, [][]int{{0, 1}}, 0.05)
	e := s.effects(1)
	var names []string
	var ss2, df2, f2, p2, ss3, f3, p3 []float64
	for _, term := range append(e.Main, e.Pairs...) {
		names = append(names, term.Term)
		d := float64(term.DF)
		f := term.SS2 / d / e.Variance
		ss2, df2, f2 = append(ss2, term.SS2), append(df2, d), append(f2, f)
		p2 = append(p2, fUpper(f, d, float64(e.DF)))
		ss3, f3, p3 = append(ss3, term.SS3), append(f3, term.F), append(p3, term.P)
	}
	nan := math.NaN()
	rss := e.Variance * float64(e.DF)
	c.same("type2_terms", append(slices.Clone(names), "Residuals"))
	c.numbers("type2_ss", append(ss2, rss))
	c.numbers("type2_df", append(df2, float64(e.DF)))
	c.numbers("type2_F", append(f2, nan))
	c.numbers("type2_p", append(p2, nan))

	constant := fitModel(s.model.terms, in.Y)
	i3 := constant.typeThree(0)
	fi := i3 / e.Variance
	c.same("type3_terms", slices.Concat([]string{"(Intercept)"}, names, []string{"Residuals"}))
	c.numbers("type3_ss", slices.Concat([]float64{i3}, ss3, []float64{rss}))
	c.numbers("type3_F", slices.Concat([]float64{fi}, f3, []float64{nan}))
	c.numbers("type3_p", slices.Concat([]float64{fUpper(fi, 1, float64(e.DF))}, p3, []float64{nan}))

	var emm map[string]float64
	c.expected("emm_rss", &emm)
	at := constant.beta[constant.from[2]]
	for level, name := range factors[0].Levels {
		c.close("emm "+name, constant.beta[0]+at*factors[0].code(level)[0], emm[name], c.Tolerance.Relative)
	}
}
