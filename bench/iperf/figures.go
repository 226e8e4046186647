package iperf

import (
	"math"

	"vnettune/results/record"
)

// fill takes the figures of a usable run over into o: those of the one direction
// that was asked for.
func (o *Outcome) fill(d document, w record.Workload) {
	o.ClientVersion = d.Start.Version
	o.SenderCongestion = d.End.Congestion
	o.Notes = append(o.Notes, d.notes...)
	if !record.Usable(o.Class) {
		return
	}
	f := d.flows()[0]
	o.Bytes = int64(f.bytes)
	o.Retransmits = f.retransmits
	o.Clock = f.clock()
	o.Rates = d.rates()
	o.Metrics = []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: f.rate / 1e6}}
	if w.Protocol == record.UDP {
		if f.loss != nil {
			o.Metrics = append(o.Metrics, record.Metric{Name: "loss", Unit: "%", Better: "lower", Value: *f.loss})
		}
		if f.jitter != nil {
			o.Metrics = append(o.Metrics, record.Metric{Name: "jitter", Unit: "ms", Better: "lower", Value: *f.jitter})
		}
	}
}

// clock sets the two ends' seconds side by side. The client runs on the host, so
// the host's are the sender's towards the guest and the receiver's from it. Old
// servers do not send their seconds, and the client prints its own twice: two
// clocks never agree to the microsecond, so equal figures are one clock.
func (f flow) clock() record.Clock {
	c := record.Clock{HostSeconds: f.sentSeconds, GuestSeconds: f.seconds}
	if !f.toGuest {
		c.HostSeconds, c.GuestSeconds = f.seconds, f.sentSeconds
	}
	if c.HostSeconds > 0 {
		c.HostMbit = f.bytes * 8 / c.HostSeconds / 1e6
	}
	if c.HostSeconds <= 0 || c.GuestSeconds <= 0 || c.HostSeconds == c.GuestSeconds {
		return c
	}
	c.Compared = true
	c.ApartPercent = 100 * (c.GuestSeconds/c.HostSeconds - 1)
	c.Suspect = math.Abs(c.ApartPercent) > record.ClockTolerancePercent
	return c
}
