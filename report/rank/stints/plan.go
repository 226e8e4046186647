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

// Plan is one level of arms that are switched, the baseline as its hub, before it runs: what the bridge would show of it.
type Plan struct {
	// Arms are switched, the baseline among them, in each of Boots.
	Arms, Boots int
	Repetitions int
	// Primary is the number of primary metrics of all workloads, which the bridge tests, and Looks how
	// often it is asked; 0 is 1.
	Primary, Looks int
	Alpha          float64 // the error rate of a family
}

// ordersSeed decides the orders of stints that are drawn: the same plan has the same forecast.
const ordersSeed = 20151114

// Orders draws the arms of so many boots of a level, each into the arm that it is booted into first, in rotation, then
// those that it is switched to, arm 0 twice.
func Orders(arms, boots int) [][]int {
	source := stat.NewSource(ordersSeed)
	var orders [][]int
	var rotation []int
	for range boots {
		if len(rotation) == 0 {
			for arm := range arms {
				rotation = append(rotation, arm)
			}
			for i := len(rotation) - 1; i > 0; i-- {
				j := source.Below(i + 1)
				rotation[i], rotation[j] = rotation[j], rotation[i]
			}
		}
		orders = append(orders, append([]int{rotation[0]}, Sequence(arms, 0, rotation[0], source.Below)...))
		rotation = rotation[1:]
	}
	return orders
}

// Half of the absolute values of a normal deviation exceed median, and half of the larger of two median2.
const median, median2 = 0.6744897501960817, 1.0517862500131863

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
	judged, middle := p.Arms, median2                         // the baseline is judged, too, and an arm's bound is at least its
	if p.Arms == 2 {
		judged, middle = 1, median
	}
	tests := float64(2 * max(1, p.Primary) * judged)
	each := Look{Of: p.Looks}.Share(p.Alpha) / (2 * tests)
	se := math.Sqrt(math.Max(between, within) * (1/into + 1/(float64(p.Boots)-into)))
	return (stat.TUpper(each, df) + middle) * se
}
