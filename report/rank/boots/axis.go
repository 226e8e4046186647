package boots

import (
	"math"

	"vnettune/report/stat"
	"vnettune/results/sample"
)

// Axis is how a metric's values become y, the number that is analysed, and how y is shown
// again. More y is always better: where less of the metric is, y is turned around. On the
// ratio scale y is 100 ln of the value, so that differences are about percent; on the
// difference scale it is the value itself.
type Axis struct {
	Scale  sample.Scale
	Better sample.Better
}

// Ratio says whether values are compared by their ratio.
func (a Axis) Ratio() bool { return a.Scale != sample.Difference }

// Direction is -1 where less of the metric is better, else 1.
func (a Axis) Direction() float64 {
	if a.Better == sample.LowerIsBetter {
		return -1
	}
	return 1
}

// Y is the analysed number of one value; -Inf or Inf for a zero on the ratio scale.
func (a Axis) Y(value float64) float64 {
	if a.Ratio() {
		return a.Direction() * 100 * math.Log(value)
	}
	return a.Direction() * value
}

// Value is what Y was made of, in the metric's unit. Adding 0 makes a negative zero plain.
func (a Axis) Value(y float64) float64 {
	if a.Ratio() {
		return math.Exp(a.Direction() * y / 100)
	}
	return a.Direction()*y + 0
}

// Shown is a difference of y in the measured quantity: percent on the ratio scale, its unit
// on the difference scale.
func (a Axis) Shown(d float64) float64 {
	if a.Ratio() {
		return stat.Percent(a.Direction()*d) + 0
	}
	return a.Direction()*d + 0
}

// ShownInterval is an interval of differences of y in the measured quantity, the lower end
// first.
func (a Axis) ShownInterval(lower, upper float64) (low, high float64) {
	if a.Direction() < 0 {
		lower, upper = upper, lower
	}
	return a.Shown(lower), a.Shown(upper)
}

// Margins are the two ends of a margin on the scale of y, chosen so that comparing an
// interval's ends with them is comparing what is printed with the margin.
func (a Axis) Margins(margin float64) (low, high float64) {
	low, high = -margin, margin
	if a.Ratio() {
		low, high = 100*math.Log1p(-margin/100), 100*math.Log1p(margin/100)
	}
	if a.Direction() < 0 {
		low, high = -high, -low
	}
	return low, high
}

// Resolution is the difference of two y that is rounding and no difference: 1e-9 on the
// ratio scale, 1e-12 of the largest of the values on the other.
func (a Axis) Resolution(values []stat.Observation) float64 {
	if a.Ratio() {
		return stat.LogResolution
	}
	largest := 0.0
	for _, v := range values {
		largest = math.Max(largest, math.Abs(v.Y))
	}
	return 1e-12 * largest
}
