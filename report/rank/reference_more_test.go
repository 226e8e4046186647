package rank

import (
	"math"
	"testing"
)

func checkTOST(t *testing.T, c *refCase) {
	var in struct {
		twoSamples
		Low   float64 `json:"margin_low"`
		High  float64 `json:"margin_high"`
		Alpha float64
	}
	c.in(&in)
	w := Welch(logs(in.X), logs(in.Y))
	m := newMargins(100*(in.High-1), 1)
	lower, upper := (w.Diff-m.lo)/w.SE, (w.Diff-m.hi)/w.SE
	c.number("t_lower", lower)
	c.number("t_upper", upper)
	c.number("p_lower", tSurvival(lower, w.DF))
	c.number("p_upper", tSurvival(-upper, w.DF))
	c.number("p_tost", math.Max(tSurvival(lower, w.DF), tSurvival(-upper, w.DF)))
	c.number("df", w.DF)
	low, high := w.Interval(in.Alpha)
	c.numbers("ci90_log", []float64{low / 100, high / 100})

	// The label of two arms is what TOST says: nothing but equivalence is asked
	// here, so the interval for claims is all there is.
	got := plainLabel(ends{math.Inf(-1), math.Inf(1)}, ends{low, high}, m)
	c.same("equivalent", got == LabelEquivalent)
	c.same("no_worse_than_2pct", got == LabelEquivalent || got == LabelNoWorse)
}

func checkPaired(t *testing.T, c *refCase) {
	var in twoSamples
	c.in(&in)
	p := Paired(in.X, in.Y)
	c.number("t", p.T)
	c.number("df", p.DF)
	c.number("p", p.P)
	low, high := p.Interval(0.025)
	c.numbers("ci95", []float64{low, high})

	d := make([]float64, len(in.X))
	for i := range d {
		d[i] = in.X[i] - in.Y[i]
	}
	v, exact := SignedRank(d)
	c.number("V", v)
	c.number("p_signed_rank_exact", exact)
	h := HodgesLehmannLocation(d, 0.05)
	c.number("hodges_lehmann", h.Median)
	c.numbers("hl_ci", []float64{h.Low, h.High})
}

// checkPower uses the same tail and the same solver for plans whose number of
// boots need not be whole.
func checkPower(t *testing.T, c *refCase) {
	var in struct {
		SD    []float64
		Delta []float64
		MdeN  []int     `json:"mde_n"`
		MdeSD []float64 `json:"mde_sd"`
	}
	c.in(&in)
	n := make([]float64, len(in.SD))
	for i, sd := range in.SD {
		n[i] = increasingRoot(func(n float64) float64 {
			df := 2 * (n - 1)
			return noncentralTail(tUpper(0.025, df), df, in.Delta[i]/sd*math.Sqrt(n/2)) - wantedPower
		}, 1.5, 10000)
		whole := bootsFor(in.Delta[i], 0.025, func(n int) (se, df float64) {
			return sd * math.Sqrt(2/float64(n)), float64(2 * (n - 1))
		})
		if whole != int(math.Ceil(n[i])) {
			t.Errorf("sd %v, difference %v: %d boots, want %v rounded up", sd, in.Delta[i], whole, n[i])
		}
	}
	c.numbers("n_per_arm", n)
	var want [][]refNumber
	c.expected("mde_rows_by_n", &want)
	for i, n := range in.MdeN {
		for j, sd := range in.MdeSD {
			got := detectable(sd*math.Sqrt(2/float64(n)), float64(2*(n-1)), 0.025)
			// R's root finder stops early: its rows should be proportional to sd and are
			// so to 2e-5 only (1.4069442, 1.4069178, 1.4069268 times sd for n = 9).
			c.close("mde", got, float64(want[i][j]), max(c.Tolerance.Relative, 2e-5))
		}
	}
}

// oneWay fits groups as one block and returns the sums of squares.
func oneWay(t *testing.T, groups [][]float64) (f *fit, between float64) {
	t.Helper()
	var boots []bootValue
	for arm, group := range groups {
		for _, y := range group {
			boots = append(boots, bootValue{arm: arm, y: y})
		}
	}
	f, err := fitBlocks(boots, len(groups), 1)
	if err != nil {
		t.Fatal(err)
	}
	grand := 0.0
	for arm, mean := range f.mean {
		grand += (mean - f.mean[0]) * float64(f.n[arm]) / float64(len(boots))
	}
	for arm, mean := range f.mean {
		between += float64(f.n[arm]) * (mean - f.mean[0] - grand) * (mean - f.mean[0] - grand)
	}
	return f, between
}

func checkNIST(t *testing.T, c *refCase) {
	var in struct{ Groups [][]float64 }
	c.in(&in)
	f, between := oneWay(t, in.Groups)
	k := float64(len(in.Groups) - 1)
	c.number("df_within", float64(f.df))
	c.number("ms_within", f.pooled)
	c.number("ss_within", f.pooled*float64(f.df))
	c.number("residual_sd", math.Sqrt(f.pooled))
	c.number("df_between", k)
	c.number("ss_between", between)
	c.number("ms_between", between/k)
	c.number("F", between/k/f.pooled)
	c.number("r_squared", between/(between+f.pooled*float64(f.df)))
}

func checkOneWay(t *testing.T, c *refCase) {
	var in struct{ Groups [][]float64 }
	c.in(&in)
	f, between := oneWay(t, in.Groups)
	k := float64(len(in.Groups) - 1)
	c.number("df_within", float64(f.df))
	c.number("ms_within", f.pooled)
	c.number("ss_between", between)
	c.number("F", between/k/f.pooled)
	c.number("df_between", k)
	c.number("ms_between", between/k)
	c.number("ss_within", f.pooled*float64(f.df))
	c.number("r_squared", between/(between+f.pooled*float64(f.df)))
	c.number("p", fUpper(between/k/f.pooled, k, float64(f.df)))
}

func checkBlocks(t *testing.T, c *refCase) {
	var in struct{ Rows [][]float64 }
	c.in(&in)
	var boots []bootValue
	for arm, row := range in.Rows {
		for block, y := range row {
			boots = append(boots, bootValue{arm: arm, block: block, y: y})
		}
	}
	f, err := fitBlocks(boots, len(in.Rows), len(in.Rows[0]))
	if err != nil {
		t.Fatal(err)
	}
	c.number("mse", f.pooled)
	c.number("se_diff", math.Sqrt(f.pooled*plainWeight(f, 0, 1)))
	n, k, df := float64(len(in.Rows[0])), len(in.Rows), float64(f.df)
	c.number("tukey_hsd_95", studentRangeUpper(0.05, k, df)*math.Sqrt(f.pooled/n))
	checkBlockTable(c, boots, k)
}

// checkBlockTable checks the sums of squares, arms or blocks first.
func checkBlockTable(c *refCase, boots []bootValue, arms int) {
	var obs []observation
	levels := make([]string, arms)
	for i := range levels {
		levels[i] = string(rune('a' + i))
	}
	for _, b := range boots {
		obs = append(obs, observation{level: []int{b.arm}, block: b.block, y: b.y})
	}
	m := newEffectStudy([]Factor{{"arm", levels}}, obs, nil, 0.05).model
	_, df, ss, _, f, p := anova(m)
	var want []float64
	if c.expected("df", &want); want[0] != df[0] {
		for _, x := range [][]float64{df, ss, f, p} {
			x[0], x[1] = x[1], x[0]
		}
	}
	c.numbers("df", df)
	c.numbers("ss", ss)
	c.numbers("F", f[:2])
	c.numbers("p", p[:2])
}

// plainWeight is the sum of squared weights of the contrast i - j.
func plainWeight(f *fit, i, j int) float64 {
	g := newFitted(f, moderation{})
	g.squaredWeights(i, j)
	sum := 0.0
	for _, w := range g.weight {
		sum += w
	}
	return sum
}

// checkNested: the test on boot means is the mixed model's.
func checkNested(t *testing.T, c *refCase) {
	var in struct{ Base, New [][]float64 }
	c.in(&in)
	means := func(boots [][]float64) []float64 {
		var out []float64
		for _, reps := range boots {
			m, _ := meanVariance(reps)
			out = append(out, m)
		}
		return out
	}
	base, fresh := means(in.Base), means(in.New)
	f, _ := oneWay(t, [][]float64{fresh, base})
	se := math.Sqrt(f.pooled * plainWeight(f, 0, 1))
	p := newTTest(f.mean[0]-f.mean[1], se, float64(f.df))
	c.number("bootmean_diff", p.Diff)
	c.number("bootmean_t", p.T)
	c.number("bootmean_df", p.DF)
	c.number("bootmean_p", p.P)
	low, high := p.Interval(0.025)
	c.numbers("bootmean_ci95", []float64{low, high})
	for key, got := range map[string]float64{"kr_estimate": p.Diff, "kr_se": p.SE, "kr_df": p.DF, "kr_t": p.T, "kr_p": p.P} {
		var want float64
		c.expected(key, &want)
		c.close(key, got, want, 1e-4) // a likelihood's optimiser stops early
	}
}

// checkCampaign compares the fit with one pooled variance.
func checkCampaign(t *testing.T, c *refCase) {
	var in caseCampaign
	c.in(&in)
	in.Alpha, in.MarginPercent = 0.05, 2
	in.ZeroRule = ZeroExclude
	declared, all, err := collect(in.rows(t), in.options())
	if err != nil {
		t.Fatal(err)
	}
	st, err := newStudy(declared, all[0], in.options())
	if err != nil {
		t.Fatal(err)
	}
	f := st.fit
	var raw, diff, se, pct, ts, ps []float64
	var boots []int
	for i := range in.Combos { // the names are in the case's order
		raw = append(raw, f.raw[i])
		boots = append(boots, f.n[i])
		if i == in.Baseline {
			continue
		}
		d, s := f.mean[i]-f.mean[in.Baseline], math.Sqrt(f.pooled*plainWeight(f, i, in.Baseline))
		test := newTTest(d, s, float64(f.df))
		diff, se, pct = append(diff, d), append(se, s), append(pct, percent(d))
		ts, ps = append(ts, test.T), append(ps, test.P)
	}
	c.same("n_boots", len(f.boots))
	c.same("per_combo_boots", boots)
	c.numbers("raw_mean_of_log_boot_means", raw)
	if _, ok := c.Expected["df_resid"]; !ok {
		return // one boot an arm: no variance to speak of
	}
	c.number("df_resid", float64(f.df))
	c.number("s2_resid", f.pooled)
	c.numbers("diff_from_combo0", diff)
	c.numbers("se_diff", se)
	c.numbers("percent_from_combo0", pct)
	c.numbers("t", ts)
	c.numbers("p_unadjusted", ps)
	c.numbers("p_holm", Holm(ps))
}
