package iperf

import (
	"fmt"
	"math"
)

// The plausibility gate: how far a document may be from what was asked.
const (
	secondsShare = 0.05 // of the asked seconds ...
	secondsSlack = 0.15 // ... or this many seconds, whichever is more
	sentShare    = 0.98 // sent must reach this share of received ...
	sentBlocks   = 2    // ... but for so many blocks of a stream: a slow path takes seconds for a few

	// What a stream may have in its buffers when the omitted seconds end: it was
	// sent before and is received after. Windows lets a receive window grow to
	// 16 MiB at its default auto-tuning level (64 KiB scaled by 8 bits); one second
	// at 1 Gbit/s is seven of that.
	omitBytes = 16 << 20
)

// implausible tells why a document's figures cannot be those of the run that was
// asked for; "" when they can.
func implausible(d document, want asked) string {
	t := d.Start.TestStart
	if t.Protocol != want.protocol || (t.Reverse != 0) != want.reverse || d.bidir() != want.bidir {
		return fmt.Sprintf("the document is of another run: %s, reverse %t, both ways %t", t.Protocol, t.Reverse != 0, d.bidir())
	}
	if want.congestion != "" && d.End.Congestion != "" && d.End.Congestion != want.congestion {
		return fmt.Sprintf("the host sent with congestion control %s, asked %s", d.End.Congestion, want.congestion)
	}
	flows := d.flows()
	if want.bidir && len(flows) != 2 {
		return "one of the two directions has no figures"
	}
	for _, f := range flows {
		if reason := f.implausible(want, t.Block); reason != "" {
			return reason
		}
	}
	return ""
}

// implausible is the gate for one direction. block is the size of a write in
// bytes: a sender is credited with whole ones, and at 20 Mbit/s one of them is 5 %
// of a second.
func (f flow) implausible(want asked, block float64) string {
	bytes := sentBlocks * block
	if want.omit {
		bytes += omitBytes
	}
	slack := 8 * bytes * float64(want.streams) / max(f.seconds, 1)
	switch {
	case !finite(f.rate) || !finite(f.bytes) || !finite(f.seconds):
		return "a figure is not a number"
	case f.bytes <= 0 || f.rate <= 0:
		return "nothing was received"
	case f.streams != want.streams:
		return fmt.Sprintf("%d streams have figures, asked %d", f.streams, want.streams)
	case want.seconds > 0 && math.Abs(f.seconds-want.seconds) > max(secondsShare*want.seconds, secondsSlack):
		return fmt.Sprintf("the receiver measured %.3f s, asked %g s", f.seconds, want.seconds)
	case f.sentSeconds > 0 && f.sent+slack < sentShare*f.rate:
		return fmt.Sprintf("more was received (%.4g Mbit/s) than sent (%.4g Mbit/s)", f.rate/1e6, f.sent/1e6)
	case f.loss != nil && (*f.loss < 0 || *f.loss > 100):
		return fmt.Sprintf("a loss of %g %%", *f.loss)
	case f.jitter != nil && *f.jitter < 0:
		return fmt.Sprintf("a jitter of %g ms", *f.jitter)
	}
	return ""
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
