package document

import (
	"fmt"
	"math"
	"slices"
)

// The metrics of a run that can be refused each by itself.
const (
	throughput = "throughput"
	loss       = "loss"
	jitter     = "jitter"
)

// How far the document's loss, which is counted in datagrams, may be from the bytes that
// both ends counted, in percentage points.
const (
	lossPoints  = 1    // 270 public documents of 3.16 are within 0.42
	extraPoints = 4    // at most, for windows of the two ends that lie apart
	noLoss      = 0.05 // percent; less is as good as none, and bears no extra points

	// How far omitted seconds may put the two windows apart, in seconds, where an old
	// server does not tell its own: 3.1.3 sends up to 80 ms of data more than the client
	// counts.
	omitApart = 0.1
)

// counted are the losses by the bytes that both ends counted, in percent; none where the
// document has only one end's. To the guest with nothing omitted every byte of the run
// is in both. With omitted seconds the two windows do not quite coincide, and each end's
// bytes go over its own seconds. Where the receiver ends the run (it is the client),
// the server's seconds may have an end without data, and either way of counting may be
// the right one; the likelier stands first.
func (f *Flow) counted(omit bool) []float64 {
	if f.SentBytes <= 0 || f.Bytes <= 0 {
		return nil
	}
	arrived := f.Bytes / f.SentBytes
	plain := 100 * (1 - arrived)
	if !omit && f.ToGuest || f.SentSeconds <= 0 || f.Seconds <= 0 {
		return []float64{plain}
	}
	overSeconds := 100 * (1 - arrived*f.SentSeconds/f.Seconds)
	switch {
	case f.ToGuest:
		return []float64{overSeconds}
	case omit:
		return []float64{overSeconds, plain}
	}
	return []float64{plain, overSeconds}
}

// tolerance is how far a loss may be from the counted one, in percentage points.
func (f *Flow) tolerance(omit bool) float64 {
	if !omit && f.ToGuest {
		return lossPoints
	}
	apart := math.Abs(f.SentSeconds - f.Seconds)
	if omit && (apart == 0 || f.SentSeconds <= 0) { // one clock, printed twice
		apart = omitApart
	}
	return lossPoints + min(extraPoints, 100*(apart+f.RTT)/max(f.Seconds, 1))
}

// agrees says whether said is within so many points of one of the losses.
func agrees(said float64, losses []float64, points float64) bool {
	return slices.ContainsFunc(losses, func(l float64) bool { return math.Abs(l-said) <= points })
}

// settleLoss replaces the document's loss where the pair of versions makes it wrong,
// and refuses it where it contradicts the bytes and nothing explains that.
func (f *Flow) settleLoss(p Pair, omit bool) {
	if f.refused(loss) {
		f.Loss = nil
		return
	}
	counted, points := f.counted(omit), f.tolerance(omit)
	said := f.Loss
	switch {
	case said != nil && p.tellsLoss(f.ToGuest, omit):
		f.holdLoss(*said, counted, points)
	case len(counted) == 0 && said == nil:
		f.dropLoss("the document has neither a loss nor the bytes of both ends")
	case len(counted) == 0:
		f.dropLoss("this pair of versions says a wrong loss, and the document does not have the bytes of both ends")
	case said != nil && !p.Server.Known() && *said > 0 && *said <= 100 && agrees(*said, counted, lossPoints):
		// The server may well be a new one: its count is the finer.
	case counted[0] < -points:
		f.dropLoss(fmt.Sprintf("the bytes that both ends counted make it %.3g %%", counted[0]))
	default:
		lost := max(counted[0], 0)
		f.Loss = &lost
		switch {
		case said == nil:
			f.Notes = append(f.Notes, fmt.Sprintf("loss is %.3g %% by the bytes that both ends counted: the document has none", lost))
		case math.Abs(lost-*said) > lossPoints:
			f.Notes = append(f.Notes, fmt.Sprintf("loss is %.3g %% by the bytes that both ends counted, where the document says %.3g %%: %s", lost, *said, p.why()))
		}
	}
}

// holdLoss holds the document's loss, of which nothing is known to be wrong, to what else
// the document says.
func (f *Flow) holdLoss(said float64, counted []float64, points float64) {
	switch {
	case said < 0 || said > 100:
		f.dropLoss(fmt.Sprintf("a loss of %g %%", said))
	case len(f.ownLoss) > 0 && !agrees(said, f.ownLoss, lossPoints):
		f.dropLoss(fmt.Sprintf("a loss of %.3g %%, and the datagrams beside it make it %.3g %%", said, f.ownLoss[0]))
	case len(counted) > 0 && !agrees(said, counted, points), f.ToGuest && said < noLoss && len(counted) > 0 && counted[0] > lossPoints:
		f.dropLoss(fmt.Sprintf("a loss of %.3g %%, and the bytes that both ends counted make it %.3g %%", said, counted[0]))
	case len(counted) == 0 && said < noLoss && len(f.ownLoss) == 0 && !f.derived:
		f.dropLoss("a loss of nothing, and the document has neither the bytes of both ends nor a count of datagrams")
	}
}

// settleDerived refuses a throughput that stands on losses which were refused.
func (f *Flow) settleDerived() {
	if f.derived && f.refused(loss) && !f.refused(throughput) {
		f.refuse(throughput, "the document does not have the receiver's bytes, and the losses that would tell them were refused")
	}
	if f.derived && f.refused(throughput) {
		f.Rate = 0
	}
}

func (f *Flow) dropLoss(reason string) {
	f.Loss = nil
	f.refuse(loss, reason)
}

// settleJitter refuses a jitter that no run can have: it is the mean of differences
// between transit times, all of which lie within the run (esnet/iperf issue 613).
func (f *Flow) settleJitter() {
	if f.Jitter == nil {
		f.refuse(jitter, "the document has no jitter")
		return
	}
	if *f.Jitter >= 0 && *f.Jitter/1000 <= f.Seconds {
		return
	}
	f.refuse(jitter, fmt.Sprintf("a jitter of %g ms in a run of %.3g s", *f.Jitter, f.Seconds))
	f.Jitter = nil
}
