package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// pooled compares within the least-squares fit with one variance for all arms, and
// is the rule that goes with it: Dunnett's constants against the baseline and in
// the comparison with the best, Tukey and Kramer's for all pairs. It is the more
// powerful method where all arms are equally noisy and tails are light, and wrong
// far too often where they are not (41.8 % instead of 5 % at worst).
type pooled struct {
	*fitted
	alpha  float64
	base   int
	family control // the comparisons with the baseline
	known  constants
}

// constants are Dunnett's two-sided ones by family and degrees of freedom: each is
// an integral within a search, and second looks ask for few different ones.
type constants map[string]float64

func (k constants) upper(family control, alpha, df float64) float64 {
	sorted := slices.SortedFunc(slices.Values(family), func(a, b lambdaCount) int { return cmp.Compare(a.lambda, b.lambda) })
	key := fmt.Sprint(sorted, alpha, df)
	if _, ok := k[key]; !ok {
		k[key] = control(sorted).upper(alpha, df, true)
	}
	return k[key]
}

func newPooled(f *fit, alpha float64, base int) *pooled {
	one := moderation{v: make([]float64, f.arms), s0: math.NaN(), noVariance: f.pooled == 0}
	for i := range one.v {
		one.v[i] = f.pooled
	}
	return &pooled{fitted: newFitted(f, one), alpha: alpha, base: base, family: newControl(f.n, base), known: make(constants)}
}

func (p *pooled) compare(i, j int) contrast {
	c := noContrast()
	if p.part[i] < 0 || p.part[i] != p.part[j] {
		return c
	}
	c.comparable = true
	c.diff = p.mean[i] - p.mean[j]
	if p.mod.noVariance {
		c.se, c.noVariance = 0, true
		return c
	}
	p.squaredWeights(i, j)
	plain := 0.0
	for _, a := range p.weight {
		plain += a
	}
	c.exploratory = p.n[i] == 1 || p.n[j] == 1
	c.se, c.df = math.Sqrt(p.fit.pooled*plain), float64(p.df)
	return c.tested()
}

// baseline takes Dunnett's two-sided p of the single step.
func (p *pooled) baseline(raw []contrast) []float64 {
	out := make([]float64, len(raw))
	for i, c := range raw {
		out[i] = 1
		if !math.IsNaN(c.p) {
			out[i] = p.family.tail(math.Abs(c.diff/c.se), c.df, true)
		}
	}
	return out
}

// eachSide is Student's tail beyond Dunnett's two-sided constant.
func (p *pooled) eachSide() float64 {
	if p.df < 1 || p.arms < 2 {
		return math.NaN()
	}
	df := float64(p.df)
	return tSurvival(p.known.upper(p.family, p.alpha, df), df)
}

func (p *pooled) pairs(t *pairTable) []bool {
	differs := make([]bool, len(t.contrast))
	if p.df < 1 {
		return differs
	}
	q := studentRangeUpper(p.alpha, p.arms, float64(p.df)) / math.Sqrt2
	for k, c := range t.contrast {
		differs[k] = !math.IsNaN(c.p) && math.Abs(c.diff) >= q*c.se
	}
	return differs
}

func (p *pooled) bestWidths(t *pairTable) func(i, j int) float64 {
	d := p.bestConstants()
	return func(i, j int) float64 {
		if c := t.get(i, j); c.interval() {
			return d[i] * c.se
		}
		return math.Inf(1)
	}
}

// bestConstants is Dunnett's one-sided constant with each arm as the control;
// arms with equally many boots share it.
func (p *pooled) bestConstants() []float64 {
	d := make([]float64, p.arms)
	byBoots := make(map[int]float64)
	for i := range d {
		n := p.n[i]
		if n == 0 || p.df < 1 {
			d[i] = math.NaN()
			continue
		}
		if _, ok := byBoots[n]; !ok {
			byBoots[n] = newControl(p.n, i).upper(p.alpha, float64(p.df), false)
		}
		d[i] = byBoots[n]
	}
	return d
}
