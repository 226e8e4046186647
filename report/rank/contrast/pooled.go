package contrast

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vnettune/report/stat"
)

// pooled compares within the least-squares fit with one variance for all arms, and is the rule that
// goes with it: Dunnett's constants against the baseline and in the comparison with the best, Tukey
// and Kramer's for all pairs. It is the more powerful method where all arms are equally noisy and
// tails are light, and wrong far too often where they are not (41.8 % instead of 5 % at worst).
type pooled struct {
	*fitted
	alpha  float64
	base   int
	family stat.Control // the comparisons with the baseline
	known  Constants
}

// Constants are those of Dunnett and of Tukey by family and degrees of freedom: each is an integral
// within a search, and workloads and second looks ask for few different ones.
type Constants map[string]float64

func (k Constants) get(key string, compute func() float64) float64 {
	if _, ok := k[key]; !ok {
		k[key] = compute()
	}
	return k[key]
}

// dunnett is the constant that one of the comparisons with a control exceeds with chance alpha.
func (k Constants) dunnett(family stat.Control, alpha, df float64, twoSided bool) float64 {
	sorted := stat.Control(slices.SortedFunc(slices.Values(family), func(a, b stat.LambdaCount) int { return cmp.Compare(a.Lambda, b.Lambda) }))
	return k.get(fmt.Sprint(sorted, alpha, df, twoSided), func() float64 { return sorted.Upper(alpha, df, twoSided) })
}

// tukey is the constant of the studentized range of arms.
func (k Constants) tukey(arms int, alpha, df float64) float64 {
	return k.get(fmt.Sprint(arms, alpha, df), func() float64 { return stat.NewRange(arms).Upper(alpha, df) })
}

func newPooled(f *stat.Fit, alpha float64, base int, known Constants) *pooled {
	one := stat.Moderation{V: make([]float64, f.Arms), S0: math.NaN(), NoVariance: f.Pooled == 0}
	for i := range one.V {
		one.V[i] = f.Pooled
	}
	return &pooled{fitted: newFitted(f, one), alpha: alpha, base: base, family: stat.NewControl(f.N, base), known: known}
}

func (p *pooled) compare(i, j int) Contrast {
	c := None()
	if p.Part[i] < 0 || p.Part[i] != p.Part[j] {
		return c
	}
	c.Comparable = true
	c.Diff = p.Mean[i] - p.Mean[j]
	if p.mod.NoVariance {
		c.SE, c.NoVariance = 0, true
		return c
	}
	plain := p.patterns.contrast(i, j, p.mod.V, func(int) float64 { return p.Pooled }).plain
	c.Exploratory = p.N[i] == 1 || p.N[j] == 1
	c.SE, c.DF = math.Sqrt(p.Pooled*plain), float64(p.DF)
	return c
}

// Adjusted takes Dunnett's two-sided p of the single step.
func (p *pooled) Adjusted(raw []Contrast) []float64 {
	out := make([]float64, len(raw))
	for i, c := range raw {
		out[i] = 1
		if !math.IsNaN(c.P) {
			out[i] = p.family.Tail(math.Abs(c.Diff/c.SE), c.DF, true)
		}
	}
	return out
}

// EachSide is Student's tail beyond Dunnett's two-sided constant.
func (p *pooled) EachSide() float64 {
	if p.DF < 1 || p.Arms < 2 {
		return math.NaN()
	}
	df := float64(p.DF)
	return stat.TSurvival(p.known.dunnett(p.family, p.alpha, df, true), df)
}

// differs says whether a pair differs by Tukey and Kramer's rule.
func (p *pooled) differs(c Contrast) bool {
	return c.testable() && math.Abs(c.Diff) >= p.known.tukey(p.Arms, p.alpha, float64(p.DF))/math.Sqrt2*c.SE
}

func (p *pooled) settle(t *Table) {
	for k, c := range t.contrast {
		t.differs[k] = p.differs(c)
	}
}

func (p *pooled) settleOwn(r *Replaced) {
	for j, c := range r.own {
		r.differs[j] = p.differs(c)
	}
}

func (p *pooled) widths() widths { return pooledWidths(p.bestConstants()) }

// pooledWidths are Dunnett's one-sided constants of each arm.
type pooledWidths []float64

func (w pooledWidths) bounds(i int, c Contrast) (least, most float64) {
	x := w.width(i, c)
	return x, x
}

func (w pooledWidths) width(i int, c Contrast) float64 {
	if !c.HasInterval() {
		return math.Inf(1)
	}
	return w[i] * c.SE
}

// bestConstants is Dunnett's one-sided constant with each arm as the control;
// arms with equally many boots share it.
func (p *pooled) bestConstants() []float64 {
	d := make([]float64, p.Arms)
	byBoots := make(map[int]float64)
	for i := range d {
		n := p.N[i]
		if n == 0 || p.DF < 1 {
			d[i] = math.NaN()
			continue
		}
		if _, ok := byBoots[n]; !ok {
			byBoots[n] = p.known.dunnett(stat.NewControl(p.N, i), p.alpha, float64(p.DF), false)
		}
		d[i] = byBoots[n]
	}
	return d
}
