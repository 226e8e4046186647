package contrast

import (
	"math"
	"slices"

	"vnettune/report/stat"
)

// Table holds the contrasts of all pairs of participants and which of them
// differ by the rule for all declared pairs. Its contrasts have no P.
type Table struct {
	arms         int
	participants []int
	contrast     []Contrast // of i - j for i < j
	differs      []bool
	small        []smallP // sorted; those that may be significant
}

// smallP is a p that may be significant, and the pair that it is of.
type smallP struct {
	p    float64
	i, j int
}

// at is the place of the pair i < j.
func (t *Table) at(i, j int) int { return i*(2*t.arms-i-1)/2 + j - i - 1 }

// Pairs compares every two participants (ascending) once. A pair of
// declared arms without a test stays in the family and counts as p = 1.
func (f *Family) Pairs(participants []int) *Table {
	n := f.arms
	t := &Table{arms: n, participants: participants, contrast: make([]Contrast, n*(n-1)/2), differs: make([]bool, n*(n-1)/2)}
	for k := range t.contrast {
		t.contrast[k] = None()
	}
	for a, i := range participants {
		for _, j := range participants[a+1:] {
			t.contrast[t.at(i, j)] = f.untested(i, j)
		}
	}
	f.settle(t)
	return t
}

// Get is the contrast i - j in either direction, without its P.
func (t *Table) Get(i, j int) Contrast {
	if i < j {
		return t.contrast[t.at(i, j)]
	}
	return t.contrast[t.at(j, i)].turned()
}

// turned is the contrast in the other direction.
func (c Contrast) turned() Contrast {
	c.Diff = -c.Diff
	return c
}

// Significant says whether i and j are shown to differ.
func (t *Table) Significant(i, j int) bool {
	return i != j && t.differs[t.at(min(i, j), max(i, j))]
}

// Replaced is a table with the pairs of one arm compared by another fit, which has other values for
// that arm.
type Replaced struct {
	table *Table
	arm   int
	own   []Contrast // of the arm and any other
	// differs says which of the arm's pairs are shown to differ by the rule for all pairs.
	differs []bool
}

// Replace compares the pairs of an arm by another family.
func (f *Family) Replace(t *Table, arm int, other *Family) *Replaced {
	r := &Replaced{table: t, arm: arm, own: make([]Contrast, t.arms), differs: make([]bool, t.arms)}
	for j := range r.own {
		r.own[j] = None()
	}
	for _, j := range t.participants {
		if j != arm {
			r.own[j] = other.untested(arm, j)
		}
	}
	f.settleOwn(r)
	return r
}

// Shows says whether the arm and another are shown to differ, with the other the worse of the two if
// better is true.
func (r *Replaced) Shows(other int, better bool) bool {
	return r.differs[other] && r.own[other].Diff > 0 == better
}

// Best is Hsu's comparison of each arm with the best of the others, on the scale
// of y (Hsu 1984; 1996).
type Best struct {
	Lower, Upper []float64 // NaN for those that take no part, and where no width bounds an end
	May          []bool    // may be the best
	Members      []int     // those that may

	table  *Table
	widths widths
	// excluders of each arm: others that it is shown to be worse than, up to two.
	excluders [][]int
}

// widths are the half widths of the interval of i - j in the comparison of i with the best of the
// others; bounds are cheap and hold it between them.
type widths interface {
	bounds(i int, c Contrast) (least, most float64)
	width(i int, c Contrast) float64
}

// Best builds the constrained intervals: the upper end has the widths
// of the arm's own comparisons, the lower one those of the others with it. Arms that are equal in
// every boot are not compared with each other. It is nil when some pair shows no variance: no width
// exists for it.
func (f *Family) Best(t *Table) *Best {
	for _, c := range t.contrast {
		if c.NoVariance {
			return nil
		}
	}
	b := &Best{table: t, Lower: make([]float64, t.arms), Upper: make([]float64, t.arms), May: make([]bool, t.arms),
		widths: f.widths(), excluders: make([][]int, t.arms)}
	for i := range t.arms {
		b.Lower[i], b.Upper[i] = math.NaN(), math.NaN()
	}
	for _, i := range t.participants {
		b.Upper[i] = math.Max(0, b.smallest(i, t.participants, func(j int) (Contrast, int) { return t.Get(i, j), i }, 1))
		b.excluders[i] = b.excludersOf(i, t.participants, 2, func(j int) Contrast { return t.Get(i, j) })
		b.May[i] = b.Upper[i] > 0
	}
	for _, i := range t.participants {
		if b.May[i] {
			b.Members = append(b.Members, i)
		}
	}
	for _, i := range t.participants {
		b.Lower[i] = math.Min(0, b.smallest(i, b.Members, func(j int) (Contrast, int) { return t.Get(i, j), j }, -1))
	}
	for i := range t.arms {
		if math.IsInf(b.Lower[i], 0) {
			b.Lower[i] = math.NaN()
		}
		if math.IsInf(b.Upper[i], 0) {
			b.Upper[i] = math.NaN()
		}
	}
	return b
}

// smallest is the smallest of the differences plus sign times their width, over others; of each the
// contrast and the arm whose width it has. It is Inf if there is none. Widths are exact only where
// their bounds leave the smallest open.
func (b *Best) smallest(i int, others []int, of func(j int) (Contrast, int), sign float64) float64 {
	lowest := math.Inf(1)
	for _, j := range others {
		if j == i {
			continue
		}
		c, whose := of(j)
		if c.Equal {
			continue
		}
		least, most := b.widths.bounds(whose, c)
		if sign < 0 {
			least, most = most, least
		}
		if c.Diff+sign*least < lowest {
			lowest = math.Min(lowest, c.Diff+sign*b.widths.width(whose, c))
		}
	}
	return lowest
}

// excludersOf are up to most of the others that arm i is shown to be worse than.
func (b *Best) excludersOf(i int, others []int, most int, of func(j int) Contrast) []int {
	var out []int
	for _, j := range others {
		if j == i || len(out) == most {
			continue
		}
		if c := of(j); b.excludes(i, c) {
			out = append(out, j)
		}
	}
	return out
}

// excludes says whether the contrast of arm i with another shows that it is not the best.
func (b *Best) excludes(i int, c Contrast) bool {
	if c.Equal || math.IsNaN(c.Diff) || c.Diff >= 0 {
		return false
	}
	least, _ := b.widths.bounds(i, c)
	return c.Diff+least <= 0 && c.Diff+b.widths.width(i, c) <= 0
}

// MayIn says whether arm i may be the best where the pairs of one arm are replaced.
func (b *Best) MayIn(r *Replaced, i int) bool {
	if i == r.arm {
		return len(b.excludersOf(i, b.table.participants, 1, func(j int) Contrast { return r.own[j] })) == 0
	}
	for _, j := range b.excluders[i] {
		if j != r.arm {
			return false
		}
	}
	return !b.excludes(i, r.own[i].turned())
}

// NoVariance says whether one of the arm's pairs shows none.
func (r *Replaced) NoVariance() bool {
	return slices.ContainsFunc(r.own, func(c Contrast) bool { return c.NoVariance })
}

// Tiers splits the order: the first arm leads a tier and takes along all that
// are not significantly different from it; then the same with the rest. The
// pairs' significance is settled once and never again after a removal.
func Tiers(order []int, differ func(i, j int) bool) [][]int {
	var tiers [][]int
	rest := order
	for len(rest) > 0 {
		leader := rest[0]
		var tier, next []int
		for _, arm := range rest {
			if arm != leader && differ(leader, arm) {
				next = append(next, arm)
			} else {
				tier = append(tier, arm)
			}
		}
		tiers = append(tiers, tier)
		rest = next
	}
	return tiers
}

// quantiles bound Student's quantile at one level by those of degrees of freedom nearby, which are
// found once each. The quantile falls as the degrees of freedom grow.
type quantiles struct {
	level float64
	known []float64 // at quantileStep^k degrees of freedom
	exact map[float64]float64
}

// quantileStep is the factor between neighbouring degrees of freedom: 2 % apart a quantile differs by
// less than that.
const quantileStep = 1.02

func newQuantiles(level float64) *quantiles {
	return &quantiles{level: level, exact: make(map[float64]float64)}
}

func (q *quantiles) bounds(df float64) (least, most float64) {
	if math.IsInf(df, 1) || df > 1e6 {
		x := q.at(df)
		return x, x
	}
	k := int(math.Log(df) / math.Log(quantileStep))
	return q.step(k + 1), q.step(k)
}

func (q *quantiles) step(k int) float64 {
	for len(q.known) <= k {
		q.known = append(q.known, math.NaN())
	}
	if math.IsNaN(q.known[k]) {
		q.known[k] = stat.TUpper(q.level, math.Pow(quantileStep, float64(k)))
	}
	return q.known[k]
}

func (q *quantiles) at(df float64) float64 {
	x, ok := q.exact[df]
	if !ok {
		x = stat.TUpper(q.level, df)
		q.exact[df] = x
	}
	return x
}
