package rank

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vnettune/report/stat"
	"vnettune/results/record"
)

// driftLevel is the p below which drift is called.
const driftLevel = 0.01

// Drift is the trend over the order of boots, with arms accounted for and blocks not: least squares
// of y on arm and order.
type Drift struct {
	// ChangePercent is what the fitted line changes from the first boot to the last, in the
	// measured quantity; T, DF and P test its slope. All are NaN if the samples do not tell the
	// order of boots or there are too few.
	ChangePercent record.Number `json:"drift_percent"`
	P             record.Number `json:"drift_p"`
	T             record.Number `json:"-"`
	DF            record.Number `json:"-"`
	// Blocks says whether the boots were made block by block in changing order, so that drift hits
	// all arms alike and the blocks take most of it out; nil without a test.
	Blocks *bool `json:"in_blocks"`
}

// NoDrift is the drift of boots whose order is not known.
func NoDrift() Drift { return Drift{ChangePercent: none, T: none, DF: none, P: none} }

// Found says whether drift is called.
func (d Drift) Found() bool { return d.DF >= 1 && d.P < driftLevel }

// Confounds says whether drift may be what looks like a difference of arms.
func (d Drift) Confounds() bool { return d.Found() && !record.True(d.Blocks) }

// Drift tests the slope of y over the order of boots.
func (st *Study) Drift() Drift {
	order := st.bootOrder()
	if order == nil {
		return NoDrift()
	}
	arms := make([]struct{ n, x, y float64 }, st.Fit.Arms)
	for k, b := range st.Fit.Obs {
		a := &arms[b.Arm]
		a.n++
		a.x += (order[k] - a.x) / a.n
		a.y += (b.Y - a.y) / a.n
	}
	df := float64(len(st.Fit.Obs) - 1)
	for _, a := range arms {
		if a.n > 0 {
			df--
		}
	}
	sxx, sxy, syy := 0.0, 0.0, 0.0
	for k, b := range st.Fit.Obs {
		x, y := order[k]-arms[b.Arm].x, b.Y-arms[b.Arm].y
		sxx, sxy, syy = sxx+x*x, sxy+x*y, syy+y*y
	}
	if df < 1 || sxx == 0 {
		return NoDrift()
	}
	slope := sxy / sxx
	test := stat.NewTTest(slope, math.Sqrt(math.Max(0, syy-slope*sxy)/df/sxx), df)
	s := st.Series.Sign()
	return Drift{ChangePercent: Percent(s * slope * (slices.Max(order) - slices.Min(order))),
		T: record.Number(s * test.T), DF: record.Number(df), P: record.Number(test.P), Blocks: new(st.inBlocks(order))}
}

// bootOrder is each ranked boot's place in the campaign; nil if the samples do
// not tell all of them apart.
func (st *Study) bootOrder() []float64 {
	seen := make(map[int]bool)
	order := make([]float64, len(st.ranked))
	for k, b := range st.ranked {
		if seen[b.Order] {
			return nil
		}
		seen[b.Order], order[k] = true, float64(b.Order)
	}
	return order
}

// inBlocks says whether the boots of each block were made together, in a design of
// blocks that connects the arms, and not in one order that never changed. That an
// order is the same in every block happens by chance once in (arms!)^(blocks-1).
func (st *Study) inBlocks(order []float64) bool {
	type span struct{ from, to float64 }
	var spans []span
	same, chance := true, 1.0
	var first []int
	for _, rows := range st.Fit.Blocks {
		if len(rows) == 0 {
			continue
		}
		rows = slices.SortedFunc(slices.Values(rows), func(a, b int) int { return cmp.Compare(order[a], order[b]) })
		spans = append(spans, span{order[rows[0]], order[rows[len(rows)-1]]})
		arms := make([]int, len(rows))
		for i, r := range rows {
			arms[i] = st.Fit.Obs[r].Arm
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
	if len(spans) < 2 || st.Fit.Parts > 1 || same && chance < driftLevel {
		return false
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return false
		}
	}
	return true
}

func (st *Study) driftWarnings() []Warning {
	d := st.drift
	if !d.Found() {
		return nil
	}
	text := fmt.Sprintf("drift: %+.2g %% over the campaign (p %.2g); the boots are in blocks of changing order, which keep it out of the differences", d.ChangePercent, d.P)
	if d.Confounds() {
		text = fmt.Sprintf("drift: %+.2g %% over the campaign (p %.2g), and the boots are not in blocks of changing order: what looks like a difference may be drift", d.ChangePercent, d.P)
	}
	return []Warning{{Code: WarnDrift, Numbers: numbers{"change_percent": d.ChangePercent, "p": d.P}, Text: text}}
}
