package rank

import "fmt"

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
	// Margin is the smallest difference worth caring about, in percent.
	Margin float64
	// Alpha is the error rate of a family: the chance of any false difference.
	Alpha    float64
	Variance Variance
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
	return nil
}
