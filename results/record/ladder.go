package record

import (
	"math"
	"strconv"
	"strings"
)

// Ladder is a search of the highest rate at which a workload over UDP loses less than so much.
type Ladder struct {
	From, To  string  // bit/s as iperf3 takes them, suffix K, M or G
	LossBelow float64 // percent
}

// Climbs says whether the workload is measured by a ladder of rates.
func (w Workload) Climbs() bool { return w.Ladder != Ladder{} }

// ladderStep is how near the two rates are, as a ratio, between which the search ends.
const ladderStep = 1.05

// Rungs is the most runs that a measurement takes: of the workload itself one, of a ladder its two ends and those that
// halve, as a ratio, what is between them.
func (w Workload) Rungs() int {
	if !w.Climbs() {
		return 1
	}
	from, to := BitRate(w.Ladder.From), BitRate(w.Ladder.To)
	n := 2
	for ratio := to / from; ratio > ladderStep && !math.IsInf(ratio, 1); ratio = math.Sqrt(ratio) {
		n++
	}
	return n
}

// Time is how long the runs of a measurement take at most, in seconds, with those that are left out.
func (w Workload) Time() int { return w.Rungs() * (w.Seconds + w.Omit) }

// BitRate is a rate in bit/s as iperf3 takes it: a number, and K, M or G for 1e3, 1e6 or 1e9; NaN for anything else.
func BitRate(text string) float64 {
	unit := 1.0
	for suffix, of := range map[string]float64{"K": 1e3, "M": 1e6, "G": 1e9} {
		if before, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = before, of
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return n * unit
}
