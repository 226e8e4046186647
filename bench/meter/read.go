package meter

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"vnettune/foreign"
	"vnettune/results/record"
)

// Read reads the document of a run that another machine's meter made by p. Its figures are held to what they can be, as
// those of a run of this host are.
func Read(text []byte, p Params) (Document, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return Document{}, fmt.Errorf("the document of the meter at the peer: %w", err)
	}
	if !reflect.DeepEqual(d.Params, p) {
		return Document{}, errors.New("the meter at the peer measured something else than it was asked for")
	}
	for _, e := range []*End{&d.Client, &d.Server} {
		*e = End{foreign.Word(e.Version), foreign.Word(e.OS), foreign.Word(e.Arch), foreign.Word(e.Go)}
	}
	if f := d.Failed; f != nil {
		if !slices.Contains(record.Classes, f.Class) {
			f.Class = record.Failed
		}
		f.Reason = foreign.Line(f.Reason)
		return d, nil
	}
	err := d.plausible()
	if rr := d.Host.RR; err == nil && p.Kind == KindRR {
		if err = rr.plausible(p); err == nil {
			rr.CoordinatedOmission = map[string]string{LoopClosed: omissionClosed, LoopOpen: omissionOpen}[rr.Loop]
		}
	}
	if err != nil {
		d.Failed = classed(err)
		d.Host, d.Guest, d.GuestSeconds, d.HostSeconds = Half{}, Half{}, 0, 0
	}
	for _, half := range []*Half{&d.Host, &d.Guest} {
		for i, note := range half.Notes {
			half.Notes[i] = foreign.Line(note)
		}
	}
	return d, nil
}

// plausible holds latencies to what they can be.
func (rr *RR) plausible(p Params) error {
	loop := LoopClosed
	if p.Rate > 0 {
		loop = LoopOpen
	}
	switch {
	case rr == nil:
		return failf(record.Implausible, "the end that asks gives no figures")
	case rr.Loop != loop || rr.Count <= 0 || rr.P50 <= 0 || rr.P50 > rr.P99 || rr.P99 > rr.P999 || rr.P999 > rr.Max || rr.LateP50 < 0:
		return failf(record.Implausible, "latencies of %d requests that cannot be: %d, %d, %d, at most %d ns", rr.Count, rr.P50, rr.P99, rr.P999, rr.Max)
	case !(rr.Seconds > 0 && rr.Seconds <= 1.1*p.Seconds+1):
		return failf(record.Implausible, "the measured window was %.2f s long, not %g s", rr.Seconds, p.Seconds)
	}
	return nil
}

// plausible holds the figures to what they can be.
func (d *Document) plausible() error {
	p := d.Params
	bad := func(format string, args ...any) error { return failf(record.Implausible, format, args...) }
	receiver, sent, received := d.Guest.Streams, d.Host.Sent, d.Guest.Received
	if p.fromServer() {
		receiver, sent, received = d.Host.Streams, d.Guest.Sent, d.Host.Received
	}
	if p.Kind == KindTCP || p.Load != nil {
		switch {
		case receiver == nil:
			return bad("the receiver of the streams gives no figures")
		case receiver.Bytes <= 0 || !(receiver.Seconds > 0):
			return bad("%d bytes in %g seconds", receiver.Bytes, receiver.Seconds)
		case receiver.Seconds < 0.9*p.Seconds || receiver.Seconds > 1.1*p.Seconds+1:
			return bad("the measured window was %.2f s long, not %g s", receiver.Seconds, p.Seconds)
		}
	}
	if p.Kind == KindUDP {
		switch {
		case sent == nil || received == nil:
			return bad("an end gives no figures")
		case received.Count <= 0 || sent.Count <= 0:
			return bad("%d datagrams sent and %d received", sent.Count, received.Count)
		case received.Count > sent.Count:
			return bad("%d datagrams received, more than the %d that were sent", received.Count, sent.Count)
		case received.Bytes != received.Count*int64(p.Length):
			return bad("%d bytes received in %d datagrams of %d", received.Bytes, received.Count, p.Length)
		case !(sent.Seconds > 0) || received.Span < 0:
			return bad("sent in %g seconds, received in %g", sent.Seconds, received.Span)
		}
	}
	if rr := d.Host.RR; rr != nil && d.Guest.Answered < rr.Count {
		return bad("%d responses came, and the server gave %d", rr.Count, d.Guest.Answered)
	}
	return nil
}
