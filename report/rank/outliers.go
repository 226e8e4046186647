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

// outliers names the boots of arm i whose residual is far from the arm's others.
// A flag removes nothing.
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
