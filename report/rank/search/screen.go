package search

import (
	"fmt"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/rank/effects"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// ScreenOptions say what a screen looks at and how many combinations it keeps.
type ScreenOptions struct {
	// Workload and Metric may be empty where the samples hold one only.
	Workload, Metric string
	Keep             int
}

// ScreenResult is the screen of a factorial: all its combinations, booted a few times
// at most, judged by a linear model with main effects and interactions of two
// settings, so that each boot tells something about every setting.
type ScreenResult struct {
	// Arms with a number, best first.
	Arms []ScreenedArm
	// Kept names the first of them.
	Kept []string
	// Parameters of the model, DF its residual degrees of freedom, and Variance the
	// residual variance of a boot on the scale of 100 ln; NaN without any.
	Parameters, DF int
	Variance       float64
}

// ScreenedArm is one combination: its mean as the model has it, and as it was seen,
// less that of the best by the model, on the scale of 100 ln, up for better.
type ScreenedArm struct {
	Name         string
	Fitted, Seen float64
}

// Screen keeps the combinations that are best by the model. That gives no guarantee:
// interactions of three or more settings are not in it, and where they are large the
// best may be screened out.
func Screen(rows []sample.Row, o rank.Options, so ScreenOptions) (ScreenResult, error) {
	if err := o.Check(); err != nil {
		return ScreenResult{}, err
	}
	if so.Keep < 1 {
		return ScreenResult{}, fmt.Errorf("screen: %d combinations kept: it must be 1 or more", so.Keep)
	}
	c, err := boots.Group(made(rows), o.Baseline)
	if err != nil {
		return ScreenResult{}, err
	}
	s, err := choose(c.Series, boots.Key{Workload: so.Workload, Metric: so.Metric})
	if err != nil {
		return ScreenResult{}, err
	}
	factors, levels, err := effects.FactorsOf(c.Arms, c.Arms.Names)
	if err != nil {
		return ScreenResult{}, err
	}
	var obs []stat.Observation
	for _, b := range s.Boots {
		if b.Fate == boots.OK {
			obs = append(obs, stat.Observation{Arm: b.Arm, Block: b.Block, Y: b.Y})
		}
	}
	if len(obs) == 0 {
		return ScreenResult{}, fmt.Errorf("screen: workload %q, metric %q: no boot may be ranked", s.Workload, s.Metric)
	}
	f, err := stat.FitBlocks(obs, len(c.Arms.Names), len(s.Blocks))
	if err != nil {
		return ScreenResult{}, fmt.Errorf("screen: workload %q, metric %q: %w", s.Workload, s.Metric, err)
	}
	return screened(c.Arms, f, f.Model(effects.TermsUpTo(2, factors, levels)), so.Keep), nil
}

// screened orders the arms by the model.
func screened(arms boots.Arms, f *stat.Fit, m *stat.Model, keep int) ScreenResult {
	fitted, seen := make([]float64, len(arms.Names)), make([]float64, len(arms.Names))
	for i, b := range f.Obs {
		fitted[b.Arm] += b.Y - m.Resid[i]
		seen[b.Arm] += b.Y
	}
	var working []int
	for a, n := range f.N {
		if n > 0 {
			fitted[a] /= float64(n)
			seen[a] /= float64(n)
			working = append(working, a)
		}
	}
	order, _ := contrast.Order(working, fitted, arms.Changed, arms.Names)
	out := ScreenResult{Parameters: len(f.Obs) - m.DF, DF: m.DF, Variance: m.Variance()}
	for i, a := range order {
		out.Arms = append(out.Arms, ScreenedArm{arms.Names[a], fitted[a] - fitted[order[0]], seen[a] - fitted[order[0]]})
		if i < keep {
			out.Kept = append(out.Kept, arms.Names[a])
		}
	}
	return out
}
