package contrast

import (
	"math"
	"slices"
)

// Table holds the contrasts of all pairs of participants and which of them
// differ by the rule for all declared pairs.
type Table struct {
	arms     int
	contrast []Contrast // of i - j for i < j
	differs  []bool
}

// Replace is the table with the pairs of arm i compared by another family, whose fit has other values
// for that arm.
func (f *Family) Replace(t *Table, i int, participants []int, other *Family) *Table {
	out := &Table{arms: t.arms, contrast: slices.Clone(t.contrast)}
	for _, j := range participants {
		if j != i {
			out.contrast[t.at(min(i, j), max(i, j))] = other.Compare(min(i, j), max(i, j))
		}
	}
	out.differs = f.pairs(out)
	return out
}

// at is the place of the pair i < j.
func (t *Table) at(i, j int) int { return i*(2*t.arms-i-1)/2 + j - i - 1 }

// Pairs compares every two participants (ascending) once. A pair of
// declared arms without a test stays in the family and counts as p = 1.
func (f *Family) Pairs(participants []int) *Table {
	n := f.arms
	t := &Table{arms: n, contrast: make([]Contrast, n*(n-1)/2)}
	for k := range t.contrast {
		t.contrast[k] = None()
	}
	for a, i := range participants {
		for _, j := range participants[a+1:] {
			t.contrast[t.at(i, j)] = f.Compare(i, j)
		}
	}
	t.differs = f.pairs(t)
	return t
}

// Get is the contrast i - j in either direction.
func (t *Table) Get(i, j int) Contrast {
	if i < j {
		return t.contrast[t.at(i, j)]
	}
	c := t.contrast[t.at(j, i)]
	c.Diff = -c.Diff
	return c
}

// Significant says whether i and j are shown to differ.
func (t *Table) Significant(i, j int) bool {
	return i != j && t.differs[t.at(min(i, j), max(i, j))]
}

// Best is Hsu's comparison of each arm with the best of the others, on the scale
// of y (Hsu 1984; 1996).
type Best struct {
	Lower, Upper []float64 // NaN for those that take no part
	May          []bool    // may be the best
	Members      []int
}

// Members are the participants that may be the best by Hsu's comparison; all of them where no width
// exists.
func (f *Family) Members(t *Table, participants []int) []int {
	if b := f.Best(t, participants); b != nil {
		return b.Members
	}
	return participants
}

// Best builds the constrained intervals: the upper end has the widths
// of the arm's own comparisons, the lower one those of the others with it. Arms that are equal in
// every boot are not compared with each other. An end that no width bounds is NaN. It is
// nil when some pair shows no variance: no width exists for it.
func (f *Family) Best(t *Table, participants []int) *Best {
	b := &Best{Lower: make([]float64, t.arms), Upper: make([]float64, t.arms), May: make([]bool, t.arms)}
	for i := range t.arms {
		b.Lower[i], b.Upper[i] = math.NaN(), math.NaN()
	}
	for _, c := range t.contrast {
		if c.NoVariance {
			return nil
		}
	}
	w := f.bestWidths(t)
	for _, i := range participants {
		lowest := math.Inf(1)
		for _, j := range participants {
			if j == i {
				continue
			}
			if c := t.Get(i, j); !c.Equal {
				lowest = math.Min(lowest, c.Diff+w(i, j))
			}
		}
		b.Upper[i] = math.Max(0, lowest)
		if b.Upper[i] > 0 {
			b.May[i] = true
			b.Members = append(b.Members, i)
		}
	}
	for _, i := range participants {
		lower := 0.0
		for _, j := range b.Members {
			if j == i {
				continue
			}
			if c := t.Get(i, j); !c.Equal {
				lower = math.Min(lower, c.Diff-w(j, i))
			}
		}
		b.Lower[i] = lower
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
