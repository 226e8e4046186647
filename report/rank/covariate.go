package rank

import (
	"math"
	"slices"

	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// covariateLevel is the error rate of the test that the covariate depends on the arm.
const covariateLevel = 0.01

// covariateDF is the least number of residual degrees of freedom that the covariate has to leave: with fewer its own
// costs more than it can save.
const covariateDF = 6

// NotUsed says why a covariate is not in the model.
type NotUsed string

// The reasons, in the order in which they are looked for.
const (
	// CovariateWithin: arms are switched within boots, so that a boot is taken out whole.
	CovariateWithin NotUsed = "within boots"
	// CovariateMissing: a ranked boot has none.
	CovariateMissing NotUsed = "missing"
	// CovariateConstant: it says nothing beside arms and blocks.
	CovariateConstant NotUsed = "constant"
	// CovariateFew: with it too few degrees of freedom are left.
	CovariateFew NotUsed = "few boots"
	// CovariateUntested: whether it depends on an arm cannot be tested.
	CovariateUntested NotUsed = "untested"
	// CovariateDepends: it is shown to depend on an arm.
	CovariateDepends NotUsed = "depends on the arm"
)

// Covariate is what became of the covariate of the boots in an analysis: docs/statistics.md, "A covariate of the
// boot".
type Covariate struct {
	Name string `json:"name"`
	// Used: it is in the model. If it is not, Reason says why.
	Used   bool    `json:"used"`
	Reason NotUsed `json:"reason,omitempty"`
	// Missing is how many of the ranked boots have none.
	Missing int `json:"missing"`
	// Arm is the one whose covariate differs most clearly from the baseline's, by Difference percent, with the p
	// of that adjusted over all arms; Level is the p up to which it is shown to depend on the arm.
	Arm        record.Name   `json:"arm"`
	Difference record.Number `json:"difference"`
	PHolm      record.Number `json:"p_holm"`
	Level      record.Number `json:"level"`
	// Slope is by how much a boot is better whose covariate is 1 % higher, in the analysis's EffectUnit, with its 95 % interval.
	Slope record.Number `json:"slope"`
	Interval
	// SDBefore and SDAfter are the standard deviation of a boot's mean without the covariate and with it, on
	// the scale of y.
	SDBefore record.Number `json:"sd_before"`
	SDAfter  record.Number `json:"sd_after"`
}

// withCovariate decides by fixed rules whether the covariate is used, and gives the values with it: 100 ln of
// it, less the mean of all ranked boots. It is nil where none is asked for.
func (st *Study) withCovariate(values []stat.Observation) (*Covariate, []stat.Observation) {
	if st.Options.Covariate == "" {
		return nil, values
	}
	c := &Covariate{Name: st.Options.Covariate, Difference: none, PHolm: none, Level: covariateLevel, Slope: none, Interval: NoInterval(), SDBefore: none, SDAfter: none}
	x, mean := make([]float64, len(values)), 0.0
	for i, b := range st.ranked {
		if !(b.Covariate > 0) {
			c.Missing++
			continue
		}
		x[i] = 100 * math.Log(b.Covariate)
		mean += (x[i] - mean) / float64(i+1)
	}
	switch {
	case st.Series.Within != nil:
		c.Reason = CovariateWithin
	case c.Missing > 0 || len(values) == 0:
		c.Reason = CovariateMissing
	default:
		for i := range x {
			x[i] -= mean
		}
		c.Reason = st.dependence(c, values, x)
	}
	if c.Reason != "" {
		return c, values
	}
	adjusted := slices.Clone(values)
	for i := range adjusted {
		adjusted[i].X = []float64{x[i]}
	}
	return c, adjusted
}

// dependence tests, by the engine that compares arms, whether the covariate depends on the arm, and says why it
// cannot be used; "" where it can.
func (st *Study) dependence(c *Covariate, values []stat.Observation, x []float64) NotUsed {
	own := slices.Clone(values)
	for i := range own {
		own[i].Y = x[i]
	}
	f, err := stat.FitBlocks(own, len(st.Arms.Names), len(st.Series.Blocks), stat.LogResolution)
	if err != nil || !(f.Pooled > 0) {
		return CovariateConstant
	}
	if f.DF-1 < covariateDF {
		return CovariateFew
	}
	base := st.Arms.Baseline
	family := contrast.New(f, contrast.Options{Alpha: covariateLevel, Baseline: base, Pooled: st.Options.Variance == VariancePooled})
	var all []contrast.Contrast
	var arms []int
	for i := range st.Arms.Names {
		if i == base || f.N[i] == 0 {
			continue
		}
		k := contrast.None()
		if f.N[base] > 0 {
			k = family.Compare(i, base)
		}
		if k.Equal {
			k.P = 1
		}
		if math.IsNaN(k.P) {
			return CovariateUntested
		}
		all, arms = append(all, k), append(arms, i)
	}
	if len(all) == 0 {
		return CovariateUntested
	}
	for k, p := range family.Adjusted(all) {
		if !(float64(c.PHolm) <= p) {
			c.Arm, c.PHolm, c.Difference = record.Name(st.Arms.Names[arms[k]]), record.Number(p), record.Number(100*math.Expm1(all[k].Diff/100))
		}
	}
	if float64(c.PHolm) <= covariateLevel {
		return CovariateDepends
	}
	return ""
}

// adjust fits the values, with the covariate where it is used, and says what that did.
func (st *Study) adjust(values []stat.Observation, known contrast.Constants) error {
	c := st.covariate
	if c.Reason == "" {
		plain := slices.Clone(values)
		for i := range plain {
			plain[i].X = nil
		}
		if err := st.fit(plain, known); err != nil {
			return err
		}
		c.SDBefore = sd(st.Fit.Pooled)
	}
	if err := st.fit(values, known); err != nil || c.Reason != "" {
		return err
	}
	if st.Fit.Covariates() == 0 {
		c.Reason = CovariateConstant
		return nil
	}
	c.Used, c.SDAfter = true, sd(st.Fit.Pooled)
	slope, se := st.Fit.Slope()
	c.Slope = st.shown(slope)
	if st.Fit.DF > 0 {
		width := se * stat.TUpper(0.025, float64(st.Fit.DF))
		c.Interval = st.interval(contrast.Ends{Lower: slope - width, Upper: slope + width})
	}
	return nil
}
