package rank

import (
	"fmt"
	"maps"
	"math"
	"slices"

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
	Interval Interval
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

// Effects estimates what each setting does from the levels in rows (set:ID
// columns), one result for each workload and metric. declared names pairs of
// settings whose interaction is in the model however few boots there are.
func Effects(rows []sample.Row, o Options, declared [][2]string) ([]FactorEffects, error) {
	all, err := effectsOfArms(rows, o, declared, slices.Sorted(maps.Keys(levelsOfArms(rows))))
	for _, e := range all {
		if e.Boots == 0 {
			return nil, fmt.Errorf("workload %q, metric %q: no boot may be ranked", e.Workload, e.Metric)
		}
	}
	return all, err
}

// effectsOfArms is Effects of the boots of some arms; a metric without any keeps
// Boots at 0.
func effectsOfArms(rows []sample.Row, o Options, declared [][2]string, names []string) ([]FactorEffects, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	arms, all, err := collect(rows, o)
	if err != nil {
		return nil, err
	}
	factors, levels, err := factorsOf(rows, arms, names)
	if err != nil {
		return nil, err
	}
	var pairs [][]int
	for _, d := range declared {
		pair := []int{factorNumber(factors, d[0]), factorNumber(factors, d[1])}
		slices.Sort(pair)
		if pair[0] < 0 || pair[0] == pair[1] {
			return nil, fmt.Errorf("interaction %s:%s: name two settings that vary", d[0], d[1])
		}
		pairs = append(pairs, pair)
	}
	leftOut := slices.DeleteFunc(slices.Clone(arms.names), func(name string) bool { return slices.Contains(names, name) })
	var out []FactorEffects
	for _, s := range all {
		var obs []observation
		for i := range s.boots {
			b := &s.boots[i]
			if r := b.outcomeOf(sign(s.better), o); r.fate == fateOK && levels[b.arm] != nil {
				obs = append(obs, observation{levels[b.arm], b.block, r.y})
			}
		}
		e := FactorEffects{}
		if len(obs) > 0 {
			e = newEffectStudy(factors, obs, pairs, o.Alpha).effects(sign(s.better))
		}
		e.Workload, e.Metric, e.Unit, e.Better, e.Blocks = s.workload, s.metric, s.unit, s.better, s.blocks
		e.Combinations, e.LeftOut = len(names), leftOut
		out = append(out, e)
	}
	return out, nil
}

func factorNumber(factors []Factor, id string) int {
	return slices.IndexFunc(factors, func(f Factor) bool { return f.ID == id })
}

// factorsOf finds the settings that vary between the named arms, and each arm's
// levels; nil for other arms.
func factorsOf(rows []sample.Row, a arms, names []string) ([]Factor, [][]int, error) {
	levels := levelsOfArms(rows)
	ids := make(map[string]bool)
	for _, name := range names {
		for id := range levels[name] {
			ids[id] = true
		}
	}
	var factors []Factor
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		f := Factor{ID: id}
		for _, name := range names {
			level, ok := levels[name][id]
			if !ok {
				return nil, nil, fmt.Errorf("combination %q has no level of %s: every row needs every set: column for effects", name, id)
			}
			if !slices.Contains(f.Levels, level) {
				f.Levels = append(f.Levels, level)
			}
		}
		f.order(levels[a.names[a.baseline]][id])
		if len(f.Levels) > 1 {
			factors = append(factors, f)
		}
	}
	if len(factors) == 0 {
		return nil, nil, fmt.Errorf("no setting varies between the combinations: effects need set:ID columns with their levels")
	}
	out := make([][]int, len(a.names))
	for i, name := range a.names {
		if !slices.Contains(names, name) {
			continue
		}
		for _, f := range factors {
			out[i] = append(out[i], slices.Index(f.Levels, levels[name][f.ID]))
		}
	}
	return factors, out, nil
}

// order puts first the level that the others are compared with: the baseline's, or,
// where no arm has it, the default, a deleted value, or the first by name.
func (f *Factor) order(baseline string) {
	slices.Sort(f.Levels)
	for _, first := range []string{baseline, "default", "absent"} {
		if i := slices.Index(f.Levels, first); i >= 0 {
			f.Levels = append([]string{first}, slices.Delete(f.Levels, i, i+1)...)
			return
		}
	}
}

// unknownEffect is a term that cannot be estimated.
func unknownEffect(t modelTerm) TermEffect {
	nan := math.NaN()
	return TermEffect{Term: t.name, Settings: t.settings, DF: len(t.columns), SS2: nan, SS3: nan, F: nan, P: nan, PHolm: nan, P2: nan}
}
