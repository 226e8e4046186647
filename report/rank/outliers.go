package rank

import "math"

const (
	// outlierReach is the distance in robust standard deviations from which a boot
	// is flagged, and madScale makes the median absolute deviation one.
	outlierReach = 5
	madScale     = 1.4826
	// outlierBoots is the least number of boots of an arm that can flag one.
	outlierBoots = 5
)

// outliers names the boots of arm i whose residual is far from the arm's others. A
// flag removes nothing.
func (st *study) outliers(i int) []string {
	if st.fit.n[i] < outlierBoots {
		return nil
	}
	var residuals []float64
	for k, b := range st.fit.boots {
		if b.arm == i {
			residuals = append(residuals, st.fit.resid[k])
		}
	}
	middle := median(residuals)
	away := make([]float64, len(residuals))
	for k, r := range residuals {
		away[k] = math.Abs(r - middle)
	}
	limit := outlierReach * madScale * median(away)
	if limit < math.Sqrt(exactZero) {
		return nil
	}
	var names []string
	for k, b := range st.fit.boots {
		if b.arm == i && math.Abs(st.fit.resid[k]-middle) > limit {
			names = append(names, b.name)
		}
	}
	return names
}

// flagged names the boots that a second look leaves out: outliers, and boots that
// stalled, whose one zero moves a boot by tens of percent.
func (st *study) flagged() map[string]bool {
	out := make(map[string]bool)
	for i, t := range st.tallies {
		for _, name := range append(st.outliers(i), t.stalled...) {
			out[name] = true
		}
	}
	return out
}

// withoutFlagged is every arm's label, by number, when the flagged boots are left
// out; nil when there are none. The counts of planned boots stay, so a boot that
// is left out here is not a missing one.
func (st *study) withoutFlagged() ([]Label, error) {
	flagged := st.flagged()
	if len(flagged) == 0 {
		return nil, nil
	}
	second := *st
	second.labelsOnly = true
	var values []bootValue
	for _, b := range st.fit.boots {
		if !flagged[b.name] {
			values = append(values, b)
		}
	}
	var err error
	if second.fit, err = fitBlocks(values, st.fit.arms, st.series.blocks); err != nil {
		return nil, err
	}
	second.chooseMethod()
	labels := make([]Label, st.fit.arms)
	for i, arm := range second.baselineComparisons() {
		labels[i] = arm.Label
	}
	return labels, nil
}
