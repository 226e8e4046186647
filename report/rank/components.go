package rank

import "math"

// Components are the variances of boots and of repetitions by the method of
// moments, in the square of the values' unit.
type Components struct {
	// MSBoot and MSRep are the mean squares between and within boots.
	MSBoot, MSRep float64
	// Rep is the variance of a repetition within a boot; Boot that of boots beyond
	// what their repetitions explain, never negative.
	Rep, Boot float64
	// Reps is the effective number of repetitions a boot: n0 = (N - sum r^2/N)/(B-1).
	Reps float64
	// Boots counts boots over all groups, DF the degrees of freedom between them.
	Boots, DF int
}

// NewComponents takes the repetitions of boots, grouped by what makes the boots of
// a group comparable (an arm); components are pooled over the groups. It needs a
// group with two boots and a boot with two repetitions: else what is not known is
// NaN.
//
// The published estimator of Kalibera and Jones (2013) was corrected to
// T_i^2 = S_i^2 - S_(i-1)^2/r_(i-1), which this is for two levels.
func NewComponents(groups [][][]float64) Components {
	var c Components
	between, within, repDF, effective := 0.0, 0.0, 0, 0.0
	for _, boots := range groups {
		total, squares, sum := 0.0, 0.0, 0.0
		for _, reps := range boots {
			mean, v := meanVariance(reps)
			if len(reps) > 1 {
				within += v * float64(len(reps)-1)
				repDF += len(reps) - 1
			}
			r := float64(len(reps))
			total, squares, sum = total+r, squares+r*r, sum+r*mean
		}
		for _, reps := range boots {
			mean, _ := meanVariance(reps)
			d := mean - sum/total
			between += float64(len(reps)) * d * d
		}
		c.Boots += len(boots)
		c.DF += max(0, len(boots)-1)
		if len(boots) > 1 {
			effective += total - squares/total
		}
	}
	c.MSBoot, c.MSRep = math.NaN(), math.NaN()
	if c.DF > 0 {
		c.MSBoot = between / float64(c.DF)
		c.Reps = effective / float64(c.DF)
	}
	if repDF > 0 {
		c.MSRep = within / float64(repDF)
	}
	c.Rep = c.MSRep
	c.Boot = (c.MSBoot - c.MSRep) / c.Reps
	if c.Boot < 0 {
		c.Boot = 0
	}
	return c
}

// ShareOfBoots is the intraclass correlation: the boots' part of a repetition's
// variance.
func (c Components) ShareOfBoots() float64 { return c.Boot / (c.Boot + c.Rep) }

// DesignEffect is how much the variance of a mean over all repetitions exceeds
// what independent repetitions would have: 1 + (r-1) times the share of boots.
func (c Components) DesignEffect() float64 { return 1 + (c.Reps-1)*c.ShareOfBoots() }

// ShareInterval is the exact interval of the share of boots at confidence 1-alpha
// for equally many repetitions: from F = MSBoot/MSRep over its own quantiles.
func (c Components) ShareInterval(alpha float64) (low, high float64) {
	df1, df2 := float64(c.DF), float64(c.Boots)*(c.Reps-1)
	f := c.MSBoot / c.MSRep
	share := func(f float64) float64 { return (f - 1) / (f + c.Reps - 1) }
	upper := func(p, d1, d2 float64) float64 {
		return upperQuantile(func(x float64) float64 { return fUpper(x, d1, d2) }, p)
	}
	return share(f / upper(alpha/2, df1, df2)), share(f * upper(alpha/2, df2, df1))
}

// The limits of the repetitions a boot that planning proposes.
const (
	maxRepetitions   = 10
	minPilotRepeats  = 2 // with one repetition their variance stays unknown
	minPlannedRepeat = 1
)

// BestRepetitions is the number of repetitions a boot that gives the most precision
// for the time: sqrt(cost of a boot/cost of a repetition * variance of a
// repetition/variance of boots) (Kalibera and Jones 2013), before rounding and
// without limits; +Inf when boots do not vary. Costs are in any one unit of time.
func (c Components) BestRepetitions(costBoot, costRep float64) float64 {
	if c.Boot == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(costBoot / costRep * c.Rep / c.Boot)
}

// PlannedRepetitions rounds BestRepetitions and keeps it within 1 and 10, for a
// pilot within 2 and 10; 0 when the components are not known. The optimum is flat:
// one more or less costs little.
func (c Components) PlannedRepetitions(costBoot, costRep float64, pilot bool) int {
	best := c.BestRepetitions(costBoot, costRep)
	if math.IsNaN(best) {
		return 0
	}
	least := minPlannedRepeat
	if pilot {
		least = minPilotRepeats
	}
	return int(math.Max(float64(least), math.Min(maxRepetitions, math.Round(best))))
}
