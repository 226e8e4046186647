package rank

import (
	"fmt"
	"math"
	"testing"
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
		q95[i], q99[i] = studentRangeUpper(0.05, k, df), studentRangeUpper(0.01, k, df)
		sf[i] = studentRangeTail(4, k, df)
	}
	c.numbers("q95", q95)
	c.numbers("q99", q99)
	c.numbers("sf_at_4", sf)
}

func checkTukey(t *testing.T, c *refCase) {
	var in groupsCase
	c.in(&in)
	f, _ := oneWay(t, in.Groups)
	compare := newPooled(f, 0.05, 0)
	q := studentRangeUpper(0.05, len(in.Groups), float64(f.df)) / math.Sqrt2
	var names []string
	var diff, low, high, p []float64
	for i := range in.Groups {
		for j := i + 1; j < len(in.Groups); j++ {
			k := compare.compare(j, i)
			names = append(names, fmt.Sprintf("%d-%d", j+1, i+1))
			diff = append(diff, k.diff)
			low, high = append(low, k.diff-q*k.se), append(high, k.diff+q*k.se)
			p = append(p, studentRangeTail(math.Sqrt2*math.Abs(k.diff/k.se), len(in.Groups), float64(f.df)))
		}
	}
	c.same("pairs", names)
	c.numbers("diff", diff)
	c.numbers("lwr", low)
	c.numbers("upr", high)
	var want []float64
	c.expected("p_adj", &want)
	for i := range want {
		// R's tail is 1 minus a probability and good to about 1e-11: for 1.2e-6 it
		// gives 1.2188634e-6, a plain Simpson integral over both variables and this
		// package 1.2188595e-6.
		c.close("p_adj", p[i], want[i], c.Tolerance.Relative+1e-11/want[i])
	}
}

func checkDunnett(t *testing.T, c *refCase) {
	var in groupsCase
	c.in(&in)
	f, _ := oneWay(t, in.Groups)
	df := float64(f.df)
	compare := newPooled(f, in.Alpha, 0)
	family := compare.family
	two, one := family.upper(in.Alpha, df, true), family.upper(in.Alpha, df, false)
	c.number("df", df)
	c.number("mse", f.pooled)
	c.number("crit_two_sided_95", two)
	c.number("crit_one_sided_95", one)
	var diff, ts, low, high, p []float64
	for i := 1; i < len(in.Groups); i++ {
		k := compare.compare(i, 0)
		diff, ts = append(diff, k.diff), append(ts, k.diff/k.se)
		low, high = append(low, k.diff-two*k.se), append(high, k.diff+two*k.se)
		p = append(p, family.tail(math.Abs(k.diff/k.se), df, true))
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
	compare := newPooled(f, in.Alpha, 0)
	var all []int
	for i := range f.arms {
		all = append(all, i)
	}
	b := compareWithBest(newPairTable(compare, compare, f.arms, all), all, compare)
	c.number("df", float64(f.df))
	c.number("mse", f.pooled)
	c.numbers("d", compare.bestConstants())
	c.numbers("upper", b.upper)
	c.numbers("lower", b.lower)
	var best []int
	for _, i := range b.members {
		best = append(best, i+1)
	}
	c.same("best_set_1based", best)
}
