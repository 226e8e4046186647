package rank

import "math"

// best is Hsu's comparison of each arm with the best of the others, on the scale
// of y (Hsu 1984; 1996).
type best struct {
	lower, upper []float64 // NaN for those that take no part
	may          []bool    // may be the best
	members      []int
}

// compareWithBest builds the constrained intervals: the upper end has the widths
// of the arm's own comparisons, the lower one those of the others with it. It is
// nil when some pair shows no variance: no width exists for it.
func compareWithBest(t *pairTable, participants []int, r rule) *best {
	b := &best{lower: make([]float64, t.arms), upper: make([]float64, t.arms), may: make([]bool, t.arms)}
	for i := range t.arms {
		b.lower[i], b.upper[i] = math.NaN(), math.NaN()
	}
	for _, c := range t.contrast {
		if c.noVariance {
			return nil
		}
	}
	w := r.bestWidths(t)
	for _, i := range participants {
		lowest := math.Inf(1)
		for _, j := range participants {
			if j != i {
				lowest = math.Min(lowest, t.get(i, j).diff+w(i, j))
			}
		}
		b.upper[i] = math.Max(0, lowest)
		if b.upper[i] > 0 {
			b.may[i] = true
			b.members = append(b.members, i)
		}
	}
	for _, i := range participants {
		lower := 0.0
		for _, j := range b.members {
			if j != i {
				lower = math.Min(lower, t.get(i, j).diff-w(j, i))
			}
		}
		b.lower[i] = lower
	}
	return b
}
