package rank

import (
	"fmt"

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

// Summary names how the repetitions of a boot become one number.
type Summary string

const (
	// SummaryMean is the geometric mean of the repetitions.
	SummaryMean Summary = "mean"
	// SummaryMedian is their median.
	SummaryMedian Summary = "median"
)

// ZeroRule says what becomes of a boot with a repetition of zero.
type ZeroRule string

const (
	// ZeroStall takes the arithmetic mean of the boot, zeros included; a boot of
	// zeros only counts as failed.
	ZeroStall ZeroRule = "stall"
	// ZeroExclude leaves the boot out and lists it.
	ZeroExclude ZeroRule = "exclude"
)

// Options are what a ranking is asked to do, fixed before the data is seen.
type Options struct {
	// Baseline is the combination that all others are compared with.
	Baseline string
	// Margin is the smallest difference worth caring about, in percent.
	Margin float64
	// Alpha is the error rate of a family: the chance of any false difference.
	Alpha    float64
	Variance Variance
	Summary  Summary
	ZeroRule ZeroRule
	// PerBlock is the number of boots planned for an arm in each block; an arm
	// that is not named has what the data show (see countPerBlock).
	PerBlock map[string]int
	// Looks of a gate that share Alpha; nothing else heeds them.
	Looks Looks
}

// DefaultOptions is the method as specified; only the baseline is left to say.
func DefaultOptions() Options {
	return Options{
		Margin: 2, Alpha: 0.05,
		Variance: VarianceModerated, Summary: SummaryMean, ZeroRule: ZeroStall,
	}
}

func (o Options) validate() error {
	switch {
	case !(o.Margin > 0 && o.Margin < 100):
		return fmt.Errorf("margin %v %%: it must lie between 0 and 100 percent, for example 2", o.Margin)
	case !(o.Alpha > 0 && o.Alpha < 0.5):
		return fmt.Errorf("alpha %v: it must lie between 0 and 0.5, for example 0.05", o.Alpha)
	case o.Variance != VarianceModerated && o.Variance != VariancePooled:
		return fmt.Errorf("variance %q: the methods are %s and %s", o.Variance, VarianceModerated, VariancePooled)
	case o.Summary != SummaryMean && o.Summary != SummaryMedian:
		return fmt.Errorf("boot summary %q: it is %s or %s", o.Summary, SummaryMean, SummaryMedian)
	case o.ZeroRule != ZeroStall && o.ZeroRule != ZeroExclude:
		return fmt.Errorf("zero rule %q: it is %s or %s", o.ZeroRule, ZeroStall, ZeroExclude)
	}
	for name, n := range o.PerBlock {
		if n < 1 {
			return fmt.Errorf("combination %q: %d boots planned per block: it must be at least 1", name, n)
		}
	}
	return o.Looks.Check()
}

// sign is +1 where more is better, and -1 where less is: the analysis always
// looks for the largest.
func sign(b sample.Better) float64 {
	if b == sample.LowerIsBetter {
		return -1
	}
	return 1
}
