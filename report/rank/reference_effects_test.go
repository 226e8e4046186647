package rank_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// anovaTable is the type II tests of a model, blocks first, and its residual.
type anovaTable struct{ df, ss, ms, f, p []float64 }

// anova tests the blocks by taking them out of the model: all observations in one.
func anova(t *testing.T, obs []stat.Observation, arms int, terms []stat.Term) anovaTable {
	t.Helper()
	m := modelOf(t, obs, arms, terms)
	var a anovaTable
	add := func(df, ss float64) {
		a.df, a.ss, a.ms = append(a.df, df), append(a.ss, ss), append(a.ms, ss/df)
		a.f = append(a.f, ss/df/m.Variance())
		a.p = append(a.p, stat.FUpper(ss/df/m.Variance(), df, float64(m.DF)))
	}
	without := modelOf(t, inOneBlock(obs), arms, terms)
	add(float64(without.DF-m.DF), without.RSS-m.RSS)
	for k, term := range terms {
		add(float64(len(term.Columns)), m.TypeTwo(k))
	}
	add(float64(m.DF), m.RSS)
	last := len(a.f) - 1
	a.f[last], a.p[last] = math.NaN(), math.NaN()
	return a
}

func modelOf(t *testing.T, obs []stat.Observation, arms int, terms []stat.Term) *stat.Model {
	t.Helper()
	blocks := 0
	for _, o := range obs {
		blocks = max(blocks, o.Block+1)
	}
	f, err := stat.FitForModel(obs, arms, blocks, stat.LogResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f.Model(terms)
}

func inOneBlock(obs []stat.Observation) []stat.Observation {
	out := slices.Clone(obs)
	for i := range out {
		out[i].Block = 0
	}
	return out
}

// factorialCase is a table of columns coded -1/+1, a block and y, as a campaign: the
// value of a boot is the one whose logarithm is y.
type factorialCase struct {
	factors []effects.Factor
	cells   [][]int
	obs     []stat.Observation
	rows    []sample.Row
}

// add adds a boot at the levels of the factors.
func (c *factorialCase) add(level []int, block int, y float64) {
	cell := slices.IndexFunc(c.cells, func(l []int) bool { return slices.Equal(l, level) })
	if cell < 0 {
		cell = len(c.cells)
		c.cells = append(c.cells, level)
	}
	c.obs = append(c.obs, stat.Observation{Arm: cell, Block: block, Y: y})
	row := sample.Row{Block: fmt.Sprintf("%03d", block), Boot: fmt.Sprint(len(c.rows)), Workload: "tcp", Metric: "throughput", Unit: "Mbit/s",
		Better: sample.HigherIsBetter, Repetition: 1, Value: math.Exp(y / 100), HasValue: true, Status: sample.StatusOK, Levels: make(map[string]string)}
	var name []string
	for i, f := range c.factors {
		row.Levels[f.ID] = f.Levels[level[i]]
		name = append(name, f.Levels[level[i]])
	}
	row.Combination = strings.Join(name, ",")
	c.rows = append(c.rows, row)
}

// effects are those that a report has of the campaign.
func (c *factorialCase) effects(t *testing.T) *effects.FactorEffects {
	t.Helper()
	o := rank.DefaultOptions()
	var first []string
	for _, f := range c.factors {
		first = append(first, f.Levels[0])
	}
	o.Baseline = strings.Join(first, ",")
	all, err := effects.OfSettings(c.rows, o)
	if err != nil || len(all) != 1 || all[0].Factors == nil {
		t.Fatalf("%+v, %v: no effects of crossed settings", all, err)
	}
	return all[0].Factors
}

func checkFactorial(t *testing.T, c *refCase) {
	var in struct {
		Columns []string
		Rows    [][]float64
	}
	c.in(&in)
	n := len(in.Columns) - 2
	var of factorialCase
	for _, id := range in.Columns[:n] {
		of.factors = append(of.factors, effects.Factor{ID: id, Levels: []string{"-1", "1"}})
	}
	for _, row := range in.Rows {
		var level []int
		for _, v := range row[:n] {
			level = append(level, int(v+1)/2)
		}
		of.add(level, int(row[n])-1, row[n+1])
	}
	e := of.effects(t)
	terms := effects.TermsUpTo(2, of.factors, of.cells)
	name := func(term stat.Term) string {
		var ids []string
		for _, f := range term.Factors {
			ids = append(ids, of.factors[f].ID)
		}
		return strings.Join(ids, ":")
	}
	names := []string{"blk"}
	for _, term := range terms {
		names = append(names, name(term))
	}
	table := anova(t, of.obs, len(of.cells), terms)
	c.same("anova_terms", append(names, "Residuals"))
	c.numbers("anova_df", table.df)
	c.numbers("anova_ss", table.ss)
	c.numbers("anova_ms", table.ms)
	c.numbers("anova_F", table.f)
	c.numbers("anova_p", table.p)

	m := modelOf(t, of.obs, len(of.cells), terms)
	df := float64(m.DF)
	var effect, se, low, high, ps []float64
	for k := range terms {
		l := make([]float64, len(m.Coefficients))
		l[m.From[k]] = 2
		estimate, s, _ := m.Linear(l)
		w := stat.TUpper(0.025, df) * s
		effect, se = append(effect, estimate), append(se, s)
		low, high = append(low, estimate-w), append(high, estimate+w)
		ps = append(ps, stat.TTwoSided(estimate/s, df))
	}
	c.same("effect_terms", names[1:])
	c.numbers("effect", effect)
	c.numbers("effect_se", se)
	c.numbers("effect_ci95_low", low)
	c.numbers("effect_ci95_high", high)
	c.numbers("effect_p", ps)
	c.numbers("holm_p", stat.Holm(ps))
	checkReportedEffects(t, e, effect, table)

	// With the higher interactions, one after another, blocks first.
	all := effects.TermsUpTo(len(of.factors), of.factors, of.cells)
	names = []string{"blk"}
	for _, term := range all {
		names = append(names, name(term))
	}
	names = append(names, "Residuals")
	ss := anova(t, of.obs, len(of.cells), all).ss
	var want []string // R's order of terms depends on how the formula is written
	c.expected("full_model_terms", &want)
	inOrder := make([]float64, len(want))
	for i, name := range want {
		inOrder[i] = ss[slices.Index(names, name)]
	}
	c.numbers("full_model_ss", inOrder)
}

// checkReportedEffects: the effects that are reported are those numbers.
func checkReportedEffects(t *testing.T, e *effects.FactorEffects, effect []float64, table anovaTable) {
	t.Helper()
	for k, term := range append(slices.Clone(e.Main), e.Pairs...) {
		for _, l := range e.Levels {
			if l.Factor == term.Term && math.Abs(l.Y-effect[k]) > 1e-9 {
				t.Errorf("%s: %v, want %v", term.Term, l.Y, effect[k])
			}
		}
		if want := table.ss[k+1]; math.Abs(float64(term.SS2)-want) > 1e-8*want || math.Abs(float64(term.SS3)-want) > 1e-8*want || math.Abs(float64(term.P)-table.p[k+1]) > 1e-9 {
			t.Errorf("%s: type II %v, type III %v, p %v of a balanced design, want %v, p %v", term.Term, term.SS2, term.SS3, term.P, want, table.p[k+1])
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
	of := factorialCase{factors: []effects.Factor{{ID: "rss", Levels: levels(in.RSS)}, {ID: "buf", Levels: levels(in.Buf)}}}
	for i, y := range in.Y {
		of.add([]int{slices.Index(of.factors[0].Levels, in.RSS[i]), slices.Index(of.factors[1].Levels, in.Buf[i])}, 0, y)
	}
	terms := effects.TermsUpTo(2, of.factors, of.cells)
	m := modelOf(t, of.obs, len(of.cells), terms)
	df := float64(m.DF)
	var ss2, df2, f2, p2, ss3, f3, p3 []float64
	for k, term := range terms {
		d := float64(len(term.Columns))
		two, three := m.TypeTwo(k), m.TypeThree(k)
		ss2, df2, f2 = append(ss2, two), append(df2, d), append(f2, two/d/m.Variance())
		ss3, f3 = append(ss3, three), append(f3, three/d/m.Variance())
		p2, p3 = append(p2, stat.FUpper(f2[k], d, df)), append(p3, stat.FUpper(f3[k], d, df))
	}
	names, nan := []string{"rss", "buf", "rss:buf"}, math.NaN()
	c.same("type2_terms", append(slices.Clone(names), "Residuals"))
	c.numbers("type2_ss", append(slices.Clone(ss2), m.RSS))
	c.numbers("type2_df", append(df2, df))
	c.numbers("type2_F", append(f2, nan))
	c.numbers("type2_p", append(slices.Clone(p2), nan))

	// The constant is the mean of y less the model at the mean of its columns, and the
	// two do not depend on each other.
	at := make([]float64, len(m.Coefficients))
	mean := 0.0
	for _, o := range of.obs {
		mean += o.Y / float64(len(of.obs))
		for k, term := range terms {
			for i, column := range term.Columns {
				at[m.From[k]+i] += column[o.Arm] / float64(len(of.obs))
			}
		}
	}
	model, se, _ := m.Linear(at)
	constant := mean - model
	i3 := constant * constant / (1/float64(len(of.obs)) + se*se/m.Variance())
	fi := i3 / m.Variance()
	c.same("type3_terms", slices.Concat([]string{"(Intercept)"}, names, []string{"Residuals"}))
	c.numbers("type3_ss", slices.Concat([]float64{i3}, ss3, []float64{m.RSS}))
	c.numbers("type3_F", slices.Concat([]float64{fi}, f3, []float64{nan}))
	c.numbers("type3_p", slices.Concat([]float64{stat.FUpper(fi, 1, df)}, p3, []float64{nan}))
	var emm map[string]float64
	c.expected("emm_rss", &emm)
	for level, name := range of.factors[0].Levels {
		c.close("emm "+name, constant+m.Coefficients[m.From[0]]*float64(2*level-1), emm[name], c.Tolerance.Relative)
	}

	// What is reported is that.
	e := of.effects(t)
	for k, term := range append(slices.Clone(e.Main), e.Pairs...) {
		for i := range e.Main { // settings are reported by name
			if term.Term == names[i] {
				k = i
			}
		}
		if math.Abs(float64(term.SS2)/ss2[k]-1) > 1e-7 || math.Abs(float64(term.SS3)/ss3[k]-1) > 1e-7 || math.Abs(float64(term.P2)-p2[k]) > 1e-9 || math.Abs(float64(term.P)-p3[k]) > 1e-9 {
			t.Errorf("%s: %+v; want type II %v, p %v, type III %v, p %v", term.Term, term, ss2[k], p2[k], ss3[k], p3[k])
		}
	}
	if !e.Unbalanced {
		t.Error("types II and III are said to be one")
	}
}
