package boots

import (
	"vnettune/results/record"
	"vnettune/results/sample"
)

// maxValue bounds a measurement so that sums of squares of many stay finite.
const maxValue = 1e150

// Fate is what became of a boot.
type Fate int

// The fates.
const (
	// OK boots are ranked.
	OK Fate = iota
	// Failed boots have no usable repetition.
	Failed
	// AllZero boots measured, and nothing but zero; they count as failed.
	AllZero
	// NotInEffect and Excluded boots are never ranked whatever they measured.
	NotInEffect
	Excluded
	// Lost boots were planned and never made, ended by the harness's own doing, or their
	// figure was refused where the workload gave another: neither tried nor failed.
	Lost
	// FellBack stints are those of an arm that is compared by its ordinary boots alone; they count
	// as nothing.
	FellBack
)

// Boot is what one boot gave for one workload's metric; of boots with stints what one arm gave in one
// of them, or what became of a stint that is not ranked.
type Boot struct {
	Arm, Block int
	// Name is unique: the boot's, or of stints that with the first of them.
	Name string
	// Of is the name of the boot alone, and Stint the number of the (first) stint in it; 0 for none.
	Of    string
	Stint int
	Order int // place in the campaign; 0 if the samples do not say
	Fate  Fate
	// Y is the analysed number of a ranked boot on the series' axis; larger is better.
	Y float64
	// Stalled: a repetition of zero is in Y.
	Stalled bool
	Reps    []Repetition
	// Stints are those that a unit is the mean of; nil for an ordinary boot. X are its columns of
	// carry-over (Within.Carry); nil is 0 of each.
	Stints []Boot
	X      []float64

	// Covariate is what was measured first in the boot, above 0; 0 for none.
	Covariate float64

	status string // ok, not_in_effect, excluded or not_run; failures are in lost
	lost   map[string]int
	spoke  bool // the workload gave a number of another metric in this boot
}

// Repetition is one measurement.
type Repetition struct {
	Number int
	Value  float64
}

// settle sets Fate, Y and Stalled. Y is the mean of the repetitions on the axis. On the ratio scale
// a repetition of zero has no logarithm: Y is then that of the arithmetic mean, zeros included.
func (b *Boot) settle(a Axis) {
	b.Y, b.Stalled = 0, false
	switch {
	case b.status == sample.StatusNotInEffect:
		b.Fate = NotInEffect
		return
	case b.status == sample.StatusExcluded:
		b.Fate = Excluded
		return
	case b.status == sample.StatusNotRun:
		b.Fate = Lost
		return
	case len(b.Reps) == 0:
		b.Fate = Failed
		if b.blameless() {
			b.Fate = Lost
		}
		return
	}
	b.Fate = OK
	mean, n := 0.0, float64(len(b.Reps))
	for _, r := range b.Reps {
		mean += r.Value / n
		b.Stalled = b.Stalled || a.Ratio() && r.Value == 0
	}
	switch {
	case a.Ratio() && mean == 0:
		b.Fate, b.Stalled = AllZero, false
	case a.Ratio() && !b.Stalled:
		for _, r := range b.Reps {
			b.Y += a.Y(r.Value) / n
		}
	default:
		b.Y = a.Y(mean)
	}
}

// blameless says whether nothing lost the boot that says anything about its arm: the harness's own
// doing, or the refusal of this one figure.
func (b *Boot) blameless() bool {
	for class := range b.lost {
		if !record.OfHarness(class) && !(b.spoke && class == record.Implausible) {
			return false
		}
	}
	return len(b.lost) > 0
}

// Ys are the repetitions that have a y, on the axis: on the ratio scale all but zeros.
func (b *Boot) Ys(a Axis) []float64 {
	var ys []float64
	for _, r := range b.Reps {
		if r.Value > 0 || !a.Ratio() {
			ys = append(ys, a.Y(r.Value))
		}
	}
	return ys
}
