package contrast

import (
	"cmp"
	"math"
	"slices"

	"vnettune/report/stat"
)

// Kind says how the arms of a fit are compared.
type Kind int

// The kinds.
const (
	// Separate: each arm's own variance: few arms show their noise, or none shows any.
	Separate Kind = iota
	// Moderated: variances that are moderated towards each other.
	Moderated
	// OneVariance: one pooled variance for all arms.
	OneVariance
	// Welch and Paired: two arms in all, by classical tests of their own.
	Welch
	Paired
)

// Family compares the arms of one fit and keeps the comparisons honest together.
type Family struct {
	Kind       Kind
	Moderation stat.Moderation
	// Connected: every arm with boots can be compared with every other.
	Connected bool
	// Constants of the pooled method; second looks at the same arms share them.
	Constants Constants

	arms  int
	fit   *stat.Fit
	span  []values // of each arm's boots
	mixed *stat.Mixed
	comparer
	rule
}

// values are the smallest and the largest value of an arm's boots.
type values struct{ low, high float64 }

// leastEqual is the least number of boots a side for arms to be equal in every boot.
const leastEqual = 3

// Compare is arm i minus arm j.
func (f *Family) Compare(i, j int) Contrast { return f.untested(i, j).tested() }

// untested is arm i minus arm j without its P. Arms that are equal in every boot are not compared by
// the fit, which takes the blocks out of them and puts noise of other arms in.
func (f *Family) untested(i, j int) Contrast {
	if f.Equal(i, j) {
		c := None()
		c.Diff, c.SE, c.Comparable, c.Equal = 0, 0, true, true
		return c
	}
	return f.compare(i, j)
}

// Equal says whether both arms gave one and the same value in every boot.
func (f *Family) Equal(i, j int) bool {
	a, b := f.span[i], f.span[j]
	return f.fit.N[i] >= leastEqual && f.fit.N[j] >= leastEqual && (f.fit.Part[i] == f.fit.Part[j] || f.mixed != nil && f.mixed.Comparable(i, j)) &&
		math.Max(a.high, b.high)-math.Min(a.low, b.low) <= f.fit.Resolution
}

func spans(f *stat.Fit) []values {
	out := make([]values, f.Arms)
	for i := range out {
		out[i] = values{math.Inf(1), math.Inf(-1)}
	}
	for _, b := range f.Obs {
		v := &out[b.Arm]
		v.low, v.high = math.Min(v.low, b.Y), math.Max(v.high, b.Y)
	}
	return out
}

// Options say how to compare.
type Options struct {
	// Alpha is the error rate of the family.
	Alpha float64
	// Baseline is the arm that all others are compared with.
	Baseline int
	// Pooled asks for one variance for all arms, Constants are those known already.
	Pooled    bool
	Constants Constants
	// Across compares arms that share no block; nil where they are not compared.
	Across *stat.Mixed
}

// New settles how the arms of the fit are compared: two arms in all have classical
// tests of their own, which may replace the fit's numbers of the arms by theirs.
func New(f *stat.Fit, o Options) *Family {
	if o.Constants == nil {
		o.Constants = make(Constants)
	}
	family := &Family{Connected: f.Parts <= 1, Constants: o.Constants, arms: f.Arms, fit: f, span: spans(f), rule: holmRule{alpha: o.Alpha, arms: f.Arms}}
	switch {
	case o.Pooled:
		p := newPooled(f, o.Alpha, o.Baseline, o.Constants)
		family.Kind, family.comparer, family.rule, family.Moderation = OneVariance, p, p, p.mod
	case f.Arms == 2 && f.Covariates() == 0:
		two := newTwoArms(f)
		family.Kind, family.comparer, family.Connected = Welch, two, true
		if two.paired {
			family.Kind = Paired
		}
		family.Moderation = stat.Moderation{V: f.V, S0: math.NaN(), NoVariance: two.noVariance}
	default:
		family.Moderation = stat.Moderate(f.V, f.D)
		keepBaseline(f, &family.Moderation, o.Baseline)
		family.comparer = newFitted(f, family.Moderation)
		if family.Moderation.On {
			family.Kind = Moderated
		}
	}
	if o.Across != nil && family.Kind != Welch && family.Kind != Paired {
		family.across(o.Across)
	}
	return family
}

// keepBaseline gives the baseline its own variance where that is larger than the moderated one. It is
// in every comparison, so that its noise may not be borrowed away: with a baseline two or three times as
// noisy as the arms plain moderation finds false differences in 8 to 20 % of campaigns.
func keepBaseline(f *stat.Fit, m *stat.Moderation, base int) {
	if m.On && f.D[base] > 0 {
		m.V[base] = math.Max(m.V[base], f.V[base])
	}
}

// rule keeps a family of comparisons honest: how p values are adjusted and how
// wide simultaneous intervals are. Families are the declared ones.
type rule interface {
	// Adjusted returns the adjusted p of the comparisons with the baseline.
	Adjusted(raw []Contrast) []float64
	// EachSide is the error on each side of one of their intervals.
	EachSide() float64
	// settle says for every contrast of the table whether the pair differs.
	settle(t *Table)
	// settleOwn says so of an arm's replaced pairs.
	settleOwn(r *Replaced)
	widths() widths
}

// holmRule is Holm's rule on p values and Bonferroni's on intervals, with each
// contrast's own standard error and degrees of freedom.
type holmRule struct {
	alpha float64
	arms  int
}

func (r holmRule) Adjusted(raw []Contrast) []float64 {
	p := make([]float64, len(raw))
	for i, c := range raw {
		p[i] = c.P
	}
	return stat.Holm(p)
}

func (r holmRule) EachSide() float64 { return r.alpha / float64(2*(r.arms-1)) }

// pairs is the number of declared pairs.
func (r holmRule) pairs() int { return r.arms * (r.arms - 1) / 2 }

// small are the p of contrasts that may be significant: up to alpha. Most are not, which the normal
// quantile tells: Student's is larger.
func (r holmRule) small(to []smallP, i, j int, c Contrast, least float64) []smallP {
	if !c.testable() && math.IsNaN(c.P) || math.Abs(c.Diff) <= least*c.SE {
		return to
	}
	if p := c.tested().P; p <= r.alpha {
		to = append(to, smallP{p, i, j})
	}
	return to
}

// cutoff is Holm's: pairs with a p up to it are shown to differ. The k-th smallest p is, as long as all
// before it are, if it is at most alpha over the m-k+1 that are left.
func (r holmRule) cutoff(sorted []smallP) float64 {
	cut := math.Inf(-1)
	for k, s := range sorted {
		if s.p*float64(r.pairs()-k) > r.alpha {
			break
		}
		cut = s.p
	}
	return cut
}

func byP(a, b smallP) int { return cmp.Compare(a.p, b.p) }

func (r holmRule) settle(t *Table) {
	least := stat.TUpper(r.alpha/2, math.Inf(1))
	for a, i := range t.participants {
		for _, j := range t.participants[a+1:] {
			t.small = r.small(t.small, i, j, t.contrast[t.at(i, j)], least)
		}
	}
	slices.SortFunc(t.small, byP)
	cut := r.cutoff(t.small)
	for _, s := range t.small {
		t.differs[t.at(s.i, s.j)] = s.p <= cut
	}
}

func (r holmRule) settleOwn(own *Replaced) {
	least := stat.TUpper(r.alpha/2, math.Inf(1))
	var small []smallP
	for _, j := range own.table.participants {
		if j != own.arm {
			small = r.small(small, own.arm, j, own.own[j], least)
		}
	}
	slices.SortFunc(small, byP)
	all := make([]smallP, 0, len(small)+len(own.table.small))
	k := 0
	for _, s := range own.table.small {
		if s.i == own.arm || s.j == own.arm {
			continue
		}
		for k < len(small) && small[k].p < s.p {
			all = append(all, small[k])
			k++
		}
		all = append(all, s)
	}
	all = append(all, small[k:]...)
	cut := r.cutoff(all)
	for _, s := range small {
		own.differs[s.j] = s.p <= cut
	}
}

func (r holmRule) widths() widths { return holmWidths{newQuantiles(r.alpha / float64(r.arms-1))} }

// holmWidths are Bonferroni's, with each contrast's own standard error and degrees of freedom.
type holmWidths struct{ *quantiles }

func (w holmWidths) bounds(_ int, c Contrast) (least, most float64) {
	if !c.HasInterval() {
		return math.Inf(1), math.Inf(1)
	}
	least, most = w.quantiles.bounds(c.DF)
	return least * c.SE, most * c.SE
}

func (w holmWidths) width(_ int, c Contrast) float64 {
	if !c.HasInterval() {
		return math.Inf(1)
	}
	return w.at(c.DF) * c.SE
}
