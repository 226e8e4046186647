package stat

import "math"

// leastSpent is the smallest part of an error rate on one side that a look is given: below it a level
// decides nothing, and its quantile is beyond what doubles hold well.
const leastSpent = 1e-12

// SpentLevels are the two-sided levels of looks at one comparison whose two-sided error over all of them is
// alpha: on each side the error that is spent up to the look at time t, a share of the whole from above 0 to
// the last, 1, is O'Brien and Fleming's 2 (1 - Phi(z/sqrt(t))) with z the upper quantile of alpha/4 (Lan and
// DeMets 1983). A look that would be given less than 1e-12 has the level 0, and the next one what it left.
//
// The limits c_k solve P(Z_k > c_k, |Z_j| <= c_j for all j < k) = what is spent between the two looks, with
// Z_k sqrt(t_k) a Brownian motion, by integrating its density between the limits from look to look (Armitage,
// McPherson and Rowe 1969). The levels are those of the c_k, for any statistic with such a p (Jennison and Turnbull 2000).
func SpentLevels(alpha float64, times []float64) []float64 {
	z := TUpper(alpha/4, math.Inf(1))
	levels := make([]float64, len(times))
	at, density := []float64{0}, []float64{1} // the motion before the look: nodes, and the weighted density there
	spent, before := 0.0, 0.0
	for k, t := range times {
		sd := math.Sqrt(t - before)
		above := func(limit float64) float64 {
			sum := 0.0
			for i, u := range at {
				sum += density[i] * normalUpper((limit-u)/sd)
			}
			return sum
		}
		reach := normalReach * math.Sqrt(t)
		if spend := 2*normalUpper(z/math.Sqrt(t)) - spent; spend >= leastSpent {
			reach = upperQuantile(above, spend)
			levels[k] = 2 * normalUpper(reach/math.Sqrt(t))
			spent += spend
		}
		if k == len(times)-1 {
			break
		}
		// Panels as wide as the motion goes until the next look resolve its density there.
		panels := max(2, int(math.Ceil(2*reach/math.Sqrt(times[k+1]-t))), int(math.Ceil(2*reach/sd)))
		breaks := make([]float64, panels+1)
		for i := range breaks {
			breaks[i] = reach * (2*float64(i)/float64(panels) - 1)
		}
		var nextAt, next []float64
		overNodes(breaks, func(x, weight float64) {
			sum := 0.0
			for i, u := range at {
				sum += density[i] * normalDensity((x-u)/sd)
			}
			nextAt, next = append(nextAt, x), append(next, weight*sum/sd)
		})
		at, density, before = nextAt, next, t
	}
	return levels
}
