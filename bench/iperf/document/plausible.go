package document

import (
	"fmt"
	"math"

	"vnettune/results/record"
)

// The plausibility gate: how far a document may be from what was asked.
const (
	secondsShare = 0.05 // of the asked seconds ...
	secondsSlack = 0.15 // ... or this many seconds, whichever is more, and one round trip
	rateShare    = 0.01 // a rate is its bytes over its seconds to this share
	sentShare    = 0.98 // sent must reach this share of received ...
	sentBlocks   = 2    // ... but for so many blocks of a stream: a slow path takes seconds for a few

	// What a stream may have in its buffers when the omitted seconds end: it was
	// sent before and is received after. Windows lets a receive window grow to
	// 16 MiB at its default auto-tuning level (64 KiB scaled by 8 bits); one second
	// at 1 Gbit/s is seven of that.
	omitBytes = 16 << 20

	// A run that ends by its size (-n, -k) has a rate only beyond so many writes: iperf3
	// makes ten before it looks whether it has done enough, and from 3.16 on looks once a
	// second (docs/facts/iperf3.md 1.2).
	fewWrites = 32
)

// Asked is what the run was to do, as far as the document can be held to it.
type Asked struct {
	Seconds    float64 // 0: the run was not limited by time
	Omit       float64 // seconds before the measured ones
	Streams    int
	Protocol   string // as iperf3 writes it: TCP, UDP
	Reverse    bool
	Bidir      bool
	Congestion string  // of the sending end; "" when it was not ours to choose
	Server     Version // of the far end; zero when it is not known
	RTT        float64 // of the path, seconds, as known beside the document; 0 when it is not
	Elapsed    float64 // seconds of the client's process; 0 when they are not known
}

// overstay is how many seconds a client that is left alone may take beyond those of the
// run; one that wrote nothing for longer hangs, whoever ended it.
const overstay = 2

// Overstayed says whether the client ran for longer than what was asked of it.
func (a Asked) Overstayed() bool {
	return a.Seconds > 0 && a.Elapsed > a.Seconds+a.Omit+a.RTT+overstay
}

// Judge gives the flows with every figure that is wrong replaced or refused, or the
// reason why none of them can be those of the run that was asked for.
func (d Document) Judge(want Asked) (flows []Flow, reason string) {
	t := d.Start.TestStart
	if t.Protocol != want.Protocol || (t.Reverse != 0) != want.Reverse || d.Bidir() != want.Bidir {
		return nil, fmt.Sprintf("the document is of another run: %s, reverse %t, both ways %t", t.Protocol, t.Reverse != 0, d.Bidir())
	}
	if (t.Bytes > 0 || t.Blocks > 0) && want.Seconds > 0 {
		return nil, fmt.Sprintf("the document is of another run: it ended by its size, asked were %g s", want.Seconds)
	}
	if writes := t.writes(); writes > 0 && writes < fewWrites {
		return nil, fmt.Sprintf("a run of %.3g writes has no rate: it ends before the path is filled", writes)
	}
	if want.Congestion != "" && d.End.Congestion != "" && d.End.Congestion != want.Congestion {
		return nil, fmt.Sprintf("the host sent with congestion control %s, asked %s", d.End.Congestion, want.Congestion)
	}
	flows = d.Flows()
	if want.Bidir && len(flows) != 2 {
		return nil, "one of the two directions has no figures"
	}
	for i := range flows {
		f := &flows[i]
		length := f.Seconds
		if want.Seconds > 0 {
			length = want.Seconds
		}
		f.RTT = max(believed(f.RTT, length+t.Omit), believed(want.RTT, length+t.Omit))
		if reason := f.implausible(want, *t); reason != "" {
			return nil, reason
		}
		if want.Protocol == "UDP" {
			client, _ := ParseVersion(d.Start.Version) // one that does not say is taken for an old one
			f.settleLoss(Pair{Client: client, Server: want.Server}, t.Omit > 0)
			f.settleDerived()
			f.settleJitter()
		}
		if f.Rate == 0 && f.Loss == nil && f.Jitter == nil {
			return nil, f.Refused[0].Reason
		}
	}
	return flows, ""
}

// writes is by how many writes the run was to end; 0 where it ended by its seconds.
func (t testStart) writes() float64 {
	switch {
	case t.Blocks > 0:
		return t.Blocks
	case t.Bytes > 0 && t.Block > 0:
		return t.Bytes / t.Block
	}
	return 0
}

// implausible is the gate for one direction. The size of a write matters: a sender is
// credited with whole ones, and at 20 Mbit/s one of them is 5 % of a second.
func (f *Flow) implausible(want Asked, t testStart) string {
	switch {
	case !finite(f.Rate) || !finite(f.Bytes) || !finite(f.Seconds) || !finite(f.Sent) || !finite(f.SentSeconds):
		return "a figure is not a number"
	case f.Streams != want.Streams:
		return fmt.Sprintf("%d streams have figures, asked %d", f.Streams, want.Streams)
	case want.Seconds > 0 && !f.lasted(want, t.Omit):
		return fmt.Sprintf("the receiver measured %.4g s, asked %g s", f.Seconds, want.Seconds)
	case f.refused(throughput):
		return ""
	case f.Bytes <= 0 || f.Rate <= 0 || f.Seconds <= 0:
		return "nothing was received"
	case f.Bytes >= math.MaxInt64:
		return fmt.Sprintf("%.4g bytes were received, which is more than can be counted", f.Bytes)
	}
	if c := f.Clock(); !finite(c.HostMbit) || !finite(c.ApartPercent) {
		return fmt.Sprintf("the two ends' seconds, %g and %g, have no ratio", c.HostSeconds, c.GuestSeconds)
	}
	bytes := sentBlocks * t.Block
	if t.Omit > 0 {
		bytes += omitBytes
	}
	if f.sentLess(bytes * float64(want.Streams)) {
		return fmt.Sprintf("more was received (%.4g Mbit/s) than sent (%.4g Mbit/s)", f.Rate/1e6, f.Sent/1e6)
	}
	if counted := 8 * f.Bytes / f.Seconds; math.Abs(f.Rate-counted) > rateShare*counted {
		f.refuse(throughput, fmt.Sprintf("a rate of %.4g Mbit/s, and its bytes over its seconds are %.4g Mbit/s", f.Rate/1e6, counted/1e6))
		f.Rate = 0
	}
	return ""
}

// sentLess says whether the sender counted less than the receiver, by more than a share and
// so many bytes. Bytes tell where both ends have them: of two rates over seconds of their
// own the receiver's may be the higher, where its seconds began when data already waited.
func (f *Flow) sentLess(slack float64) bool {
	if f.SentBytes > 0 {
		return f.SentBytes+slack < sentShare*f.Bytes
	}
	return f.SentSeconds > 0 && f.Sent > 0 && f.Sent+8*slack/max(f.Seconds, 1) < sentShare*f.Rate
}

// lasted says whether the receiver's seconds are those that were asked for. It begins
// before the first data arrive and ends after the sender: a far path adds up to a round
// trip (3.20 s for 3 s at 200 ms), of which the client's process has to last as well.
func (f *Flow) lasted(want Asked, omit float64) bool {
	slack := max(secondsShare*want.Seconds, secondsSlack)
	most := want.Seconds + slack
	far := most + f.RTT
	if want.Elapsed > 0 {
		far = min(far, want.Elapsed-omit)
	}
	return f.Seconds >= want.Seconds-slack && f.Seconds <= max(most, far)
}

// believed is a round trip that a run of that length, in seconds, can have seen; 0 for
// every other.
func believed(rtt, length float64) float64 {
	if rtt > 0 && rtt <= length {
		return rtt
	}
	return 0
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// refuse keeps a figure out of the results, and says why.
func (f *Flow) refuse(metric, reason string) {
	f.Refused = append(f.Refused, record.Refusal{Metric: metric, Reason: reason})
}

func (f *Flow) refused(metric string) bool {
	for _, r := range f.Refused {
		if r.Metric == metric {
			return true
		}
	}
	return false
}
