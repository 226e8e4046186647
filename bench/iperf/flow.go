package iperf

import "math"

// flow is what one direction of a run came to.
type flow struct {
	toGuest     bool
	rate        float64 // received, bit/s
	sent        float64 // handed to the socket, bit/s
	bytes       float64 // received
	seconds     float64 // by the receiver's clock
	sentSeconds float64 // by the sender's clock; 0 when not told apart
	streams     int
	retransmits *int64
	loss        *float64 // percent; UDP
	jitter      *float64 // ms; UDP
}

// flows are the directions of the run that have their end figures; a direction
// without them is left out. It is always what arrived, never what was sent; where
// that stands depends on protocol, mode and version, as compared over 20 versions
// of iperf3 (testdata/corpus).
func (d document) flows() []flow {
	t := d.Start.TestStart
	if t == nil {
		return nil
	}
	toGuest := t.Reverse == 0
	switch {
	case d.bidir() && d.End.ReceivedReverse == nil:
		// 3.7 to 3.10.1 print the keys of both directions under one name.
		return append(d.streamFlow(true), d.streamFlow(false)...)
	case d.bidir():
		return append(d.sumFlow(d.End.Received, d.End.Sent, true), d.sumFlow(d.End.ReceivedReverse, d.End.SentReverse, false)...)
	case t.Protocol == "UDP" && d.End.Received == nil:
		return d.derivedFlow(toGuest)
	}
	return d.sumFlow(d.End.Received, d.End.Sent, toGuest)
}

// bidir reports a run in both directions at once. Versions before 3.13 do not
// say so, but twice the streams were connected.
func (d document) bidir() bool {
	t := d.Start.TestStart
	return t != nil && (t.Bidir == 1 || t.Streams > 0 && len(d.Start.Connected) == 2*t.Streams)
}

func (d document) sumFlow(received, sent *sum, toGuest bool) []flow {
	if received == nil || received.Rate == nil || received.Seconds == nil || received.Bytes == nil {
		return nil
	}
	f := flow{
		toGuest: toGuest, rate: *received.Rate, seconds: *received.Seconds, bytes: *received.Bytes,
		streams: d.streamCount(toGuest), loss: received.LostPercent, jitter: received.Jitter,
	}
	if sent != nil {
		f.sent, f.sentSeconds, f.retransmits = value(sent.Rate), value(sent.Seconds), count(sent.Retransmits)
	}
	return []flow{f}
}

// derivedFlow is UDP before 3.11: the one sum has the sender's bytes and the
// receiver's loss.
func (d document) derivedFlow(toGuest bool) []flow {
	s := d.End.Sum
	if s == nil || s.Rate == nil || s.Seconds == nil || s.Bytes == nil || s.Lost == nil || value(s.Packets) <= 0 {
		return nil
	}
	arrived := 1 - *s.Lost / *s.Packets
	loss := 100 * (1 - arrived)
	return []flow{{
		toGuest: toGuest, rate: *s.Rate * arrived, sent: *s.Rate, bytes: *s.Bytes * arrived, seconds: *s.Seconds,
		streams: d.streamCount(toGuest), loss: &loss, jitter: s.Jitter,
	}}
}

// streamFlow adds the streams of one direction up.
func (d document) streamFlow(toGuest bool) []flow {
	f := flow{toGuest: toGuest}
	var retransmits int64
	told := true
	for _, s := range d.End.Streams {
		if s.Sender == nil || s.Receiver == nil || s.Sender.Sender == nil || *s.Sender.Sender != toGuest {
			continue
		}
		f.streams++
		f.rate += value(s.Receiver.Rate)
		f.sent += value(s.Sender.Rate)
		f.bytes += value(s.Receiver.Bytes)
		f.seconds = max(f.seconds, value(s.Receiver.Seconds))
		f.sentSeconds = max(f.sentSeconds, value(s.Sender.Seconds))
		if n := count(s.Sender.Retransmits); n != nil {
			retransmits += *n
		} else {
			told = false
		}
	}
	if f.streams == 0 {
		return nil
	}
	if told {
		f.retransmits = &retransmits
	}
	return []flow{f}
}

func (d document) streamCount(toGuest bool) int {
	n := 0
	for _, s := range d.End.Streams {
		flag := s.UDP
		if s.Sender != nil {
			flag = s.Sender
		}
		if !d.bidir() || flag != nil && flag.Sender != nil && *flag.Sender == toGuest {
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
