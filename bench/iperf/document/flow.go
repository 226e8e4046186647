package document

import (
	"fmt"
	"math"

	"vnettune/results/record"
)

// Flow is what one direction of a run came to.
type Flow struct {
	ToGuest     bool
	Rate        float64 // received, bit/s; 0 when it is refused
	Sent        float64 // handed to the socket, bit/s
	Bytes       float64 // received
	SentBytes   float64 // handed to the socket; 0 when not told apart
	Seconds     float64 // by the receiver's clock
	SentSeconds float64 // by the sender's clock; 0 when not told apart
	Streams     int
	Retransmits *int64
	Loss        *float64 // percent; UDP
	Jitter      *float64 // ms; UDP
	RTT         float64  // of the path, seconds; 0 when the document does not know it

	ownLoss []float64 // percent, by the counts of datagrams beside the loss; UDP
	derived bool      // Rate stands on the losses: the document does not have the receiver's bytes

	Refused []record.Refusal // figures that the document has and that cannot be right
	Notes   []string         // figures that were replaced, and why
}

// Flows are the directions of the run that have their end figures; a direction
// without them is left out. It is always what arrived, never what was sent; where
// that stands depends on protocol, mode and version, as compared over 20 versions
// of iperf3 (bench/iperf/testdata/corpus).
func (d Document) Flows() []Flow {
	t := d.Start.TestStart
	if t == nil {
		return nil
	}
	toGuest := t.Reverse == 0
	switch {
	case d.Bidir() && d.End.ReceivedReverse == nil && t.Protocol == "UDP":
		return append(d.datagramFlow(true), d.datagramFlow(false)...)
	case d.Bidir() && d.End.ReceivedReverse == nil:
		// 3.7 to 3.10.1 print the keys of both directions under one name.
		return append(d.streamFlow(true), d.streamFlow(false)...)
	case d.Bidir():
		return append(d.sumFlow(d.End.Received, d.End.Sent, true), d.sumFlow(d.End.ReceivedReverse, d.End.SentReverse, false)...)
	case t.Protocol == "UDP" && d.End.Received == nil:
		return d.derivedFlow(toGuest)
	}
	return d.sumFlow(d.End.Received, d.End.Sent, toGuest)
}

// Bidir reports a run in both directions at once. Versions before 3.13 do not
// say so, but twice the streams were connected.
func (d Document) Bidir() bool {
	t := d.Start.TestStart
	return t != nil && (t.Bidir == 1 || t.Streams > 0 && len(d.Start.Connected) == 2*t.Streams)
}

func (d Document) sumFlow(received, sent *sum, toGuest bool) []Flow {
	udp := d.Start.TestStart.Protocol == "UDP"
	if received == nil || received.Seconds == nil || !udp && (received.Rate == nil || received.Bytes == nil) {
		return nil
	}
	f := Flow{
		ToGuest: toGuest, Rate: value(received.Rate), Seconds: *received.Seconds, Bytes: value(received.Bytes),
		Streams: d.streamCount(toGuest), Loss: received.LostPercent, Jitter: received.Jitter, RTT: d.rtt(toGuest),
	}
	if sent != nil {
		f.Sent, f.SentBytes, f.SentSeconds, f.Retransmits = value(sent.Rate), value(sent.Bytes), value(sent.Seconds), count(sent.Retransmits)
	}
	if received.Rate == nil || received.Bytes == nil {
		f.Rate = 0
		f.refuse(throughput, "the document does not say what was received")
	}
	switch {
	case !udp:
	case d.Bidir() && toGuest:
		f.ownLoss = lossesOf(received, d.End.Sum)
	case d.Bidir():
		f.ownLoss = lossesOf(received, d.End.SumReverse)
	default:
		f.ownLoss = lossesOf(received, d.End.Sum)
		if f.SentBytes <= 0 {
			f.SentBytes = d.sentBytes()
		}
	}
	return []Flow{f}
}

// sentBytes are those of a run of UDP in one direction, where the sender's own summary
// lacks them: end.sum and the streams have what was sent.
func (d Document) sentBytes() float64 {
	if d.End.Sum != nil && value(d.End.Sum.Bytes) > 0 {
		return *d.End.Sum.Bytes
	}
	total := 0.0
	for _, s := range d.End.Streams {
		if s.UDP != nil {
			total += value(s.UDP.Bytes)
		}
	}
	return total
}

// lossesOf are the losses in percent that the counts of datagrams in sums come to.
// Versions differ in which of them has the count that lost_percent is of.
func lossesOf(sums ...*sum) []float64 {
	var all []float64
	for _, s := range sums {
		if s != nil && s.Lost != nil && value(s.Packets) > 0 {
			all = append(all, 100**s.Lost / *s.Packets)
		}
	}
	return all
}

// derivedFlow is UDP before 3.11: the one sum has what the sender sent, and the
// receiver's losses and seconds. The receiver's bytes are its datagrams. A client that
// sends has the losses of omitted seconds among the others, and nothing by which to
// tell them apart.
func (d Document) derivedFlow(toGuest bool) []Flow {
	s := d.End.Sum
	if s == nil || value(s.Seconds) <= 0 || s.Rate == nil || s.Bytes == nil {
		return nil
	}
	f := Flow{ToGuest: toGuest, Sent: *s.Rate, Seconds: *s.Seconds, Streams: d.streamCount(toGuest), Jitter: s.Jitter, derived: true}
	reason := ""
	switch {
	case s.Lost == nil || s.Packets == nil:
		reason = "the document does not say how many datagrams were lost"
	case *s.Packets <= 0 || *s.Lost < 0 || *s.Lost > *s.Packets:
		reason = fmt.Sprintf("%.0f of %.0f datagrams lost", *s.Lost, *s.Packets)
	case toGuest && d.Start.TestStart.Omit > 0 && *s.Lost > 0:
		reason = omittedLoss
	}
	if reason != "" {
		f.refuse(throughput, reason)
		f.refuse(loss, reason)
		return []Flow{f}
	}
	arrived := 1 - *s.Lost / *s.Packets
	lost := 100 * (1 - arrived)
	f.Loss, f.Bytes = &lost, *s.Bytes*arrived
	if s.LostPercent != nil {
		f.ownLoss = []float64{*s.LostPercent}
	}
	if block := d.Start.TestStart.Block; block > 0 {
		f.Bytes = (*s.Packets - *s.Lost) * block
	}
	// The windows of the two ends lie apart by a little; more than was sent never arrives.
	most, atRate := *s.Bytes, f.Sent*f.Seconds/8
	if toGuest {
		most = min(most, atRate)
	}
	if f.Bytes > (1+rateShare)*most {
		f.refuse(throughput, fmt.Sprintf("the datagrams that were not lost are %.4g Mbyte, and %.4g Mbyte were sent", f.Bytes/1e6, most/1e6))
		return []Flow{f}
	}
	if !toGuest {
		// The server begins before the client does, whose seconds these are: what has come
		// by then is none of theirs.
		most = min(most, arrived*atRate)
	}
	f.Bytes = min(f.Bytes, most)
	f.Rate = 8 * f.Bytes / f.Seconds
	return []Flow{f}
}

// streamFlow adds the streams of one direction up.
func (d Document) streamFlow(toGuest bool) []Flow {
	f := Flow{ToGuest: toGuest, RTT: d.rtt(toGuest)}
	var retransmits int64
	told := true
	for _, s := range d.End.Streams {
		if s.Sender == nil || s.Receiver == nil || s.Sender.Sender == nil || *s.Sender.Sender != toGuest {
			continue
		}
		f.Streams++
		f.Rate += value(s.Receiver.Rate)
		f.Sent += value(s.Sender.Rate)
		f.Bytes += value(s.Receiver.Bytes)
		f.SentBytes += value(s.Sender.Bytes)
		f.Seconds = max(f.Seconds, value(s.Receiver.End)) // its seconds are the sender's here
		f.SentSeconds = max(f.SentSeconds, value(s.Sender.Seconds))
		if n := count(s.Sender.Retransmits); n != nil {
			retransmits += *n
		} else {
			told = false
		}
	}
	if f.Streams == 0 {
		return nil
	}
	if told {
		f.Retransmits = &retransmits
	}
	return []Flow{f}
}

// datagramFlow is one direction of UDP both ways at once before 3.11: the streams of the
// direction, what they sent less what was lost, over the seconds that stand beside it. The
// two sums have one name, and one end for both directions.
func (d Document) datagramFlow(toGuest bool) []Flow {
	f := Flow{ToGuest: toGuest, derived: true}
	var lost, packets, jitter float64
	told := true
	for _, s := range d.End.Streams {
		if s.UDP == nil || s.UDP.Sender == nil || *s.UDP.Sender != toGuest {
			continue
		}
		f.Streams++
		f.Sent += value(s.UDP.Rate)
		f.Seconds = max(f.Seconds, value(s.UDP.Seconds))
		f.Bytes += value(s.UDP.Bytes)
		lost, packets, jitter = lost+value(s.UDP.Lost), packets+value(s.UDP.Packets), jitter+value(s.UDP.Jitter)
		told = told && s.UDP.Lost != nil && s.UDP.Packets != nil && s.UDP.Jitter != nil
		if s.UDP.LostPercent != nil && value(s.UDP.Packets) > 0 {
			f.ownLoss = append(f.ownLoss, *s.UDP.LostPercent)
		}
	}
	if f.Streams == 0 {
		return nil
	}
	if f.Streams > 1 {
		f.ownLoss = nil // each is of one stream
	}
	reason := ""
	switch {
	case !told:
		reason = "the document does not say what the streams lost"
	case packets <= 0 || lost < 0 || lost > packets:
		reason = fmt.Sprintf("%.0f of %.0f datagrams lost", lost, packets)
	case toGuest && d.Start.TestStart.Omit > 0 && lost > 0:
		reason = omittedLoss
	}
	if reason != "" {
		f.Bytes = 0
		f.refuse(throughput, reason)
		f.refuse(loss, reason)
		return []Flow{f}
	}
	arrived := 1 - lost/packets
	percent, mean := 100*(1-arrived), jitter/float64(f.Streams)
	f.Loss, f.Jitter = &percent, &mean
	f.Bytes *= arrived
	f.Rate = f.Sent * arrived
	return []Flow{f}
}

// omittedLoss is why a figure that stands on such losses is refused.
const omittedLoss = "a client before 3.11 counts the losses of the omitted seconds, and does not say what the server received: run it with omit: 0"

func (d Document) streamCount(toGuest bool) int {
	n := 0
	for _, s := range d.End.Streams {
		flag := s.UDP
		if s.Sender != nil {
			flag = s.Sender
		}
		if !d.Bidir() || flag != nil && flag.Sender != nil && *flag.Sender == toGuest {
			n++
		}
	}
	return n
}

// rtt is the longest round trip that a stream's sender saw, in seconds: the receiver's
// seconds begin and end by messages that wait in the same queue. A sender without
// TCP_INFO, and the far end's, says 0.
func (d Document) rtt(toGuest bool) float64 {
	longest := 0.0
	for _, s := range d.End.Streams {
		if s.Sender != nil && (!d.Bidir() || s.Sender.Sender != nil && *s.Sender.Sender == toGuest) {
			longest = max(longest, value(s.Sender.MaxRTT)/1e6)
		}
	}
	return longest
}

func value(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

// count is a counter that an end reported. A peer that does not know it sends -1,
// which unsigned readers show as 1.8e19 (esnet/iperf issue 819): unknown, not 0.
func count(p *float64) *int64 {
	if p == nil || *p < 0 || *p > 1e15 || *p != math.Trunc(*p) {
		return nil
	}
	n := int64(*p)
	return &n
}

// Clock sets the two ends' seconds side by side. The client runs on the host, so
// the host's are the sender's towards the guest and the receiver's from it. Old
// servers do not send their seconds, and the client prints its own twice: two
// clocks never agree to the microsecond, so equal figures are one clock. The
// receiver's seconds have the path in them: a round trip makes no clock suspect.
func (f Flow) Clock() record.Clock {
	c := record.Clock{HostSeconds: f.SentSeconds, GuestSeconds: f.Seconds}
	if !f.ToGuest {
		c.HostSeconds, c.GuestSeconds = f.Seconds, f.SentSeconds
	}
	if c.HostSeconds > 0 {
		c.HostMbit = f.Bytes * 8 / c.HostSeconds / 1e6
	}
	if c.HostSeconds <= 0 || c.GuestSeconds <= 0 || c.HostSeconds == c.GuestSeconds {
		return c
	}
	c.Compared = true
	c.ApartPercent = 100 * (c.GuestSeconds/c.HostSeconds - 1)
	c.Suspect = math.Abs(c.GuestSeconds-c.HostSeconds) > record.ClockTolerancePercent/100*c.HostSeconds+f.RTT
	return c
}

// interval is one of the steps, usually seconds, in which iperf3 reports a run.
type interval struct {
	Sum *struct {
		Seconds *float64 `json:"seconds"`
		Rate    *float64 `json:"bits_per_second"`
		Omitted bool     `json:"omitted"`
	} `json:"sum"`
}

// Rates are the Mbit/s of the measured intervals of a run in one direction, as the
// client saw them: the seconds left out at its start and a last sliver, shorter than
// half of the others, are not among them. nil where an interval has no figures.
func (d Document) Rates() []float64 {
	if d.Bidir() {
		return nil
	}
	var out []float64
	usual := 0.0
	for _, i := range d.Intervals {
		switch {
		case i.Sum == nil || i.Sum.Seconds == nil || i.Sum.Rate == nil:
			return nil
		case i.Sum.Omitted:
			continue
		case *i.Sum.Seconds < usual/2:
			continue
		}
		usual = max(usual, *i.Sum.Seconds)
		out = append(out, *i.Sum.Rate/1e6)
	}
	return out
}
