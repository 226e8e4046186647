package document

import "fmt"

// The metrics of a run that can be refused each by itself.
const (
	throughput = "throughput"
	loss       = "loss"
	jitter     = "jitter"
)

// lossPoints is how far the document's loss, which is counted in datagrams, may be from
// the bytes that both ends counted, in percentage points: 270 public documents of 3.16
// are within 0.42.
const lossPoints = 1

// counted is the loss by the bytes that both ends counted, in percent; false where the
// document has only one end's. With omitted seconds the two windows do not quite
// coincide, and neither do they where the receiver ends the run: each end's bytes then
// go over its own seconds. Otherwise every byte of the run is in both.
func (f *Flow) counted(omit bool) (percent float64, ok bool) {
	if f.SentSeconds <= 0 || f.Sent <= 0 || f.SentBytes <= 0 || f.Bytes <= 0 {
		return 0, false
	}
	arrived := f.Bytes / f.SentBytes
	if omit || !f.ToGuest {
		arrived *= f.SentSeconds / f.Seconds
	}
	return 100 * (1 - arrived), true
}

// settleLoss replaces the document's loss where the pair of versions makes it wrong,
// and refuses it where it contradicts the bytes and nothing explains that.
func (f *Flow) settleLoss(p Pair, omit bool) {
	if f.refused(loss) {
		f.Loss = nil
		return
	}
	counted, known := f.counted(omit)
	// A round trip's worth of the seconds may be silence at one end.
	points := lossPoints + 100*f.RTT/max(f.Seconds, 1)
	said := f.Loss
	switch {
	case p.tellsLoss(f.ToGuest, omit):
		switch {
		case said == nil:
		case *said < 0 || *said > 100:
			f.dropLoss(fmt.Sprintf("a loss of %g %%", *said))
		case known && (counted-*said > points || *said-counted > points):
			f.dropLoss(fmt.Sprintf("a loss of %.3g %%, and the bytes that both ends counted make it %.3g %%", *said, counted))
		}
	case !known:
		if said != nil {
			f.dropLoss("this pair of versions says a wrong loss, and the document does not have the bytes of both ends")
		}
	case !p.Server.Known() && said != nil && *said > 0 && *said <= 100 && counted-*said <= lossPoints && *said-counted <= lossPoints:
		// The server may well be a new one: its count is the finer.
	case counted < -points:
		f.dropLoss(fmt.Sprintf("the bytes that both ends counted make it %.3g %%", counted))
	default:
		counted = max(counted, 0)
		f.Loss = &counted
		if said != nil && (counted-*said > lossPoints || *said-counted > lossPoints) {
			f.Notes = append(f.Notes, fmt.Sprintf("loss is %.3g %% by the bytes that both ends counted, where the document says %.3g %%: %s", counted, *said, p.why()))
		}
	}
}

func (f *Flow) dropLoss(reason string) {
	f.Loss = nil
	f.refuse(loss, reason)
}

// settleJitter refuses a jitter that no run can have: it is the mean of differences
// between transit times, all of which lie within the run (esnet/iperf issue 613).
func (f *Flow) settleJitter() {
	if f.Jitter == nil || *f.Jitter >= 0 && *f.Jitter/1000 <= f.Seconds {
		return
	}
	f.refuse(jitter, fmt.Sprintf("a jitter of %g ms in a run of %.3g s", *f.Jitter, f.Seconds))
	f.Jitter = nil
}
