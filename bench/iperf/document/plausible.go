package document

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

// Asked is what the run was to do, as far as the document can be held to it.
type Asked struct {
	Seconds    float64 // 0: the run was not limited by time
	Streams    int
	Omit       bool   // seconds were left out before the measured ones
	Protocol   string // as iperf3 writes it: TCP, UDP
	Reverse    bool
	Bidir      bool
	Congestion string // of the sending end; "" when it was not ours to choose
}

// Implausible tells why a document's figures cannot be those of the run that was
// asked for; "" when they can.
func (d Document) Implausible(want Asked) string {
	t := d.Start.TestStart
	if t.Protocol != want.Protocol || (t.Reverse != 0) != want.Reverse || d.Bidir() != want.Bidir {
		return fmt.Sprintf("the document is of another run: %s, reverse %t, both ways %t", t.Protocol, t.Reverse != 0, d.Bidir())
	}
	if want.Congestion != "" && d.End.Congestion != "" && d.End.Congestion != want.Congestion {
		return fmt.Sprintf("the host sent with congestion control %s, asked %s", d.End.Congestion, want.Congestion)
	}
	flows := d.Flows()
	if want.Bidir && len(flows) != 2 {
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
func (f Flow) implausible(want Asked, block float64) string {
	bytes := sentBlocks * block
	if want.Omit {
		bytes += omitBytes
	}
	slack := 8 * bytes * float64(want.Streams) / max(f.Seconds, 1)
	switch {
	case !finite(f.Rate) || !finite(f.Bytes) || !finite(f.Seconds):
		return "a figure is not a number"
	case f.Bytes <= 0 || f.Rate <= 0:
		return "nothing was received"
	case f.Streams != want.Streams:
		return fmt.Sprintf("%d streams have figures, asked %d", f.Streams, want.Streams)
	case want.Seconds > 0 && math.Abs(f.Seconds-want.Seconds) > max(secondsShare*want.Seconds, secondsSlack):
		return fmt.Sprintf("the receiver measured %.3f s, asked %g s", f.Seconds, want.Seconds)
	case f.SentSeconds > 0 && f.Sent+slack < sentShare*f.Rate:
		return fmt.Sprintf("more was received (%.4g Mbit/s) than sent (%.4g Mbit/s)", f.Rate/1e6, f.Sent/1e6)
	case f.Loss != nil && (*f.Loss < 0 || *f.Loss > 100):
		return fmt.Sprintf("a loss of %g %%", *f.Loss)
	case f.Jitter != nil && *f.Jitter < 0:
		return fmt.Sprintf("a jitter of %g ms", *f.Jitter)
	}
	return ""
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
