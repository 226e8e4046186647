package rank

import (
	"fmt"
	"math"
	"slices"
)

// driftLevel is the p below which drift is called.
const driftLevel = 0.01

// Drift is the trend of boots over the order in which they were booted, arms
// accounted for and blocks not: least squares of y on arm and order.
type Drift struct {
	// ChangePercent is what the fitted line changes from the first boot to the last,
	// in the measured quantity; T, DF and P test its slope. All are NaN where the
	// samples do not say the order of boots, or there are too few.
	ChangePercent, T, DF, P float64
	// Blocks says whether the boots were made block by block in changing order, so
	// that drift hits all arms alike and the blocks take most of it out.
	Blocks bool
}

// Found says whether drift is called.
func (d Drift) Found() bool { return d.DF >= 1 && d.P < driftLevel }

// Confounds says whether drift may be what looks like a difference of arms.
func (d Drift) Confounds() bool { return d.Found() && !d.Blocks }

// findDrift tests the slope of y over the order of boots.
func (st *study) findDrift() Drift {
	nan := math.NaN()
	d := Drift{ChangePercent: nan, T: nan, DF: nan, P: nan}
	order := st.bootOrder()
	if order == nil {
		return d
	}
	d.Blocks = st.inBlocks(order)
	arms := make([]struct{ n, x, y float64 }, st.fit.arms)
	for k, b := range st.fit.boots {
		a := &arms[b.arm]
		a.n++
		a.x += (order[k] - a.x) / a.n
		a.y += (b.y - a.y) / a.n
	}
	df := float64(len(st.fit.boots) - 1)
	for _, a := range arms {
		if a.n > 0 {
			df--
		}
	}
	sxx, sxy, syy := 0.0, 0.0, 0.0
	for k, b := range st.fit.boots {
		x, y := order[k]-arms[b.arm].x, b.y-arms[b.arm].y
		sxx, sxy, syy = sxx+x*x, sxy+x*y, syy+y*y
	}
	if df < 1 || sxx == 0 {
		return d
	}
	slope := sxy / sxx
	test := newTTest(slope, math.Sqrt(math.Max(0, syy-slope*sxy)/df/sxx), df)
	s := sign(st.series.better)
	d.ChangePercent = percent(s*slope*(slices.Max(order)-slices.Min(order))) + 0
	d.T, d.DF, d.P = s*test.T, df, test.P
	return d
}

// bootOrder is each ranked boot's place in the campaign; nil where the samples do
// not tell all of them apart.
func (st *study) bootOrder() []float64 {
	at := make(map[string]int)
	for _, b := range st.series.boots {
		at[b.name] = b.order
	}
	seen := make(map[int]bool)
	order := make([]float64, len(st.fit.boots))
	for k, b := range st.fit.boots {
		n := at[b.name]
		if seen[n] {
			return nil
		}
		seen[n], order[k] = true, float64(n)
	}
	return order
}

// inBlocks says whether the boots of each block were made together, in a design of
// blocks that connects the arms, and not in one order that never changed. That an
// order is the same in every block happens by chance once in (arms!)^(blocks-1).
func (st *study) inBlocks(order []float64) bool {
	type span struct{ from, to float64 }
	var spans []span
	same, chance := true, 1.0
	var first []int
	for _, rows := range st.fit.blockRows {
		if len(rows) == 0 {
			continue
		}
		rows = slices.SortedFunc(slices.Values(rows), func(a, b int) int {
			if order[a] < order[b] {
				return -1
			}
			return 1
		})
		spans = append(spans, span{order[rows[0]], order[rows[len(rows)-1]]})
		arms := make([]int, len(rows))
		for i, r := range rows {
			arms[i] = st.fit.boots[r].arm
		}
		if first == nil {
			first = arms
			continue
		}
		same = same && slices.Equal(first, arms)
		for i := range arms {
			chance /= float64(i + 1)
		}
	}
	if len(spans) < 2 || len(spans) > 1 && st.fit.parts > 1 || same && chance < driftLevel {
		return false
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return false
		}
	}
	return true
}

func (st *study) driftWarnings() []Warning {
	d := st.drift
	if !d.Found() {
		return nil
	}
	text := fmt.Sprintf("drift: %+.2g %% over the campaign (p %.2g); the boots are in blocks of changing order, which keep it out of the differences", d.ChangePercent, d.P)
	if !d.Blocks {
		text = fmt.Sprintf("drift: %+.2g %% over the campaign (p %.2g), and the boots are not in blocks of changing order: what looks like a difference may be drift", d.ChangePercent, d.P)
	}
	return []Warning{{Code: WarnDrift, Numbers: numbers{"change_percent": d.ChangePercent, "p": d.P}, Text: text}}
}
