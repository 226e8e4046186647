package rank_test

import (
	"fmt"
	"math"
	"testing"

	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
)

type groupsCase struct {
	Groups [][]float64
	Alpha  float64
}

func checkStudentizedRange(t *testing.T, c *refCase) {
	var in struct {
		K  []int
		DF []float64
	}
	c.in(&in)
	q95, q99, sf := make([]float64, len(in.K)), make([]float64, len(in.K)), make([]float64, len(in.K))
	for i, k := range in.K {
		df := in.DF[i]
		if df >= 1e9 {
			df = math.Inf(1)
		}
		q95[i], q99[i] = stat.NewRange(k).Upper(0.05, df), stat.NewRange(k).Upper(0.01, df)
		sf[i] = stat.NewRange(k).Tail(4, df)
	}
	c.numbers("q95", q95)
	c.numbers("q99", q99)
	c.numbers("sf_at_4", sf)
}

func checkTukey(t *testing.T, c *refCase) {
	var in groupsCase
	c.in(&in)
	f, _ := oneWay(t, in.Groups)
	compare := contrast.New(f, contrast.Options{Alpha: 0.05, Pooled: true})
	q := stat.NewRange(len(in.Groups)).Upper(0.05, float64(f.DF)) / math.Sqrt2
	var names []string
	var diff, low, high, p []float64
	for i := range in.Groups {
		for j := i + 1; j < len(in.Groups); j++ {
			k := compare.Compare(j, i)
			names = append(names, fmt.Sprintf("%d-%d", j+1, i+1))
			diff = append(diff, k.Diff)
			low, high = append(low, k.Diff-q*k.SE), append(high, k.Diff+q*k.SE)
			p = append(p, stat.NewRange(len(in.Groups)).Tail(math.Sqrt2*math.Abs(k.Diff/k.SE), float64(f.DF)))
		}
	}
	c.same("pairs", names)
	c.numbers("diff", diff)
	c.numbers("lwr", low)
	c.numbers("upr", high)
	var want []float64
	c.expected("p_adj", &want)
	for i := range want {
		// R's tail is 1 minus a probability and good to about 1e-11: for 1.2e-6 it gives
		// 1.2188634e-6, a plain Simpson integral over both variables and this package 1.2188595e-6.
		c.close("p_adj", p[i], want[i], c.Tolerance.Relative+1e-11/want[i])
	}
}

func checkDunnett(t *testing.T, c *refCase) {
	var in groupsCase
	c.in(&in)
	f, _ := oneWay(t, in.Groups)
	df := float64(f.DF)
	compare := contrast.New(f, contrast.Options{Alpha: in.Alpha, Pooled: true})
	family := stat.NewControl(f.N, 0)
	two, one := family.Upper(in.Alpha, df, true), family.Upper(in.Alpha, df, false)
	c.number("df", df)
	c.number("mse", f.Pooled)
	c.number("crit_two_sided_95", two)
	c.number("crit_one_sided_95", one)
	var diff, ts, low, high, p []float64
	for i := 1; i < len(in.Groups); i++ {
		k := compare.Compare(i, 0)
		diff, ts = append(diff, k.Diff), append(ts, k.Diff/k.SE)
		low, high = append(low, k.Diff-two*k.SE), append(high, k.Diff+two*k.SE)
		p = append(p, family.Tail(math.Abs(k.Diff/k.SE), df, true))
	}
	c.numbers("diff", diff)
	c.numbers("t", ts)
	c.numbers("lwr", low)
	c.numbers("upr", high)
	c.numbers("p_adj", p)
	var other []float64
	c.expected("multcomp_p_adj_montecarlo", &other)
	for i, want := range other {
		// Computed with random numbers: its own error is near 1e-4.
		if c.checked++; math.Abs(p[i]-want) > 1e-3 {
			t.Errorf("p_adj[%d] = %v, by simulation %v", i, p[i], want)
		}
	}
}

func checkMCB(t *testing.T, c *refCase) {
	var in groupsCase
	c.in(&in)
	f, _ := oneWay(t, in.Groups)
	compare := contrast.New(f, contrast.Options{Alpha: in.Alpha, Pooled: true})
	var all []int
	var constants []float64
	for i := range f.Arms {
		all = append(all, i)
		constants = append(constants, stat.NewControl(f.N, i).Upper(in.Alpha, float64(f.DF), false))
	}
	b := compare.Best(compare.Pairs(all))
	c.number("df", float64(f.DF))
	c.number("mse", f.Pooled)
	c.numbers("d", constants)
	c.numbers("upper", b.Upper)
	c.numbers("lower", b.Lower)
	var best []int
	for _, i := range b.Members {
		best = append(best, i+1)
	}
	c.same("best_set_1based", best)
}
