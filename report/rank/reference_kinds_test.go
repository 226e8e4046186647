package rank_test

import (
	"fmt"
	"math"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/stat"
)

// kinds maps a kind of reference case to what checks it.
var kinds = map[string]func(*testing.T, *refCase){
	"moderated":         checkRanking,
	"difference":        checkRanking,
	"flags":             checkRanking,
	"order":             checkRanking,
	"noisybaseline":     checkRanking,
	"page":              checkRanking,
	"outlier_threshold": checkThresholds,
	"welch":             checkWelch,
	"logratio":          checkLogRatio,
	"padjust":           checkPadjust,
	"tost":              checkTOST,
	"gate":              checkGate,
	"paired":            checkPaired,
	"power_mde":         checkPower,
	"nist":              checkNIST,
	"campaign":          checkCampaign,
	"oneway":            checkOneWay,
	"rcb":               checkBlocks,
	"nested_two_arm":    checkNested,

	"dunnett":              checkDunnett,
	"mcb":                  checkMCB,
	"studentized_range":    checkStudentizedRange,
	"factorial2k":          checkFactorial,
	"factorial_unbalanced": checkUnbalancedFactorial,
	"kn":                   checkSearch,
	"tukey":                checkTukey,
	"varcomp_unbalanced":   checkUnbalancedComponents,
	"varcomp_balanced":     checkComponents,
	"robust_location":      checkRobustLocation,
}

type twoSamples struct{ X, Y []float64 }

func logs(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = 100 * math.Log(v)
	}
	return out
}

func checkWelch(t *testing.T, c *refCase) {
	var in twoSamples
	c.in(&in)
	w := stat.Welch(in.X, in.Y)
	c.number("diff", w.Diff)
	c.number("t", w.T)
	c.number("df", w.DF)
	c.number("p", w.P)
	c.number("se", w.SE)
	c.number("p_less", stat.TSurvival(-w.T, w.DF))
	c.number("p_greater", stat.TSurvival(w.T, w.DF))
	low, high := w.Interval(0.025)
	c.numbers("ci95", []float64{low, high})
	low, high = w.Interval(0.05)
	c.numbers("ci90", []float64{low, high})

	// The pooled test is the least-squares fit of one block.
	var boots []stat.Observation
	for arm, values := range [][]float64{in.X, in.Y} {
		for _, y := range values {
			boots = append(boots, stat.Observation{Arm: arm, Y: y})
		}
	}
	f, err := stat.FitBlocks(boots, 2, 1, stat.LogResolution)
	if err != nil {
		t.Fatal(err)
	}
	c.number("mean_x", f.Mean[0])
	c.number("mean_y", f.Mean[1])
	se := math.Sqrt(f.Pooled * (1/float64(len(in.X)) + 1/float64(len(in.Y))))
	pooled := stat.NewTTest(f.Mean[0]-f.Mean[1], se, float64(f.DF))
	c.number("pooled_t", pooled.T)
	c.number("pooled_df", pooled.DF)
	c.number("pooled_p", pooled.P)
	low, high = pooled.Interval(0.025)
	c.numbers("pooled_ci95", []float64{low, high})
}

func checkLogRatio(t *testing.T, c *refCase) {
	var in twoSamples
	c.in(&in)
	w := stat.Welch(logs(in.X), logs(in.Y))
	c.number("log_diff", w.Diff/100)
	c.number("percent", stat.Percent(w.Diff))
	low, high := w.Interval(0.025)
	c.numbers("ci95_percent", []float64{stat.Percent(low), stat.Percent(high)})
	c.number("df", w.DF)
	c.number("p", w.P)
}

func checkPadjust(t *testing.T, c *refCase) {
	var in struct{ P []float64 }
	c.in(&in)
	c.numbers("holm", stat.Holm(in.P))
}

func checkThresholds(t *testing.T, c *refCase) {
	var in struct{ N []int }
	c.in(&in)
	var want map[string]float64
	c.expected("k", &want)
	for _, n := range in.N {
		c.close(fmt.Sprint("k of ", n), rank.FlagLimit(n), want[fmt.Sprint(n)], c.Tolerance.Relative)
	}
}
