package effects

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// TermEffect is a main effect or an interaction of two factors.
type TermEffect struct {
	// Term names the Settings, joined by ":".
	Term     string   `json:"-"`
	Settings []string `json:"-"`
	DF       int      `json:"df"`
	// SS2 and SS3 are its sums of squares of type II and III on the scale of y,
	// F and P test the type III effect, PHolm is adjusted over its family: the main
	// effects, or the interactions. P2 is the raw p of the type II effect, with equal
	// variances. NaN if it is not estimable.
	SS2         record.Number `json:"ss_type2"`
	SS3         record.Number `json:"ss_type3"`
	F           record.Number `json:"f"`
	P           record.Number `json:"p_raw"`
	PHolm       record.Number `json:"p_holm"`
	P2          record.Number `json:"p_type2"`
	Significant *bool         `json:"significant"` // nil without a test
	// Suppressed says why a main effect has no single number; empty when it has.
	Suppressed record.Name `json:"-"`
}

// LevelEffect is a level of a factor against the baseline's level, averaged evenly
// over the levels of all other factors; At names the level of another factor where
// the effect is that of a single level of it ("b=on"), else it is empty.
type LevelEffect struct {
	Factor  string      `json:"-"`
	Level   string      `json:"level"`
	Against string      `json:"against"`
	At      record.Name `json:"at"`
	// Difference is in the unit of the ranking's differences.
	Difference record.Number `json:"difference"`
	// Interval is simultaneous over all effects of its list (Bonferroni).
	rank.Interval
	P record.Number `json:"p_raw"`
	// Y and SE are the difference and its standard error on the scale of y.
	Y  float64 `json:"-"`
	SE float64 `json:"-"`
}

// LackOfFit tests the model's terms against the spread of boots of the same combination.
type LackOfFit struct {
	F        record.Number `json:"f"`
	DF1      int           `json:"df1"`
	DF2      int           `json:"df2"`
	P        record.Number `json:"p"`
	Rejected *bool         `json:"rejected"` // nil without a test
}

// FactorEffects is what each setting does in one workload's metric.
type FactorEffects struct {
	Workload string        `json:"-"`
	Metric   string        `json:"-"`
	Unit     string        `json:"-"`
	Better   sample.Better `json:"-"`
	Factors  []Factor      `json:"-"`
	// Combinations are in the model; LeftOut names those that are not because their
	// levels are not crossed with the others'.
	Combinations int      `json:"combinations"`
	LeftOut      []string `json:"left_out"`
	Boots        int      `json:"boots"`
	Blocks       int      `json:"-"`
	DF           int      `json:"df"`
	// Variance is the residual variance of a boot on the scale of y.
	Variance record.Number `json:"residual_variance"`
	// WithInteractions: all estimable interactions of two factors are in the model.
	WithInteractions bool         `json:"interactions_tested"`
	Main             []TermEffect `json:"-"`
	Pairs            []TermEffect `json:"-"`
	// Unbalanced: type II and III differ, because combinations or boots are missing.
	Unbalanced bool `json:"unbalanced"`
	// Levels are effects with a single number, Simple those of factors that interact.
	Levels []LevelEffect `json:"-"`
	Simple []LevelEffect `json:"-"`
	// BreuschPagan is the p of equal variances; Robust: HC3 standard errors are used
	// because it is below 0.01.
	BreuschPagan record.Number `json:"breusch_pagan_p"`
	Robust       bool          `json:"hc3"`
	LackOfFit    LackOfFit     `json:"lack_of_fit"`
	// NotEstimable names the terms that the combinations cannot tell apart.
	NotEstimable []string `json:"not_estimable"`
	// Aliases are effects, of settings and of two together, that these combinations cannot tell apart from others: what
	// is said of one may be another's.
	Aliases []Alias `json:"aliases,omitempty"`
	// Mixed: interactions of two are in part each other's, so that none is in the model.
	Mixed bool `json:"interactions_mixed,omitempty"`
}

// Alias is a term with those that no combination tells apart from it.
type Alias struct {
	Term string   `json:"term"`
	With []string `json:"with"`
}

// minEffectDF is the residual degrees of freedom that a model with all
// interactions of two factors must leave.
const minEffectDF = 8

// crossed estimates the effects of settings from the boots of the arms whose levels are crossed;
// Boots is 0 for a metric without any boot of theirs.
func crossed(rows []sample.Row, o rank.Options, names []string) ([]FactorEffects, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c, err := boots.GroupWithout(o.FellBack, rows, o.Baseline, o.ScaleOf)
	if err != nil {
		return nil, err
	}
	leftOut := slices.DeleteFunc(slices.Clone(c.Arms.Names), func(name string) bool { return slices.Contains(names, name) })
	var out []FactorEffects
	for _, s := range c.Series {
		factors, levels, err := FactorsOf(s.Arms, names)
		if err != nil {
			return nil, err
		}
		factors, levels, linked := together(factors, levels)
		var obs []observation
		var values []stat.Observation
		for _, b := range s.Boots {
			if b.Fate == boots.OK && levels[b.Arm] != nil {
				obs = append(obs, observation{levels[b.Arm], b.Block, b.Y, b.X})
				values = append(values, stat.Observation{Y: b.Y})
			}
		}
		e := FactorEffects{}
		if len(obs) > 0 {
			st, err := newStudy(factors, obs, len(s.Blocks), o.Alpha, s.Resolution(values))
			if err != nil {
				return nil, fmt.Errorf("workload %q, metric %q: %w", s.Workload, s.Metric, err)
			}
			e = st.effects(s.Axis)
			e.Aliases = slices.Concat(linked, e.Aliases)
		}
		e.Workload, e.Metric, e.Unit, e.Better, e.Blocks = s.Workload, s.Metric, s.Unit, s.Better, len(s.Blocks)
		e.Combinations, e.LeftOut = len(names), leftOut
		out = append(out, e)
	}
	return out, nil
}

// unknownEffect is a term that cannot be estimated.
func unknownEffect(t term) TermEffect {
	nan := record.Number(math.NaN())
	return TermEffect{Term: t.name, Settings: t.settings, DF: len(t.Columns), SS2: nan, SS3: nan, F: nan, P: nan, PHolm: nan, P2: nan}
}
