package rank

import (
	"math"
	"testing"
)

func checkMannWhitney(t *testing.T, c *refCase) {
	var in twoSamples
	c.in(&in)
	r := MannWhitney(in.X, in.Y)
	c.number("U", r.U)
	c.number("p_asymptotic_cc", r.PNormalCorrected)
	c.number("p_asymptotic_nocc", r.PNormal)
	h := HodgesLehmann(in.X, in.Y, 0.05)
	c.number("hodges_lehmann", h.Median)
	if _, ok := c.Expected["p_exact_permutation"]; ok {
		c.number("p_exact_permutation", r.P)
		c.number("p_exact_twice_min_tail", r.PTwiceTail)
		return
	}
	c.number("p_exact", r.P)
	c.number("p_exact", r.PTwiceTail)
	c.numbers("hl_ci95", []float64{h.Low, h.High})
	c.same("ties", r.Ties)
}

func checkRobustLocation(_ *testing.T, c *refCase) {
	var in struct{ X []float64 }
	c.in(&in)
	c.number("median", median(in.X))
	c.number("mad", MAD(in.X))
	c.number("trim20", TrimmedMean(in.X, 0.2))
	h := HodgesLehmannLocation(in.X, 0.05)
	c.number("hl", h.Median)
	c.number("walsh_median", h.Median)
	c.numbers("hl_ci95", []float64{h.Low, h.High})
	low, high, ranks, coverage, _ := MedianInterval(in.X, 0.05)
	c.same("median_ci_ranks", ranks)
	c.numbers("median_ci", []float64{low, high})
	c.number("median_ci_coverage", coverage)
	mean, v := meanVariance(in.X)
	c.number("cv", math.Sqrt(v)/mean)
	logMean, _ := meanVariance(logs(in.X))
	c.number("geomean", math.Exp(logMean/100))
}

func checkBootstrap(_ *testing.T, c *refCase) {
	var in struct {
		X       []float64
		Indices [][]int `json:"resample_indices_1based"`
	}
	c.in(&in)
	mean := func(x []float64) float64 {
		m, _ := meanVariance(x)
		return m
	}
	var star []float64
	for _, index := range in.Indices {
		var values []float64
		for i := range index {
			index[i]--
			values = append(values, in.X[index[i]])
		}
		star = append(star, mean(values))
	}
	b := bcaOf(in.X, mean, 0.05, in.Indices)
	c.numbers("theta_star", star)
	c.number("theta", b.Theta)
	c.number("z0", b.Bias)
	c.number("acceleration", b.Acceleration)
	c.numbers("adjusted_alpha", b.Adjusted[:])
	c.numbers("bca_type7", b.BCa[:])
	c.numbers("percentile_type7", b.Percentile[:])
	c.number("se", b.SE)
}

func checkComponents(t *testing.T, c *refCase) {
	var in struct {
		Boots    [][]float64
		CostBoot float64 `json:"cost_boot_s"`
		CostRep  float64 `json:"cost_rep_s"`
	}
	c.in(&in)
	v := NewComponents([][][]float64{in.Boots})
	c.number("msb", v.MSBoot)
	c.number("msw", v.MSRep)
	c.number("var_rep", v.Rep)
	c.number("var_boot", v.Boot)
	var means, all []float64
	for _, reps := range in.Boots {
		m, _ := meanVariance(reps)
		means, all = append(means, m), append(all, reps...)
	}
	mean, between := meanVariance(means)
	se := math.Sqrt(between / float64(len(means)))
	if _, ok := c.Expected["n0"]; ok {
		c.number("n0", v.Reps)
		c.number("mean_of_boot_means", mean)
		c.number("se_mean_of_boot_means", se)
		return
	}
	// The moments are REML's where they are positive; REML's optimiser stops at 1e-4.
	var reml refNumber
	if c.expected("reml_var_boot", &reml); v.Boot > 0 {
		c.close("reml_var_boot", v.Boot, float64(reml), 1e-4)
		c.expected("reml_var_rep", &reml)
		c.close("reml_var_rep", v.Rep, float64(reml), 1e-4)
	}
	c.number("grand_mean", mean)
	c.number("se_mean", se)
	c.number("df", float64(v.DF))
	w := tUpper(0.025, float64(v.DF)) * se
	c.numbers("ci95", []float64{mean - w, mean + w})
	c.number("icc", v.ShareOfBoots())
	low, high := v.ShareInterval(0.05)
	c.numbers("icc_ci95", []float64{low, high})
	c.number("design_effect", v.DesignEffect())
	if best := v.BestRepetitions(in.CostBoot, in.CostRep); !math.IsInf(best, 1) {
		c.number("r_opt", best)
	}
	_, total := meanVariance(all)
	c.number("naive_se_iid", math.Sqrt(total/float64(len(all))))
}
