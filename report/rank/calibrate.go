package rank

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/results/sample"
)

// relabellings is how often the names of an A/A run are drawn anew (SPEC 9), and
// relabelSeed decides the draws: the same data always give the same answer.
const (
	relabellings = 1000
	relabelSeed  = 20120618
)

// Calibration is what an A/A run shows of one workload's metric: arms that are one
// combination under several names, so that every difference is noise.
type Calibration struct {
	Workload, Metric, Unit string
	Better                 sample.Better
	// Arms, the baseline included; Blocks with rows; Boots that are ranked.
	Arms, Blocks, Boots int
	// Differ names the arms that the ranking calls different from the baseline, and
	// that are not.
	Differ []string
	// BootSD and RepetitionSD are the standard deviations between boots, the
	// repetitions' own part taken off, and between the repetitions of a boot;
	// BootMeanSD is that of a boot's mean, which comparisons rest on. All on the scale
	// of 100 ln, about percent; NaN where the data cannot tell.
	BootSD, RepetitionSD, BootMeanSD float64
	// MDEPercent is the largest of the arms' smallest detectable differences; NaN
	// without one.
	MDEPercent float64
	// Drift over the campaign.
	Drift      Drift
	Relabelled Relabelling
}

// Relabelling is the check of the error rate on the data at hand: the names are
// drawn anew within each block, and every draw is judged like a campaign.
type Relabelling struct {
	// Times is the number of draws, 0 when nothing can be tested; Differing counts
	// those with any difference from the baseline.
	Times, Differing int
	// Limit is the most that a method with the error rate alpha shows in 99 of 100
	// cases.
	Limit int
}

// Holds says whether the error rate was checked and is not above alpha.
func (r Relabelling) Holds() bool { return r.Times > 0 && r.Differing <= r.Limit }

// Calibrate judges the rows of an A/A run: one Calibration for each workload and
// metric, in the order of Analyze. That all arms are one combination, the caller
// knows.
func Calibrate(rows []sample.Row, o Options) ([]Calibration, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	declared, all, err := collect(rows, o)
	if err != nil {
		return nil, err
	}
	var out []Calibration
	for _, s := range all {
		st, err := newStudy(declared, s, o)
		if err == nil {
			var c Calibration
			c, err = st.calibration()
			out = append(out, c)
		}
		if err != nil {
			return nil, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
	}
	return out, nil
}

func (st *study) calibration() (Calibration, error) {
	c := Calibration{
		Workload: st.series.workload, Metric: st.series.metric, Unit: st.series.unit, Better: st.series.better,
		Arms: st.fit.arms, Blocks: st.series.blocks, Boots: len(st.fit.boots), MDEPercent: math.NaN(), Drift: st.findDrift(),
	}
	for _, a := range st.baselineComparisons() {
		if a.Differs {
			c.Differ = append(c.Differ, a.Name)
		}
		if mde := math.Abs(a.MDEPercent); !math.IsNaN(mde) && !(c.MDEPercent > mde) {
			c.MDEPercent = mde
		}
	}
	noise := st.noise()
	c.BootSD, c.RepetitionSD, c.BootMeanSD = math.Sqrt(noise.Boot), math.Sqrt(noise.Repetition), math.Sqrt(noise.BootMean)
	var err error
	c.Relabelled, err = st.relabel()
	return c, err
}

// relabel draws the arms' names anew within each block and counts the draws in
// which any arm differs from the baseline.
func (st *study) relabel() (Relabelling, error) {
	if !st.testable() {
		return Relabelling{}, nil
	}
	r := Relabelling{Times: relabellings, Limit: atMost(relabellings, st.options.Alpha)}
	draw := *st
	source := newSource(relabelSeed)
	boots := append([]bootValue(nil), st.fit.boots...)
	for range relabellings {
		for _, rows := range st.fit.blockRows {
			for i := len(rows) - 1; i > 0; i-- {
				j := source.below(i + 1)
				a, b := &boots[rows[i]], &boots[rows[j]]
				a.arm, b.arm = b.arm, a.arm
			}
		}
		var err error
		// The fit keeps its boots, so that each gets its own.
		if draw.fit, err = fitBlocks(append([]bootValue(nil), boots...), st.fit.arms, st.series.blocks); err != nil {
			return Relabelling{}, err
		}
		draw.chooseMethod()
		if draw.anyDiffers() {
			r.Differing++
		}
	}
	return r, nil
}

// testable says whether any arm has a test against the baseline.
func (st *study) testable() bool {
	for _, c := range st.family() {
		if !math.IsNaN(c.p) {
			return true
		}
	}
	return false
}

func (st *study) anyDiffers() bool {
	for _, p := range st.rule.baseline(st.family()) {
		if p <= st.options.Alpha {
			return true
		}
	}
	return false
}

// family is the contrasts with the baseline.
func (st *study) family() []contrast {
	var all []contrast
	for i := range st.fit.arms {
		switch base := st.declared.baseline; {
		case i == base:
		case st.fit.n[i] == 0 || st.fit.n[base] == 0:
			all = append(all, noContrast())
		default:
			all = append(all, st.compare.compare(i, base))
		}
	}
	return all
}

// atMost is the 99 % quantile of the binomial distribution of n draws with
// probability p.
func atMost(n int, p float64) int {
	d := distuv.Binomial{N: float64(n), P: p}
	k := 0
	for d.CDF(float64(k)) < 0.99 {
		k++
	}
	return k
}
