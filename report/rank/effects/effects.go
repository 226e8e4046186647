package effects

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/sample"
)

// TermEffect is a main effect or an interaction of two factors.
type TermEffect struct {
	// Term names the Settings, joined by ":".
	Term     string
	Settings []string
	DF       int
	// SS2 and SS3 are its sums of squares of type II and III on the scale of 100 ln,
	// F and P test the type III effect, PHolm is adjusted over its family: the main
	// effects, or the interactions. P2 is the raw p of the type II effect, with equal
	// variances. NaN where it is not estimable.
	SS2, SS3, F, P, PHolm, P2 float64
	Significant               bool
	// Suppressed says why a main effect has no single number; empty when it has.
	Suppressed string
}

// LevelEffect is a level of a factor against the baseline's level, averaged evenly
// over the levels of all other factors; At names the level of another factor where
// the effect is that of a single level of it ("b=on"), else it is empty.
type LevelEffect struct {
	Factor, Level, Against, At string
	DiffPercent                float64
	// Interval is simultaneous over all effects of its list (Bonferroni).
	Interval rank.Interval
	// SE and Log are on the scale of 100 ln.
	Log, SE, P float64
}

// LackOfFit tests the model's terms against the spread of boots of the same
// combination.
type LackOfFit struct {
	F, P     float64
	DF1, DF2 int
	Rejected bool
}

// FactorEffects is what each setting does in one workload's metric.
type FactorEffects struct {
	Workload, Metric, Unit string
	Better                 sample.Better
	Factors                []Factor
	// Combinations are in the model; LeftOut names those that are not because their
	// levels are not crossed with the others'.
	Combinations      int
	LeftOut           []string
	Boots, Blocks, DF int
	// Variance is the residual variance of a boot on the scale of 100 ln.
	Variance float64
	// WithInteractions: all estimable interactions of two factors are in the model.
	WithInteractions bool
	Main, Pairs      []TermEffect
	// Unbalanced: type II and III differ, because combinations or boots are missing.
	Unbalanced bool
	// Levels are effects with a single number, Simple those of factors that
	// interact.
	Levels, Simple []LevelEffect
	// NotEstimable names the terms that the combinations cannot tell apart.
	NotEstimable []string
	LackOfFit    LackOfFit
	// BreuschPagan is the p of equal variances; Robust: HC3 standard errors are used
	// because it is below 0.01.
	BreuschPagan float64
	Robust       bool
}

// minEffectDF is the residual degrees of freedom that a model with all
// interactions of two factors must leave.
const minEffectDF = 8

// crossed is the effects of settings by the boots of the arms whose levels are crossed;
// a metric without any boot of theirs keeps Boots at 0.
func crossed(rows []sample.Row, o rank.Options, names []string) ([]FactorEffects, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c, err := boots.Group(rows, o.Baseline)
	if err != nil {
		return nil, err
	}
	factors, levels, err := FactorsOf(c.Arms, names)
	if err != nil {
		return nil, err
	}
	leftOut := slices.DeleteFunc(slices.Clone(c.Arms.Names), func(name string) bool { return slices.Contains(names, name) })
	var out []FactorEffects
	for _, s := range c.Series {
		var obs []observation
		for _, b := range s.Boots {
			if b.Fate == boots.OK && levels[b.Arm] != nil {
				obs = append(obs, observation{levels[b.Arm], b.Block, b.Y})
			}
		}
		e := FactorEffects{}
		if len(obs) > 0 {
			st, err := newStudy(factors, obs, len(s.Blocks), o.Alpha)
			if err != nil {
				return nil, fmt.Errorf("workload %q, metric %q: %w", s.Workload, s.Metric, err)
			}
			e = st.effects(s.Sign())
		}
		e.Workload, e.Metric, e.Unit, e.Better, e.Blocks = s.Workload, s.Metric, s.Unit, s.Better, len(s.Blocks)
		e.Combinations, e.LeftOut = len(names), leftOut
		out = append(out, e)
	}
	return out, nil
}

// unknownEffect is a term that cannot be estimated.
func unknownEffect(t term) TermEffect {
	nan := math.NaN()
	return TermEffect{Term: t.name, Settings: t.settings, DF: len(t.Columns), SS2: nan, SS3: nan, F: nan, P: nan, PHolm: nan, P2: nan}
}
