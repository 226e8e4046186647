package stints

import (
	"math"

	"vnettune/report/stat"
)

// Noise is what boots within which arms are switched vary by, as variances on the scale of y.
type Noise struct {
	// Boot is what all arms of a boot share, Interaction what an arm has of its own in a boot, Stint
	// what one application of it has, Repetition one measurement.
	Boot, Interaction, Stint, Repetition float64
}

// stint is the variance of a stint's value beside its boot and its arm in it.
func (n Noise) stint(repetitions int) float64 { return n.Stint + n.Repetition/float64(repetitions) }

// Plan is a campaign within boots before it runs: one level of arms that are switched, the baseline as
// its hub, and arms with boots of their own.
type Plan struct {
	// Arms are switched, the baseline among them, in each of Boots; Whole arms have one boot in each
	// block of their own.
	Arms, Boots, Whole int
	Repetitions        int
	// Primary is the number of primary metrics of all workloads, which the bridge tests, and Looks how
	// often it is asked; 0 is 1.
	Primary, Looks int
	// Alpha is the error rate of a family, Power the wanted chance to show a true difference; 0 is 0.8.
	Alpha, Power float64
}

func (p Plan) power() float64 {
	if p.Power == 0 {
		return stat.UsualPower
	}
	return p.Power
}

// level is the error on each side of a comparison with the baseline.
func (p Plan) level() float64 { return p.Alpha / float64(2*(p.Arms+p.Whole-1)) }

// designs is how many orders of stints are drawn to find what carry-over costs, and designSeed decides
// them: the same plan has the same forecast.
const (
	designs    = 3
	designSeed = 20151114
)

// Within is the precision of the comparison of a switched arm with the baseline, by the engine itself on
// drawn orders of stints: the weights that carry-over leaves to the units. Boots that are too few to
// tell leave no degrees of freedom.
func (p Plan) Within(n Noise) (se, df float64) {
	if p.Arms < 2 || p.Boots < 2 {
		return math.NaN(), 0
	}
	source := stat.NewSource(designSeed)
	variance, by := 0.0, make([]float64, p.Arms)
	for range designs {
		f, err := stat.FitBlocks(p.draw(source), p.Arms, p.Boots, 0)
		if err != nil || f.DF < 1 {
			return math.NaN(), 0
		}
		df += float64(f.DF) / designs
		for arm := 1; arm < p.Arms; arm++ {
			f.SquaredWeights(arm, 0, by)
			for of, a := range by {
				stints := 1.0
				if of == 0 {
					stints = 2
				}
				variance += a * (n.Interaction + n.stint(p.Repetitions)/stints) / float64(designs*(p.Arms-1))
			}
		}
	}
	return math.Sqrt(variance), df
}

// draw are the units of a drawn campaign, without values.
func (p Plan) draw(source stat.Source) []stat.Observation {
	var obs []stat.Observation
	var rotation []int
	for boot := range p.Boots {
		if len(rotation) == 0 {
			for arm := range p.Arms {
				rotation = append(rotation, arm)
			}
			for i := len(rotation) - 1; i > 0; i-- {
				j := source.Below(i + 1)
				rotation[i], rotation[j] = rotation[j], rotation[i]
			}
		}
		before := rotation[0]
		rotation = rotation[1:]
		x, count := make([][]float64, p.Arms), make([]float64, p.Arms)
		for _, arm := range Sequence(p.Arms, 0, before, source.Below) {
			if x[arm] == nil {
				x[arm] = make([]float64, p.Arms)
			}
			x[arm][before]++
			count[arm]++
			before = arm
		}
		for arm := range x {
			for k := range x[arm] {
				x[arm][k] /= count[arm]
			}
			obs = append(obs, stat.Observation{Arm: arm, Block: boot, X: x[arm]})
		}
	}
	return obs
}

// Between is the precision of the comparison of an arm with boots of its own with the baseline.
func (p Plan) Between(n Noise) (se, df float64) {
	boots := float64(p.Boots)
	own, hub := n.Interaction+n.stint(p.Repetitions), n.Interaction+n.stint(p.Repetitions)/2
	return math.Sqrt((2*n.Boot + own + hub) / boots), (boots - 1) * float64(p.Whole)
}

// Detectable is the difference on the scale of y that the plan would show with the wanted power, of
// switched arms and of those with boots of their own; NaN where it tests nothing.
func (p Plan) Detectable(n Noise) (within, between float64) {
	within, between = math.NaN(), math.NaN()
	if se, df := p.Within(n); df >= 1 && se > 0 {
		within = stat.Detectable(p.power(), se, df, p.level())
	}
	if se, df := p.Between(n); p.Whole > 0 && df >= 1 && se > 0 {
		between = stat.Detectable(p.power(), se, df, p.level())
	}
	return within, between
}

// mostBoots ends the search for the number of boots.
const mostBoots = 2000

// BootsNeeded is the number of boots of the switched level, and of blocks, with which every arm's
// comparison would show a difference on the scale of y with the wanted power; 0 if no number up to 2000
// is enough.
func (p Plan) BootsNeeded(n Noise, difference float64) int {
	enough := func(boots int) bool {
		p.Boots = boots
		within, between := p.Detectable(n)
		return within <= difference && (p.Whole == 0 || between <= difference)
	}
	hi := 2
	for !enough(hi) {
		if hi *= 2; hi > mostBoots {
			return 0
		}
	}
	lo := hi / 2
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// median is what half of the absolute values of a normal deviation exceed.
const median = 0.6744897501960817

// Bound is the x on the scale of y that a campaign without any difference between switch and reboot
// prints, in half of all cases at most: "after a reboot the same within x". It is Inf where an arm is
// booted into fewer than twice.
func (p Plan) Bound(n Noise) float64 {
	into, df := float64(p.Boots)/float64(p.Arms), float64(p.Boots-p.Arms)
	if p.Arms < 2 || into < leastInto || df < 1 {
		return math.Inf(1)
	}
	stint := n.stint(p.Repetitions)
	between := n.Boot + (n.Interaction+stint)/float64(p.Arms) // of what all arms of a boot share
	within := 2 * stint                                       // the first stint less a later one: the interaction is gone
	tests := float64(2 * max(1, p.Primary) * (p.Arms - 1))
	each := Look{Of: p.Looks}.Share(p.Alpha) / (2 * tests)
	se := math.Sqrt(math.Max(between, within) * (1/into + 1/(float64(p.Boots)-into)))
	return (stat.TUpper(each, df) + median) * se
}
