package document

import (
	"math"

	"vnettune/results/record"
)

// Flow is what one direction of a run came to.
type Flow struct {
	ToGuest     bool
	Rate        float64 // received, bit/s
	Sent        float64 // handed to the socket, bit/s
	Bytes       float64 // received
	Seconds     float64 // by the receiver's clock
	SentSeconds float64 // by the sender's clock; 0 when not told apart
	Streams     int
	Retransmits *int64
	Loss        *float64 // percent; UDP
	Jitter      *float64 // ms; UDP
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
	if received == nil || received.Rate == nil || received.Seconds == nil || received.Bytes == nil {
		return nil
	}
	f := Flow{
		ToGuest: toGuest, Rate: *received.Rate, Seconds: *received.Seconds, Bytes: *received.Bytes,
		Streams: d.streamCount(toGuest), Loss: received.LostPercent, Jitter: received.Jitter,
	}
	if sent != nil {
		f.Sent, f.SentSeconds, f.Retransmits = value(sent.Rate), value(sent.Seconds), count(sent.Retransmits)
	}
	return []Flow{f}
}

// derivedFlow is UDP before 3.11: the one sum has the sender's bytes and the
// receiver's loss.
func (d Document) derivedFlow(toGuest bool) []Flow {
	s := d.End.Sum
	if s == nil || s.Rate == nil || s.Seconds == nil || s.Bytes == nil || s.Lost == nil || value(s.Packets) <= 0 {
		return nil
	}
	arrived := 1 - *s.Lost / *s.Packets
	loss := 100 * (1 - arrived)
	return []Flow{{
		ToGuest: toGuest, Rate: *s.Rate * arrived, Sent: *s.Rate, Bytes: *s.Bytes * arrived, Seconds: *s.Seconds,
		Streams: d.streamCount(toGuest), Loss: &loss, Jitter: s.Jitter,
	}}
}

// streamFlow adds the streams of one direction up.
func (d Document) streamFlow(toGuest bool) []Flow {
	f := Flow{ToGuest: toGuest}
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
		f.Seconds = max(f.Seconds, value(s.Receiver.Seconds))
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
// clocks never agree to the microsecond, so equal figures are one clock.
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
	c.Suspect = math.Abs(c.ApartPercent) > record.ClockTolerancePercent
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
