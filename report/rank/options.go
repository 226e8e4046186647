package rank

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"vnettune/results/sample"
)

// Variance names how the noise of the boots is estimated.
type Variance string

// VarianceModerated is one variance an arm, moderated towards those of the other
// arms (Smyth 2004). It holds its error rate when arms differ in noise.
const VarianceModerated Variance = "moderated"

// VariancePooled is one variance for all arms, with the constants of Dunnett and
// of Tukey: more power where arms are equally noisy, too many errors elsewhere.
const VariancePooled Variance = "pooled"

// Options are what a ranking is asked to do, fixed before the data is seen.
type Options struct {
	// Baseline is the combination that all others are compared with.
	Baseline string
	// Margin is the smallest difference worth caring about, in percent: of every metric on
	// the ratio scale that has none of its own in Margins.
	Margin float64
	// Margins are those of single metrics, by name: in percent on the ratio scale, else in the
	// metric's own unit.
	Margins map[string]float64
	// Scales are those of metrics that vnettune does not know, which are on the ratio scale
	// otherwise.
	Scales map[string]sample.Scale
	// Alpha is the error rate of a family: the chance of any false difference.
	Alpha    float64
	Variance Variance
	// FellBack are arms whose switched stints are not ranked, since the loop found that they take
	// only at a reboot. SwitchRead are arms whose switch was read in effect by a number.
	FellBack   []string
	SwitchRead map[string]bool
	// Looks is how often the bridge of a campaign within boots is planned to be asked; 0 is once.
	Looks int
	// Settle says at which looks arms settle, and which did; nil where every arm is booted to the end.
	Settle *Settle

	// Covariate names what was measured first in each boot and is taken out of the noise where it does not
	// depend on the arm; "" for nothing.
	Covariate string

	look int // of Settle, whose rows are judged; 0 is the last
}

// DefaultOptions are the method as specified; only the baseline is left open.
func DefaultOptions() Options {
	return Options{Margin: 2, Alpha: 0.05, Variance: VarianceModerated}
}

// Check says what is wrong with the options, and the remedy.
func (o Options) Check() error {
	switch {
	case !(o.Margin > 0 && o.Margin < 100):
		return fmt.Errorf("margin %v %%: it must lie between 0 and 100 percent, for example 2", o.Margin)
	case !(o.Alpha > 0 && o.Alpha < 0.5):
		return fmt.Errorf("alpha %v: it must lie between 0 and 0.5, for example 0.05", o.Alpha)
	case o.Variance != VarianceModerated && o.Variance != VariancePooled:
		return fmt.Errorf("variance %q: the methods are %s and %s", o.Variance, VarianceModerated, VariancePooled)
	}
	for _, metric := range slices.Sorted(maps.Keys(o.Scales)) {
		scale := o.Scales[metric]
		if scale != sample.Ratio && scale != sample.Difference {
			return fmt.Errorf("scale %q of %s: the scales are %s and %s", scale, metric, sample.Ratio, sample.Difference)
		}
		if known, ok := sample.KnownMetric(metric); ok && known.Scale != scale {
			return fmt.Errorf("scale of %s: it is known to be compared by its %s", metric, known.Scale)
		}
	}
	for _, metric := range slices.Sorted(maps.Keys(o.Margins)) {
		switch m := o.Margins[metric]; {
		case !(m > 0) || math.IsInf(m, 1):
			return fmt.Errorf("margin %v of %s: it must be a number above 0", m, metric)
		case o.ScaleOf(metric) == sample.Ratio && m >= 100:
			return fmt.Errorf("margin %v %% of %s: it must lie between 0 and 100 percent, for example 2", m, metric)
		}
	}
	return nil
}

// ScaleOf is the scale on which a metric is compared.
func (o Options) ScaleOf(metric string) sample.Scale {
	if known, ok := sample.KnownMetric(metric); ok {
		return known.Scale
	}
	if scale, ok := o.Scales[metric]; ok {
		return scale
	}
	return sample.Ratio
}

// MarginOf is the margin of a metric that is measured in unit: percent on the ratio scale, else in
// that unit; NaN if there is none, so that nothing can be claimed but where the difference lies.
func (o Options) MarginOf(metric, unit string) float64 {
	if m, ok := o.Margins[metric]; ok {
		return m
	}
	if o.ScaleOf(metric) == sample.Ratio {
		return o.Margin
	}
	known, _ := sample.KnownMetric(metric)
	if known.Margin > 0 && (unit == known.Unit || known.Unit == "%" && unit == "percent") {
		return known.Margin
	}
	return math.NaN()
}
