package iperf

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"vnettune/results/record"
)

// betweenRungs is the pause before a run of a ladder: the server needs a moment before it listens again
// (docs/facts/iperf3.md 4).
const betweenRungs = 500 * time.Millisecond

// climb looks for the highest rate at which the workload loses less than its ladder's limit: at both of its ends first,
// then in the middle, as a ratio, of the highest rate that held and the lowest that did not. The figure is what was
// received at the highest that held, so that a sender who is slower than he was asked to be is not credited with it.
// A rung whose loss is refused holds no rate of which less arrived than that. A run that fails, or one that loses too much at the lowest rate already, fails the whole measurement.
func (r Runner) climb(ctx context.Context, t Target, w record.Workload) Outcome {
	ladder := w.Ladder
	low, high := record.BitRate(ladder.From), record.BitRate(ladder.To)
	var best Outcome
	var notes []string
	elapsed := 0.0
	rungs := w.Rungs()
	for rung := range rungs {
		rate := math.Sqrt(low * high)
		switch rung {
		case 0:
			rate = low
		case 1:
			rate = high
		}
		one := w
		one.Ladder, one.Rate = record.Ladder{}, strconv.FormatFloat(math.Round(rate), 'f', -1, 64)
		if rung > 0 && !pause(ctx, betweenRungs) {
			best.Class, best.Reason, best.Metrics = record.Interrupted, "the measurement was told to stop", nil
			return best
		}
		o := r.Run(ctx, t, one)
		elapsed += o.ElapsedSeconds
		loss, received, known := lossOf(o)
		if short := 100 * (1 - received/rate/float64(streams(w))); !known && received > 0 && short > ladder.LossBelow {
			loss, known = short, true // far beyond what a link carries the counts contradict each other; so much did not arrive
		}
		if !record.Usable(o.Class) || !known || received == 0 {
			o.Metrics, o.Notes = nil, append(notes, o.Notes...)
			if record.Usable(o.Class) {
				o.Class, o.Reason = record.Implausible, "the loss is not known"
			}
			o.Reason = "at " + mbit(rate) + ": " + o.Reason
			return o
		}
		notes = append(notes, fmt.Sprintf("%s: loss %.3g %%, received %s", mbit(rate), loss, mbit(received)))
		if loss < ladder.LossBelow {
			low, best = rate, o
			best.Metrics = []record.Metric{{Name: "rate_below_loss", Unit: "Mbit/s", Better: "higher", Value: received / 1e6}}
		} else if high = rate; rung == 0 {
			o.Class, o.Reason, o.Metrics, o.Notes = record.LossAboveLimit, notes[0]+": a loss below "+percent(ladder.LossBelow)+" is not had at the lowest rate of the ladder", nil, notes
			return o
		}
		if rung == 1 && low == high {
			notes = append(notes, "the highest rate of the ladder held: what is above it is not known")
			break
		}
	}
	best.Notes, best.ElapsedSeconds = notes, elapsed
	return best
}

// lossOf is the loss in percent, where it is known, and what was received in bit/s; 0 for none.
func lossOf(o Outcome) (loss, received float64, known bool) {
	for _, m := range o.Metrics {
		switch m.Name {
		case "loss":
			loss, known = m.Value, true
		case "throughput":
			received = m.Value * 1e6
		}
	}
	return loss, received, known
}

func mbit(rate float64) string { return strconv.FormatFloat(rate/1e6, 'g', 4, 64) + " Mbit/s" }

func percent(p float64) string { return strconv.FormatFloat(p, 'g', 3, 64) + " %" }

// pause waits, unless it is told to stop.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
