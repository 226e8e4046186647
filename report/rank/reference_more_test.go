package rank_test

import (
	"math"
	"slices"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
)

func checkTOST(t *testing.T, c *refCase) {
	var in struct {
		twoSamples
		Low   float64 `json:"margin_low"`
		High  float64 `json:"margin_high"`
		Alpha float64
	}
	c.in(&in)
	w := stat.Welch(logs(in.X), logs(in.Y))
	var m rank.Margins
	m.Low, m.High = boots.Axis{}.Margins(100 * (in.High - 1))
	lower, upper := (w.Diff-m.Low)/w.SE, (w.Diff-m.High)/w.SE
	c.number("t_lower", lower)
	c.number("t_upper", upper)
	c.number("p_lower", stat.TSurvival(lower, w.DF))
	c.number("p_upper", stat.TSurvival(-upper, w.DF))
	c.number("p_tost", math.Max(stat.TSurvival(lower, w.DF), stat.TSurvival(-upper, w.DF)))
	c.number("df", w.DF)
	low, high := w.Interval(in.Alpha)
	c.numbers("ci90_log", []float64{low / 100, high / 100})

	// The label of two arms is what TOST says: nothing but equivalence is asked
	// here, so the interval for claims is all there is.
	got := rank.PlainLabel(contrast.Ends{Lower: math.Inf(-1), Upper: math.Inf(1)}, contrast.Ends{Lower: low, Upper: high}, m)
	c.same("equivalent", got == rank.LabelEquivalent)
	c.same("no_worse_than_2pct", got == rank.LabelEquivalent || got == rank.LabelNoWorse)
}

func checkPaired(t *testing.T, c *refCase) {
	var in twoSamples
	c.in(&in)
	p := stat.Paired(in.X, in.Y)
	c.number("t", p.T)
	c.number("df", p.DF)
	c.number("p", p.P)
	low, high := p.Interval(0.025)
	c.numbers("ci95", []float64{low, high})
}

// checkPower asks the same solver for plans whose number of boots need not be whole:
// what such a plan finds with the power is the difference.
func checkPower(t *testing.T, c *refCase) {
	var in struct {
		SD    []float64
		Delta []float64
		MdeN  []int     `json:"mde_n"`
		MdeSD []float64 `json:"mde_sd"`
	}
	c.in(&in)
	detectable := func(n, sd float64) float64 {
		return stat.Detectable(stat.UsualPower, sd*math.Sqrt(2/n), 2*(n-1), 0.025)
	}
	n := make([]float64, len(in.SD))
	for i, sd := range in.SD {
		lo, hi := 1.5, 10000.0
		for hi-lo > 1e-13*hi {
			middle := (lo + hi) / 2
			if middle == lo || middle == hi {
				break
			}
			if detectable(middle, sd) > in.Delta[i] {
				lo = middle
			} else {
				hi = middle
			}
		}
		n[i] = hi
		whole := stat.BootsFor(stat.UsualPower, in.Delta[i], 0.025, func(n int) (se, df float64) {
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
			// R's root finder stops early: its rows should be proportional to sd and are
			// so to 2e-5 only (1.4069442, 1.4069178, 1.4069268 times sd for n = 9).
			c.close("mde", detectable(float64(n), sd), float64(want[i][j]), max(c.Tolerance.Relative, 2e-5))
		}
	}
}

// oneWay fits groups as one block and returns the sums of squares.
func oneWay(t *testing.T, groups [][]float64) (f *stat.Fit, between float64) {
	t.Helper()
	var boots []stat.Observation
	for arm, group := range groups {
		for _, y := range group {
			boots = append(boots, stat.Observation{Arm: arm, Y: y})
		}
	}
	f, err := stat.FitForModel(boots, len(groups), 1, stat.LogResolution)
	if err != nil {
		t.Fatal(err)
	}
	grand := 0.0
	for arm, mean := range f.Mean {
		grand += (mean - f.Mean[0]) * float64(f.N[arm]) / float64(len(boots))
	}
	for arm, mean := range f.Mean {
		between += float64(f.N[arm]) * (mean - f.Mean[0] - grand) * (mean - f.Mean[0] - grand)
	}
	return f, between
}

func checkNIST(t *testing.T, c *refCase) {
	var in struct{ Groups [][]float64 }
	c.in(&in)
	f, between := oneWay(t, in.Groups)
	k := float64(len(in.Groups) - 1)
	c.number("df_within", float64(f.DF))
	c.number("ms_within", f.Pooled)
	c.number("ss_within", f.Pooled*float64(f.DF))
	c.number("residual_sd", math.Sqrt(f.Pooled))
	c.number("df_between", k)
	c.number("ss_between", between)
	c.number("ms_between", between/k)
	c.number("F", between/k/f.Pooled)
	c.number("r_squared", between/(between+f.Pooled*float64(f.DF)))
}

func checkOneWay(t *testing.T, c *refCase) {
	var in struct{ Groups [][]float64 }
	c.in(&in)
	f, between := oneWay(t, in.Groups)
	k := float64(len(in.Groups) - 1)
	c.number("df_within", float64(f.DF))
	c.number("ms_within", f.Pooled)
	c.number("ss_between", between)
	c.number("F", between/k/f.Pooled)
	c.number("df_between", k)
	c.number("ms_between", between/k)
	c.number("ss_within", f.Pooled*float64(f.DF))
	c.number("r_squared", between/(between+f.Pooled*float64(f.DF)))
	c.number("p", stat.FUpper(between/k/f.Pooled, k, float64(f.DF)))
}

func checkBlocks(t *testing.T, c *refCase) {
	var in struct{ Rows [][]float64 }
	c.in(&in)
	var boots []stat.Observation
	for arm, row := range in.Rows {
		for block, y := range row {
			boots = append(boots, stat.Observation{Arm: arm, Block: block, Y: y})
		}
	}
	f, err := stat.FitForModel(boots, len(in.Rows), len(in.Rows[0]), stat.LogResolution)
	if err != nil {
		t.Fatal(err)
	}
	c.number("mse", f.Pooled)
	c.number("se_diff", math.Sqrt(f.Pooled*plainWeight(f, 0, 1)))
	n, k, df := float64(len(in.Rows[0])), len(in.Rows), float64(f.DF)
	c.number("tukey_hsd_95", stat.NewRange(k).Upper(0.05, df)*math.Sqrt(f.Pooled/n))
	checkBlockTable(c, boots, k)
}

// checkBlockTable checks the sums of squares, arms or blocks first.
func checkBlockTable(c *refCase, boots []stat.Observation, arms int) {
	term := stat.Term{Factors: []int{0}}
	for i := range arms - 1 {
		column := make([]float64, arms)
		column[i], column[arms-1] = 1, -1
		term.Columns = append(term.Columns, column)
	}
	table := anova(c.t, boots, arms, []stat.Term{term})
	df, ss, f, p := table.df, table.ss, table.f, table.p
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
func plainWeight(f *stat.Fit, i, j int) float64 {
	weight := make([]float64, f.Arms)
	f.SquaredWeights(i, j, weight)
	sum := 0.0
	for _, w := range weight {
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
			m, _ := stat.MeanVariance(reps)
			out = append(out, m)
		}
		return out
	}
	base, fresh := means(in.Base), means(in.New)
	f, _ := oneWay(t, [][]float64{fresh, base})
	se := math.Sqrt(f.Pooled * plainWeight(f, 0, 1))
	p := stat.NewTTest(f.Mean[0]-f.Mean[1], se, float64(f.DF))
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
	// These numbers are without the boots that measured a zero.
	in.Boots = slices.DeleteFunc(in.Boots, func(b caseBoot) bool { return slices.Contains(b.Reps, 0) })
	studies, err := rank.Studies(in.rows(t), in.options())
	if err != nil {
		t.Fatal(err)
	}
	f := studies[0].Fit
	var raw, diff, se, pct, ts, ps []float64
	var boots []int
	for i := range in.Combos { // the names are in the case's order
		raw = append(raw, f.Raw[i])
		boots = append(boots, f.N[i])
		if i == in.Baseline {
			continue
		}
		d, s := f.Mean[i]-f.Mean[in.Baseline], math.Sqrt(f.Pooled*plainWeight(f, i, in.Baseline))
		test := stat.NewTTest(d, s, float64(f.DF))
		diff, se, pct = append(diff, d), append(se, s), append(pct, stat.Percent(d))
		ts, ps = append(ts, test.T), append(ps, test.P)
	}
	c.same("n_boots", len(f.Obs))
	c.same("per_combo_boots", boots)
	c.numbers("raw_mean_of_log_boot_means", raw)
	if _, ok := c.Expected["df_resid"]; !ok {
		return // one boot an arm: no variance to speak of
	}
	c.number("df_resid", float64(f.DF))
	c.number("s2_resid", f.Pooled)
	c.numbers("diff_from_combo0", diff)
	c.numbers("se_diff", se)
	c.numbers("percent_from_combo0", pct)
	c.numbers("t", ts)
	c.numbers("p_unadjusted", ps)
	c.numbers("p_holm", stat.Holm(ps))
}
