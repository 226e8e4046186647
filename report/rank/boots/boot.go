package boots

import (
	"math"
	"slices"

	"vnettune/results/sample"
)

// maxValue bounds a measurement so that sums of many stay finite.
const maxValue = 1e300

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
	// NotRun boots were planned and never made: neither tried nor failed.
	NotRun
)

// Boot is what one boot gave for one workload's metric.
type Boot struct {
	Arm, Block int
	Name       string
	Order      int // place in the campaign; 0 if the samples do not say
	Fate       Fate
	// Y is the analysed number of a ranked boot: ±100 ln of its measurement, larger is better.
	Y float64
	// Stalled: a repetition of zero is in Y.
	Stalled bool
	Reps    []Repetition

	status string // ok, not_in_effect, excluded or not_run; failures are in lost
	lost   map[string]int
}

// Repetition is one measurement.
type Repetition struct {
	Number int
	Value  float64
}

// settle sets Fate, Y and Stalled. Y is ±100 times the mean of the logarithms of the
// repetitions. A repetition of zero has no logarithm: then it is the logarithm of the
// arithmetic mean, zeros included.
func (b *Boot) settle(sign float64) {
	b.Y, b.Stalled = 0, false
	switch {
	case b.status == sample.StatusNotInEffect:
		b.Fate = NotInEffect
		return
	case b.status == sample.StatusExcluded:
		b.Fate = Excluded
		return
	case b.status == sample.StatusNotRun:
		b.Fate = NotRun
		return
	case len(b.Reps) == 0:
		b.Fate = Failed
		return
	}
	sum, logs, zeros := 0.0, 0.0, 0
	for _, r := range b.Reps {
		sum += r.Value / float64(len(b.Reps))
		if r.Value == 0 {
			zeros++
			continue
		}
		logs += math.Log(r.Value)
	}
	b.Fate = OK
	switch {
	case sum == 0:
		b.Fate = AllZero
	case zeros > 0:
		b.Y, b.Stalled = sign*100*math.Log(sum), true
	default:
		b.Y = sign * 100 * logs / float64(len(b.Reps))
	}
}

// Without is the ranked boot's number when some of its repetitions are left out; ok is
// false if none is left.
func (b *Boot) Without(numbers []int, sign float64) (y float64, ok bool) {
	left := *b
	left.Reps = slices.DeleteFunc(slices.Clone(b.Reps), func(r Repetition) bool { return slices.Contains(numbers, r.Number) })
	if len(left.Reps) == 0 {
		return 0, false
	}
	left.settle(sign)
	return left.Y, true
}

// Logs are 100 ln of the repetitions that have a logarithm.
func (b *Boot) Logs() []float64 {
	var logs []float64
	for _, r := range b.Reps {
		if r.Value > 0 {
			logs = append(logs, 100*math.Log(r.Value))
		}
	}
	return logs
}
