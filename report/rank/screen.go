package rank

import (
	"fmt"
	"math"

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
func Screen(rows []sample.Row, o Options, so ScreenOptions) (ScreenResult, error) {
	if err := o.validate(); err != nil {
		return ScreenResult{}, err
	}
	if so.Keep < 1 {
		return ScreenResult{}, fmt.Errorf("screen: %d combinations kept: it must be 1 or more", so.Keep)
	}
	declared, all, err := collect(rows, o)
	if err != nil {
		return ScreenResult{}, err
	}
	s, err := SearchOptions{Workload: so.Workload, Metric: so.Metric}.choose(all)
	if err != nil {
		return ScreenResult{}, err
	}
	factors, levels, err := factorsOf(rows, declared, declared.names)
	if err != nil {
		return ScreenResult{}, err
	}
	var obs []observation
	var arm []int
	var y []float64
	for i := range s.boots {
		b := &s.boots[i]
		if r := b.outcomeOf(sign(s.better), o); r.fate == fateOK {
			obs, arm, y = append(obs, observation{levels[b.arm], b.block, r.y}), append(arm, b.arm), append(y, r.y)
		}
	}
	if len(obs) == 0 {
		return ScreenResult{}, fmt.Errorf("screen: workload %q, metric %q: no boot may be ranked", s.workload, s.metric)
	}
	return screen(declared, factors, obs, arm, y, so.Keep), nil
}

// screen fits and orders.
func screen(declared arms, factors []Factor, obs []observation, arm []int, y []float64, keep int) ScreenResult {
	grand, _ := meanVariance(y)
	centred := make([]float64, len(y))
	for i := range y {
		centred[i] = y[i] - grand
	}
	constant, blocks := nuisance(obs)
	terms := []modelTerm{constant, blocks}
	for _, size := range []int{1, 2} {
		for _, set := range interactions(len(factors), size) {
			terms = append(terms, newTerm(factors, obs, set...))
		}
	}
	basis := basisOf(terms)
	rest := basis.residuals(centred)
	fitted, seen := make([]float64, len(declared.names)), make([]float64, len(declared.names))
	boots := make([]float64, len(declared.names))
	for i, a := range arm {
		fitted[a] += centred[i] - rest[i]
		seen[a] += centred[i]
		boots[a]++
	}
	var working []int
	for a := range boots {
		if boots[a] > 0 {
			fitted[a] /= boots[a]
			seen[a] /= boots[a]
			working = append(working, a)
		}
	}
	order, _ := orderArms(working, fitted, declared.changed, declared.names)
	out := ScreenResult{Parameters: len(basis.q), DF: len(y) - len(basis.q), Variance: math.NaN()}
	if out.DF > 0 {
		out.Variance = dot(rest, rest) / float64(out.DF)
	}
	for i, a := range order {
		out.Arms = append(out.Arms, ScreenedArm{declared.names[a], fitted[a] - fitted[order[0]], seen[a] - fitted[order[0]]})
		if i < keep {
			out.Kept = append(out.Kept, declared.names[a])
		}
	}
	return out
}
