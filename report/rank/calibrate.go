package rank

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// relabellings is how often the names of an A/A run are drawn anew and
// relabelSeed decides the draws: the same data always give the same answer.
const (
	relabellings = 1000
	relabelSeed  = 20120618
)

// Calibrate judges the rows of an A/A run: one record.Calibration for each workload and
// metric, in the order of Analyze. The caller knows that all arms are one combination.
func Calibrate(rows []sample.Row, o Options) ([]record.Calibration, error) {
	studies, err := Studies(rows, o)
	if err != nil {
		return nil, err
	}
	out := make([]record.Calibration, len(studies))
	for i, st := range studies {
		if out[i], err = st.calibration(); err != nil {
			return nil, st.named(err)
		}
	}
	return out, nil
}

func (st *Study) calibration() (record.Calibration, error) {
	drift, noise := st.Drift(), st.noise()
	c := record.Calibration{
		Workload: st.Series.Workload, Metric: st.Series.Metric, Unit: st.Series.Unit, Better: string(st.Series.Better), EffectUnit: EffectUnit(st.Series.Scale, st.Series.Unit),
		Arms: st.Fit.Arms, Blocks: len(st.Series.Blocks), Boots: len(st.Fit.Obs), Differ: []string{},
		BootSD: sd(noise.Boot), RepetitionSD: sd(noise.Repetition), BootMeanSD: sd(noise.BootMean), MDE: none,
		Drift: drift.Change, DriftP: drift.P, DriftDF: drift.DF, InBlocks: st.Order() == OrderBlocks,
	}
	for _, a := range st.baselineComparisons() {
		if record.True(a.Differs) {
			c.Differ = append(c.Differ, a.Name)
		}
		if a.MDE.Exists() && !(c.MDE > a.MDE) {
			c.MDE = a.MDE
		}
	}
	return c, st.relabel(&c)
}

// relabel checks the error rate on the data at hand: the arms' names are drawn anew within
// each block, and every draw is judged like a campaign.
func (st *Study) relabel(c *record.Calibration) error {
	if !st.testable() {
		return nil
	}
	c.Relabelled, c.Limit = relabellings, atMost(relabellings, st.Options.Alpha)
	draw := *st
	source := stat.NewSource(relabelSeed)
	names := slices.Clone(st.Fit.Obs)
	for range relabellings {
		for _, rows := range st.Fit.Blocks {
			for i := len(rows) - 1; i > 0; i-- {
				j := source.Below(i + 1)
				a, b := &names[rows[i]], &names[rows[j]]
				a.Arm, b.Arm = b.Arm, a.Arm
			}
		}
		var err error
		// The fit keeps its observations, so that each gets its own.
		if draw.Fit, err = stat.FitBlocks(slices.Clone(names), st.Fit.Arms, len(st.Series.Blocks), st.Fit.Resolution); err != nil {
			return err
		}
		draw.compareArms(st.Family.Constants)
		if draw.anyDiffers() {
			c.Differing++
		}
	}
	c.Calibrated = c.Differing <= c.Limit
	return nil
}

// testable says whether any arm can be tested against the baseline.
func (st *Study) testable() bool {
	return slices.ContainsFunc(st.family(), func(c contrast.Contrast) bool { return !math.IsNaN(c.P) })
}

func (st *Study) anyDiffers() bool {
	return slices.ContainsFunc(st.Family.Adjusted(st.family()), func(p float64) bool { return p <= st.Options.Alpha })
}

// atMost is the 99 % quantile of the binomial distribution of n draws with probability p.
func atMost(n int, p float64) int {
	d := distuv.Binomial{N: float64(n), P: p}
	k := 0
	for d.CDF(float64(k)) < 0.99 {
		k++
	}
	return k
}
