package rank

import (
	"fmt"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// Study is one workload's metric of a campaign, fitted: what the ranking and the
// packages beside it start from.
type Study struct {
	Arms    boots.Arms
	Series  boots.Series
	Options Options
	Tallies []boots.Tally
	Fit     *stat.Fit
	Family  *contrast.Family

	ranked []*boots.Boot // of each observation of the fit
	// What is found out about the rig before the arms are described.
	drift     Drift
	trend     Trend
	armTrends []Trend
	flags     []Flags
	// labelsOnly leaves out what no label rests on.
	labelsOnly bool
}

// Studies fits the rows: one Study for each workload and metric, in their order.
func Studies(rows []sample.Row, o Options) ([]*Study, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c, err := boots.Group(rows, o.Baseline)
	if err != nil {
		return nil, err
	}
	var out []*Study
	for _, s := range c.Series {
		st, err := newStudy(c.Arms, s, o)
		if err != nil {
			return nil, st.named(err)
		}
		out = append(out, st)
	}
	return out, nil
}

// newStudy goes from boots to the fit and the arms' variances.
func newStudy(arms boots.Arms, s boots.Series, o Options) (*Study, error) {
	st := &Study{Arms: arms, Series: s, Options: o, Tallies: s.Tallies()}
	var values []stat.Observation
	for i := range s.Boots {
		if b := &s.Boots[i]; b.Fate == boots.OK {
			st.ranked = append(st.ranked, b)
			values = append(values, stat.Observation{Arm: b.Arm, Block: b.Block, Y: b.Y})
		}
	}
	return st, st.fit(values)
}

// fit fits the values and settles how arms are compared.
func (st *Study) fit(values []stat.Observation) error {
	f, err := stat.FitBlocks(values, len(st.Arms.Names), len(st.Series.Blocks))
	if err != nil {
		return err
	}
	st.Fit = f
	st.compareArms()
	return nil
}

// compareArms settles how arms are compared.
func (st *Study) compareArms() {
	o := contrast.Options{Alpha: st.Options.Alpha, Baseline: st.Arms.Baseline, Pooled: st.Options.Variance == VariancePooled}
	if st.Family != nil {
		o.Constants = st.Family.Constants
	}
	st.Family = contrast.New(st.Fit, o)
}

// named says of an error which workload and metric it is about.
func (st *Study) named(err error) error {
	return fmt.Errorf("workload %q, metric %q: %w", st.Series.Workload, st.Series.Metric, err)
}

// method is the word for how arms are compared.
func (st *Study) method() Method {
	switch st.Family.Kind {
	case contrast.Moderated:
		return MethodModerated
	case contrast.OneVariance:
		return MethodPooled
	case contrast.Welch:
		return MethodWelch
	case contrast.Paired:
		return MethodPaired
	}
	return MethodSeparate
}

// again compares every arm with the baseline on other values. Counts and the family
// stay those of the campaign.
func (st *Study) again(values []stat.Observation) ([]SecondLook, error) {
	second := *st
	second.labelsOnly = true
	if err := second.fit(values); err != nil {
		return nil, err
	}
	looks := make([]SecondLook, st.Fit.Arms)
	for i, arm := range second.baselineComparisons() {
		looks[i] = SecondLook{arm.Label, arm.DiffPercent, arm.Interval}
	}
	return looks, nil
}
