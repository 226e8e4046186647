package synthetic

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vnettune/results/sample"
)

// Shape names the distribution of noise, always with mean 0 and, but for Drops,
// standard deviation 1 before it is scaled.
type Shape string

// The shapes.
const (
	Normal Shape = "normal"
	// T3 is Student's t with 3 degrees of freedom: heavy tails.
	T3 Shape = "t3"
	// Drops is normal, but 3 % of the values fall by 8 standard deviations.
	Drops Shape = "drops"
	// LogNormal is skewed to the right.
	LogNormal Shape = "lognormal"
	// Bimodal boots fall into one of two groups; repetitions stay normal.
	Bimodal Shape = "bimodal"
)

// Shapes lists the shapes.
func Shapes() []Shape { return []Shape{Normal, T3, Drops, LogNormal, Bimodal} }

// Baseline is the name of the arm that the effects are against.
const Baseline = "baseline"

// Plan states a campaign. Amounts of noise are on the scale of 100 ln, which is about percent; of
// loss in percentage points.
type Plan struct {
	// Metric is throughput or loss.
	Metric string
	// Zeros is the share of boots without loss.
	Zeros float64
	// Combinations counts the arms, the baseline included; the others are c01, c02 ...
	Combinations, Blocks, Repetitions int
	// BootSD and RepSD are the standard deviations of boots and of repetitions.
	BootSD, RepSD float64
	Shape         Shape
	// Correlation of a repetition with the one before it, and BootCorrelation of a boot with
	// the one before it, from 0 to below 1.
	Correlation, BootCorrelation float64
	// NoiseSpread is the standard deviation of the logarithm of the arms' noise: 0
	// makes them equally noisy.
	NoiseSpread float64
	// Drift is the change in percent over the whole campaign, linear in the order of boots.
	Drift float64
	// Slow is the share of boots that fall on a slow placement, which costs them SlowBy percent.
	Slow, SlowBy float64
	// Lost is the share of boots that fail, drawn among all.
	Lost float64
	// Noise is what an arm's noise is multiplied by, for some.
	Noise map[string]float64
	// Sequential boots each arm's boots one after another, as no campaign should;
	// else every block holds each arm once in random order.
	Sequential bool
	// BaselinePerBlock is how often the baseline is booted in a block; 0 is the rule
	// of campaigns: twice from 6 combinations on, else once.
	BaselinePerBlock int
	// Effects are differences from the baseline in percent, of loss in points, by arm.
	Effects map[string]float64
	// Mean of the baseline in Mbit/s, of loss in percent.
	Mean float64
	Seed uint64
	// CovariateSD is the standard deviation of a covariate of each boot, in percent; 0 draws none. Its
	// correlation with the boot's deviation is CovariateRho, from -1 to 1; CovariateEffects, in percent by arm,
	// are what an arm does to it that should not.
	CovariateSD, CovariateRho float64
	CovariateEffects          map[string]float64
	// WithinBoot switches the arms within boots: Blocks boots go through the arms, but for the last
	// WholePlots ones, which have a boot of their own in every block.
	WithinBoot bool
	WholePlots int
	// InteractionSD and StintSD are the standard deviations of an arm in a boot, and of one application
	// of an arm in a boot.
	InteractionSD, StintSD float64
	// CarryOver is the share of an arm's effect that an arm switched to from it keeps in place of
	// its own: a value that stays partly in force.
	CarryOver float64
	// RebootOnly are effects in percent that are in force in every stint of a boot that was booted
	// into the arm, and in no other.
	RebootOnly map[string]float64
}

// DefaultPlan is 8 combinations in 5 blocks of 3 repetitions, with noise of 2 % of
// boots and of repetitions.
func DefaultPlan() Plan {
	return Plan{Metric: "throughput", Combinations: 8, Blocks: 5, Repetitions: 3, BootSD: 2, RepSD: 2, Shape: Normal, Mean: 9400, Seed: 1}
}

// Arms are the names of the arms, the baseline first.
func (p Plan) Arms() []string {
	names := []string{Baseline}
	digits := max(2, len(fmt.Sprint(p.Combinations-1)))
	for i := 1; i < p.Combinations; i++ {
		names = append(names, fmt.Sprintf("c%0*d", digits, i))
	}
	return names
}

// manyArms is the number of combinations from which on the baseline, which is in
// every comparison, is booted twice in a block.
const manyArms = 6

// Baselines is how often the baseline is booted in a block.
func (p Plan) Baselines() int {
	switch {
	case p.WithinBoot:
		return 2 // the hub
	case p.BaselinePerBlock > 0:
		return p.BaselinePerBlock
	case p.Combinations >= manyArms:
		return 2
	}
	return 1
}

// Metrics is what is drawn.
func (p Plan) Metrics() sample.Metric {
	m, _ := sample.KnownMetric(p.Metric)
	return m
}

// maxRows bounds a campaign that is drawn.
const maxRows = 10_000_000

func (p Plan) validate() error {
	switch {
	case p.Combinations < 1 || p.Blocks < 1 || p.Repetitions < 1:
		return fmt.Errorf("%d combinations, %d blocks, %d repetitions: each must be at least 1", p.Combinations, p.Blocks, p.Repetitions)
	case p.BaselinePerBlock < 0 || p.BaselinePerBlock > 100:
		return fmt.Errorf("baseline %d times in a block: it must be from 1 to 100, or 0 for the rule", p.BaselinePerBlock)
	case float64(p.Combinations+p.Baselines()-1)*float64(p.Blocks)*float64(p.Repetitions) > maxRows:
		return fmt.Errorf("%d combinations x %d blocks x %d repetitions: at most %d rows are drawn", p.Combinations, p.Blocks, p.Repetitions, maxRows)
	case !slices.Contains(Shapes(), p.Shape):
		return fmt.Errorf("noise %q: the shapes are %s", p.Shape, joined(Shapes()))
	case !(p.Correlation >= 0 && p.Correlation < 1 && p.BootCorrelation >= 0 && p.BootCorrelation < 1):
		return fmt.Errorf("correlation %v, of boots %v: it must lie from 0 to below 1", p.Correlation, p.BootCorrelation)
	case p.Metric != "throughput" && p.Metric != "loss":
		return fmt.Errorf("metric %q: throughput or loss is drawn", p.Metric)
	case !(p.Mean > 0 && p.Mean < math.MaxFloat32):
		return fmt.Errorf("mean %v %s: it must be positive, and a number that can be measured", p.Mean, p.Metrics().Unit)
	case p.Metric == "loss" && p.Mean > 100:
		return fmt.Errorf("mean %v %%: loss is at most 100 %%", p.Mean)
	case p.Zeros != 0 && p.Metric != "loss":
		return fmt.Errorf("zeros %v: only loss has them", p.Zeros)
	}
	for what, v := range map[string]float64{"carry-over": p.CarryOver, "zeros": p.Zeros, "slow": p.Slow, "lost": p.Lost} {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s %v: it is a share, from 0 to 1", what, v)
		}
	}
	for what, v := range map[string]float64{"boot SD": p.BootSD, "repetition SD": p.RepSD, "noise spread": p.NoiseSpread,
		"interaction SD": p.InteractionSD, "stint SD": p.StintSD, "covariate SD": p.CovariateSD} {
		if !(v >= 0 && v <= 100) {
			return fmt.Errorf("%s %v: it must lie between 0 and 100", what, v)
		}
	}
	if err := p.validateWithin(); err != nil {
		return err
	}
	switch {
	case !(p.CovariateRho >= -1 && p.CovariateRho <= 1):
		return fmt.Errorf("correlation of the covariate %v: it must lie between -1 and 1", p.CovariateRho)
	case p.CovariateSD == 0 && (p.CovariateRho != 0 || len(p.CovariateEffects) > 0):
		return errors.New("a covariate that does not vary has no correlation and no effects: give its SD")
	case p.CovariateSD != 0 && p.WithinBoot:
		return errors.New("arms that are switched within boots are compared within the boot: a covariate of the boot is not drawn for them")
	}
	if !(math.Abs(p.Drift) <= 90) {
		return fmt.Errorf("drift %v %%: it must lie between -90 and 90", p.Drift)
	}
	arms := p.Arms()
	for _, effects := range []map[string]float64{p.Effects, p.RebootOnly, p.CovariateEffects} {
		for _, name := range slices.Sorted(maps.Keys(effects)) {
			if !slices.Contains(arms, name) {
				return fmt.Errorf("effect of %q: the combinations are %s to %s", name, arms[0], arms[len(arms)-1])
			}
			if v := effects[name]; !(v > -100 && v <= 1000) {
				return fmt.Errorf("effect of %s %v %%: it must be above -100 and at most 1000", name, v)
			}
		}
	}
	return nil
}

// validateWithin says what is wrong with a plan of stints.
func (p Plan) validateWithin() error {
	switch {
	case !p.WithinBoot && (p.WholePlots != 0 || p.InteractionSD != 0 || p.StintSD != 0 || p.CarryOver != 0 || len(p.RebootOnly) > 0):
		return errors.New("whole plots, noise of stints, carry-over and effects of a reboot alone are of arms that are switched within boots: ask for that")
	case p.WithinBoot && (p.Combinations < 2 || p.WholePlots < 0 || p.WholePlots > p.Combinations-2):
		return fmt.Errorf("%d whole plots of %d combinations: at least two combinations are switched", p.WholePlots, p.Combinations)
	case p.WithinBoot && p.Sequential:
		return errors.New("boots within which arms are switched have a random order of arms")
	}
	return nil
}

func joined(shapes []Shape) string {
	var s []string
	for _, x := range shapes {
		s = append(s, string(x))
	}
	return strings.Join(s, ", ")
}
