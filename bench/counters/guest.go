package counters

import (
	"errors"
	"fmt"

	"vnettune/foreign"
	"vnettune/results/record"
)

// AddGuest adds what the guest counted between two readings; nil for one that could not be made.
func AddGuest(c *record.Counters, was, is *record.GuestReading) {
	if was == nil || is == nil {
		return
	}
	said := map[string]bool{}
	for _, r := range []*record.GuestReading{was, is} {
		for _, a := range r.Absent {
			if !said[a.Part] {
				said[a.Part] = true
				c.Absent = append(c.Absent, record.Absence{Part: foreign.Word(a.Part), Reason: foreign.Words(a.Reason)})
			}
		}
	}
	var err error
	if len(was.Processors) > 0 && len(is.Processors) > 0 {
		if c.Guest, err = guestBetween(was.Processors, is.Processors); err != nil {
			absent(c, record.PartGuestCPU, err)
		}
	}
	if was.Adapter != nil && is.Adapter != nil {
		if c.Adapter, err = adapterBetween(*was.Adapter, *is.Adapter); err != nil {
			absent(c, record.PartAdapter, err)
		}
	}
}

// hundredNs is the unit of Windows' timers, in parts of a second.
const hundredNs = 1e7

// guestBetween is the processor time between two readings. PercentProcessorTime is an inverse timer: it counts the
// time in which the processor had nothing to do.
func guestBetween(was, is []record.ProcessorTotals) (*record.GuestCPU, error) {
	before := map[string]record.ProcessorTotals{}
	for _, p := range was {
		before[p.Name] = p
	}
	if len(before) != len(was) || len(was) != len(is) {
		return nil, fmt.Errorf("the guest named %d processors before the run and %d after it", len(was), len(is))
	}
	g := record.GuestCPU{Processors: len(is), DPC: new(0.0), Interrupt: new(0.0)}
	add := func(sum **float64, was, is *uint64) {
		switch {
		case *sum == nil:
		case was == nil || is == nil || *is < *was:
			*sum = nil
		default:
			**sum += float64(*is-*was) / hundredNs
		}
	}
	for _, p := range is {
		b, there := before[p.Name]
		if !there || p.At <= b.At || p.Idle < b.Idle {
			return nil, fmt.Errorf("the totals of processor %s went back, or its clock did", foreign.Word(p.Name))
		}
		passed := float64(p.At-b.At) / hundredNs
		g.Seconds += passed / float64(len(is))
		g.Busy += max(0, passed-float64(p.Idle-b.Idle)/hundredNs)
		add(&g.DPC, b.DPC, p.DPC)
		add(&g.Interrupt, b.Interrupt, p.Interrupt)
	}
	return &g, nil
}

// adapterBetween is what the adapter counted between two readings.
func adapterBetween(was, is record.GuestAdapter) (*record.GuestAdapter, error) {
	d := record.GuestAdapter{BytesReceived: is.BytesReceived - was.BytesReceived, PacketsReceived: is.PacketsReceived - was.PacketsReceived,
		BytesSent: is.BytesSent - was.BytesSent, PacketsSent: is.PacketsSent - was.PacketsSent, Discarded: is.Discarded - was.Discarded}
	if min(d.BytesReceived, d.PacketsReceived, d.BytesSent, d.PacketsSent, d.Discarded) < 0 {
		return nil, errors.New("its totals went back: it was restarted, or what counts was")
	}
	return &d, nil
}
