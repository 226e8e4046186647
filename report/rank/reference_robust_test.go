package rank_test

import (
	"fmt"
	"math"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

func checkRobustLocation(_ *testing.T, c *refCase) {
	var in struct{ X []float64 }
	c.in(&in)
	c.number("median", stat.Median(in.X))
	c.number("mad", stat.MAD(in.X))
	mean, v := stat.MeanVariance(in.X)
	c.number("cv", math.Sqrt(v)/mean)
	logMean, _ := stat.MeanVariance(logs(in.X))
	c.number("geomean", math.Exp(logMean/100))
}

// noiseCase is the noise of one arm in one block, with the means of its boots and all
// its repetitions. Its values are what a campaign's are on the scale of 100 ln.
func noiseCase(t *testing.T, boots [][]float64) (n rank.Noise, means, all []float64) {
	t.Helper()
	var rows []sample.Row
	for b, reps := range boots {
		m, _ := stat.MeanVariance(reps)
		means, all = append(means, m), append(all, reps...)
		for r, y := range reps {
			rows = append(rows, sample.Row{Combination: "base", Block: "1", Boot: fmt.Sprint(b), Workload: "tcp", Metric: "throughput", Unit: "Mbit/s",
				Better: sample.HigherIsBetter, Repetition: r + 1, Value: math.Exp(y / 100), HasValue: true, Status: sample.StatusOK})
		}
	}
	o := rank.DefaultOptions()
	o.Baseline = "base"
	noise, err := rank.MeasureNoise(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return noise[0], means, all
}

func checkComponents(t *testing.T, c *refCase) {
	var in struct {
		Boots    [][]float64
		CostBoot float64 `json:"cost_boot_s"`
		CostRep  float64 `json:"cost_rep_s"`
	}
	c.in(&in)
	n, means, all := noiseCase(t, in.Boots)
	c.number("msb", n.BootMean*float64(len(in.Boots[0])))
	c.number("msw", n.Repetition)
	c.number("var_rep", n.Repetition)
	c.number("var_boot", n.Boot)
	mean, between := stat.MeanVariance(means)
	se := math.Sqrt(between / float64(len(means)))
	c.number("grand_mean", mean)
	c.number("se_mean", se)
	c.number("df", float64(n.DF))
	w := stat.TUpper(0.025, float64(n.DF)) * se
	c.numbers("ci95", []float64{mean - w, mean + w})
	if best := n.BestRepetitions(in.CostBoot, in.CostRep); !math.IsInf(best, 1) {
		c.number("r_opt", best)
	}
	_, total := stat.MeanVariance(all)
	c.number("naive_se_iid", math.Sqrt(total/float64(len(all))))
}

func checkUnbalancedComponents(t *testing.T, c *refCase) {
	var in struct{ Boots [][]float64 }
	c.in(&in)
	n, means, _ := noiseCase(t, in.Boots)
	c.number("msw", n.Repetition)
	c.number("var_rep", n.Repetition)
	mean, between := stat.MeanVariance(means)
	c.number("mean_of_boot_means", mean)
	c.number("se_mean_of_boot_means", math.Sqrt(between/float64(len(means))))
}
