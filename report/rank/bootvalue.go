package rank

import (
	"math"

	"vnettune/results/sample"
)

// maxValue bounds a measurement so that sums of many stay finite.
const maxValue = 1e300

// fate is what became of a boot.
type fate int

const (
	fateOK fate = iota
	fateFailed
	fateNotInEffect
	fateExcluded
	// fateAllZero: measured, and nothing but zero; it counts as failed.
	fateAllZero
	// fateZeroDropped: left out for a zero repetition under ZeroExclude.
	fateZeroDropped
)

// outcome is a boot's fate and, when it is ranked, its number y.
type outcome struct {
	fate    fate
	y       float64
	stalled bool // a repetition of zero is in y
}

// outcomeOf makes one number of a boot: ±100 times the mean of the logarithms of
// its repetitions, or the logarithm of their median. A repetition of zero has no
// logarithm: then it is the logarithm of the arithmetic mean, zeros included.
func (b *boot) outcomeOf(sign float64, o Options) outcome {
	switch {
	case b.status == sample.StatusNotInEffect:
		return outcome{fate: fateNotInEffect}
	case b.status == sample.StatusExcluded:
		return outcome{fate: fateExcluded}
	case len(b.reps) == 0:
		return outcome{fate: fateFailed}
	}
	sum, logs, zeros := 0.0, 0.0, 0
	values := make([]float64, len(b.reps))
	for i, r := range b.reps {
		values[i] = r.value
		sum += r.value / float64(len(b.reps))
		if r.value == 0 {
			zeros++
			continue
		}
		logs += math.Log(r.value)
	}
	switch {
	case zeros > 0 && o.ZeroRule == ZeroExclude:
		return outcome{fate: fateZeroDropped}
	case sum == 0:
		return outcome{fate: fateAllZero}
	case zeros > 0:
		return outcome{y: sign * 100 * math.Log(sum), stalled: true}
	case o.Summary == SummaryMedian:
		return outcome{y: sign * 100 * math.Log(median(values))}
	}
	return outcome{y: sign * 100 * logs / float64(len(b.reps))}
}
