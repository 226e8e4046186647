package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/rank/stints"
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
	// Margin is that of the metric, NaN for none; Margins are its ends on the scale of y.
	Margin  float64
	Margins Margins

	alpha   float64           // of the family as declared; Options.Alpha is a look's part of it
	earlier map[string]*Study // by arm that settled: the study of its look
	ranked  []*boots.Boot     // of each observation of the fit
	bridge  []stints.Bridged
	// covariate is what became of the boots' covariate; nil where none is asked for.
	covariate *Covariate
	mean      []float64 // of each arm, in the baseline's boots: what arms are ordered by
}

// Margins are the two ends of the margin on the scale of y; NaN without a margin.
type Margins struct{ Low, High float64 }

// Studies fits the rows: one Study for each workload and metric, in their order; of the named arms and
// the baseline alone, if any are named.
func Studies(rows []sample.Row, o Options, only ...string) ([]*Study, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c, err := boots.GroupWithout(o.FellBack, rows, o.Baseline, o.ScaleOf, only...)
	if err != nil {
		return nil, err
	}
	var out []*Study
	known := make(contrast.Constants)
	for _, s := range c.Series {
		st, err := newStudy(s, o, known)
		if err != nil {
			return nil, st.named(err)
		}
		out = append(out, st)
	}
	return out, nil
}

// newStudy goes from boots to the fit and the arms' variances.
func newStudy(s boots.Series, o Options, known contrast.Constants) (*Study, error) {
	st := &Study{Arms: s.Arms, Series: s, Options: o, Tallies: s.Tallies(), Margin: o.MarginOf(s.Metric, s.Unit)}
	st.Margins.Low, st.Margins.High = s.Margins(st.Margin)
	st.alpha = o.Alpha
	if o.Settle != nil {
		st.Options.Alpha = st.levelOf(len(s.Arms.Names) - 1)
	}
	var values []stat.Observation
	for i := range s.Boots {
		if b := &s.Boots[i]; b.Fate == boots.OK {
			st.ranked = append(st.ranked, b)
			values = append(values, stat.Observation{Arm: b.Arm, Block: b.Block, Y: b.Y, X: b.X})
		}
	}
	if st.covariate, values = st.withCovariate(values); st.covariate == nil {
		return st, st.fit(values, known)
	}
	return st, st.adjust(values, known)
}

// fit fits the values and settles how arms are compared.
func (st *Study) fit(values []stat.Observation, known contrast.Constants) error {
	f, err := stat.FitBlocks(values, len(st.Arms.Names), len(st.Series.Blocks), st.Series.Resolution(values))
	if err != nil {
		return err
	}
	st.Fit = f
	st.compareArms(known)
	return nil
}

// compareArms settles how arms are compared; known are constants of earlier fits.
func (st *Study) compareArms(known contrast.Constants) {
	o := contrast.Options{
		Alpha: st.Options.Alpha, Baseline: st.Arms.Baseline, Pooled: st.Options.Variance == VariancePooled, Constants: known,
	}
	if w := st.Series.Within; w != nil && st.Fit.Parts > 1 {
		o.Across = stat.FitMixed(st.Fit.Obs, st.Fit.Arms, w.DesignOf, st.Fit.Resolution)
	}
	st.Family = contrast.New(st.Fit, o)
	st.mean = st.Fit.Mean
	if base := st.Arms.Baseline; o.Across != nil && st.Fit.N[base] > 0 {
		st.mean = slices.Clone(st.Fit.Mean)
		for i := range st.mean {
			if c := st.Family.Compare(i, base); st.Fit.N[i] > 0 && st.Fit.Part[i] != st.Fit.Part[base] && c.Comparable {
				st.mean[i] = st.Fit.Mean[base] + c.Diff
			}
		}
	}
}

// on is the study of other values: counts and the family stay those of the campaign.
func (st *Study) on(values []stat.Observation) (*Study, error) {
	other := *st
	return &other, other.fit(values, st.Family.Constants)
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

// compare is the contrast of arm i with the baseline; nothing where either has no boot.
func (st *Study) compare(i int) contrast.Contrast {
	if st.Fit.N[i] == 0 || st.Fit.N[st.Arms.Baseline] == 0 {
		return contrast.None()
	}
	return st.Family.Compare(i, st.Arms.Baseline)
}

// claim is what the interval of a comparison with the baseline supports.
type claim struct {
	contrast    contrast.Contrast
	label       Label
	interval    contrast.Ends // simultaneous
	equivalence contrast.Ends // for "equivalent" and "no worse": narrower for a single comparison (TOST)
}

// claimOf compares arm i with the baseline; each is the family's error on each side of an interval.
func (st *Study) claimOf(i int, c contrast.Contrast, each float64) claim {
	nan := math.NaN()
	out := claim{contrast: c, interval: contrast.Ends{Lower: nan, Upper: nan}, equivalence: contrast.Ends{Lower: nan, Upper: nan}}
	if c.HasInterval() || c.Equal {
		out.interval = c.Around(each)
		out.equivalence = out.interval
		if st.Fit.Arms == 2 && st.Options.Settle == nil {
			out.equivalence = c.Around(st.Options.Alpha)
		}
	}
	out.label = label(st.Fit.N[i], st.Fit.N[st.Arms.Baseline], out, st.Margins)
	if st.Fit.N[i] == 0 && st.Tallies[i].NeverMade && out.label == LabelNotWorking {
		out.label = LabelUndetermined // nobody has seen that it does not work
	}
	if out.label == LabelNotWorking && st.bootedInto(i) {
		out.label = LabelUndetermined // it works after a reboot; switched to it was never, or in vain
	}
	if out.label == LabelNotWorking && st.FellBack(i) && st.Tallies[i].Counts.Planned == 0 {
		out.label = LabelFellBack
	}
	return out
}

// bootedInto says whether a stint gave a number that began a boot in arm i, which is the bridge's alone.
func (st *Study) bootedInto(i int) bool {
	w := st.Series.Within
	return w != nil && !st.FellBack(i) && slices.ContainsFunc(w.First, func(b *boots.Boot) bool { return b != nil && b.Arm == i })
}

// look is arm i's comparison by the values of this study, as a second look at it.
func (st *Study) look(i int) SecondLook {
	c := st.claimOf(i, st.compare(i), st.Family.EachSide())
	return SecondLook{Label: c.label, Difference: st.shown(c.contrast.Diff), Interval: st.interval(c.interval), Effect: effectOf(c.contrast)}
}
