package rank

import (
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
	// Change is what the fitted line changes from the first boot to the last, in the
	// measured quantity: percent, or its unit on the difference scale. T, on the scale of y, DF
	// and P test its slope. All are NaN if the samples do not tell the order of boots or there are too few.
	Change record.Number `json:"drift"`
	P      record.Number `json:"drift_p"`
	T      record.Number `json:"-"`
	DF     record.Number `json:"-"`
}

// NoDrift is the drift of boots whose order is not known.
func NoDrift() Drift { return Drift{Change: none, T: none, DF: none, P: none} }

// Found says whether drift is called.
func (d Drift) Found() bool { return d.DF >= 1 && d.P < driftLevel }

// Drift tests the slope of y over the order of boots.
func (st *Study) Drift() Drift {
	order := st.bootOrder()
	if order == nil {
		return NoDrift()
	}
	if st.Series.Within != nil {
		return st.driftOfBoots()
	}
	return st.driftOf(st.Fit.Obs, st.Fit.Arms, order)
}

// driftOf tests the slope of observations over their places, with a mean for each arm.
func (st *Study) driftOf(obs []stat.Observation, number int, order []int) Drift {
	arms := make([]struct{ n, x, y float64 }, number)
	for k, b := range obs {
		a := &arms[b.Arm]
		a.n++
		a.x += (float64(order[k]) - a.x) / a.n
		a.y += (b.Y - a.y) / a.n
	}
	df := float64(len(obs) - 1)
	for _, a := range arms {
		if a.n > 0 {
			df--
		}
	}
	sxx, sxy, syy := 0.0, 0.0, 0.0
	for k, b := range obs {
		x, y := float64(order[k])-arms[b.Arm].x, b.Y-arms[b.Arm].y
		sxx, sxy, syy = sxx+x*x, sxy+x*y, syy+y*y
	}
	if df < 1 || sxx == 0 {
		return NoDrift()
	}
	slope := sxy / sxx
	test := stat.NewTTest(slope, math.Sqrt(math.Max(0, syy-slope*sxy)/df/sxx), df)
	change := st.shown(slope * float64(slices.Max(order)-slices.Min(order)))
	return Drift{Change: change, T: record.Number(test.T), DF: record.Number(df), P: record.Number(test.P)}
}

// driftWarnings say what the campaign drifted by; where nothing is claimed because of the order of
// boots, that is said instead.
func (st *Study) driftWarnings(d Drift, order BootOrder, m Method) []Warning {
	if !d.Found() || order == OrderGrouped {
		return nil
	}
	text := fmt.Sprintf("drift: %s over the campaign (p %.2g)", st.signed(d.Change), d.P)
	if st.Series.Within != nil {
		text += "; what all arms of a boot share is kept out of the differences within boots"
	} else if order == OrderBlocks && m != MethodWelch { // which ignores them
		text += "; the boots are in blocks, which keep it out of the differences"
	}
	return []Warning{{Code: WarnDrift, Numbers: numbers{"change": d.Change, "p": d.P}, Text: text}}
}
