package rank

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// relabellings is how often the names of an A/A run are drawn anew and
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
	studies, err := Studies(rows, o)
	if err != nil {
		return nil, err
	}
	out := make([]Calibration, len(studies))
	for i, st := range studies {
		if out[i], err = st.calibration(); err != nil {
			return nil, st.named(err)
		}
	}
	return out, nil
}

func (st *Study) calibration() (Calibration, error) {
	c := Calibration{
		Workload: st.Series.Workload, Metric: st.Series.Metric, Unit: st.Series.Unit, Better: st.Series.Better,
		Arms: st.Fit.Arms, Blocks: len(st.Series.Blocks), Boots: len(st.Fit.Obs), MDEPercent: math.NaN(), Drift: st.Drift(),
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
func (st *Study) relabel() (Relabelling, error) {
	if !st.testable() {
		return Relabelling{}, nil
	}
	r := Relabelling{Times: relabellings, Limit: atMost(relabellings, st.Options.Alpha)}
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
		if draw.Fit, err = stat.FitBlocks(slices.Clone(names), st.Fit.Arms, len(st.Series.Blocks)); err != nil {
			return Relabelling{}, err
		}
		draw.compareArms()
		if draw.anyDiffers() {
			r.Differing++
		}
	}
	return r, nil
}

// testable says whether any arm has a test against the baseline.
func (st *Study) testable() bool {
	for _, c := range st.family() {
		if !math.IsNaN(c.P) {
			return true
		}
	}
	return false
}

func (st *Study) anyDiffers() bool {
	for _, p := range st.Family.Adjusted(st.family()) {
		if p <= st.Options.Alpha {
			return true
		}
	}
	return false
}

// family is the contrasts with the baseline.
func (st *Study) family() []contrast.Contrast {
	var all []contrast.Contrast
	for i := range st.Fit.Arms {
		switch base := st.Arms.Baseline; {
		case i == base:
		case st.Fit.N[i] == 0 || st.Fit.N[base] == 0:
			all = append(all, contrast.None())
		default:
			all = append(all, st.Family.Compare(i, base))
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
