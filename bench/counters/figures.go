package counters

import (
	"math"

	"vnettune/results/record"
	"vnettune/results/sample"
)

// Figures makes metrics of what was counted beside a usable run: its cost, shares of time and figures a GB of the
// payload that crossed while it was counted, which is the run's rate times all its seconds. What was not counted
// gives none, and so does what did not happen often enough to divide by.
func Figures(c record.Counters, w record.Workload, run []record.Metric, details record.RunDetails) []record.Metric {
	f := figures{gb: payload(run, w)}
	f.ofSockets(c, w, details)
	f.ofHost(c)
	f.ofLinks(c, w)
	f.ofGuest(c, w)
	return f.all
}

// payload is what crossed in a run with its omitted seconds, in GB; NaN without a rate.
func payload(run []record.Metric, w record.Workload) float64 {
	for _, m := range run {
		if m.Name == "throughput" && m.Value > 0 {
			return m.Value * float64(w.Seconds+w.Omit) / 8e3
		}
	}
	return math.NaN()
}

type figures struct {
	gb  float64
	all []record.Metric
}

// add keeps a figure that is a number.
func (f *figures) add(name string, value float64) {
	if m, known := sample.KnownMetric(name); known && value >= 0 && !math.IsInf(value, 0) {
		f.all = append(f.all, record.Metric{Name: m.Name, Unit: m.Unit, Better: string(m.Better), Value: value})
	}
}

// share is a part of a whole, in percent. Clocks that tick apart make no more than all of it.
func (f *figures) share(name string, part, whole float64) {
	if whole > 0 {
		f.add(name, min(100, 100*part/whole))
	}
}

func (f *figures) perGB(name string, amount float64) { f.add(name, amount/f.gb) }

// payloadWay is what was counted in the direction of the payload: of both ways at once, in both.
func payloadWay(w record.Workload, toGuest, fromGuest float64) float64 {
	switch w.Direction {
	case record.FromGuest:
		return fromGuest
	case record.AtOnce:
		return toGuest + fromGuest
	}
	return toGuest
}

func (f *figures) ofSockets(c record.Counters, w record.Workload, details record.RunDetails) {
	if n := details.Retransmits; n != nil {
		f.perGB("retransmits_per_gb", float64(*n)*float64(w.Seconds+w.Omit)/float64(max(1, w.Seconds)))
	}
	if w.Direction == record.FromGuest || len(c.Sockets) == 0 {
		return // what the host only acknowledges tells nothing of the sender; of both ways at once only the senders are looked at
	}
	sum := func(of func(record.TCPSocket) *float64) float64 {
		total := 0.0
		for _, s := range c.Sockets {
			v := of(s)
			if v == nil {
				return math.NaN()
			}
			total += *v
		}
		return total
	}
	n := float64(len(c.Sockets))
	busy := sum(func(s record.TCPSocket) *float64 { return s.Busy })
	f.share("tcp_busy", busy, n*c.Seconds)
	f.share("tcp_rwnd_limited", sum(func(s record.TCPSocket) *float64 { return s.RwndLimited }), busy)
	f.share("tcp_sndbuf_limited", sum(func(s record.TCPSocket) *float64 { return s.SndbufLimited }), busy)
	f.add("tcp_rtt", sum(func(s record.TCPSocket) *float64 { return s.RTT })/n)
	f.add("tcp_delivery_rate", sum(func(s record.TCPSocket) *float64 { return s.Delivery }))
	f.add("tcp_cwnd", sum(func(s record.TCPSocket) *float64 { return s.Cwnd }))
	f.add("tcp_snd_wnd", sum(func(s record.TCPSocket) *float64 { return s.SndWnd })/n)
	least := math.Inf(1)
	for _, s := range c.Sockets {
		if s.MinRTT != nil {
			least = min(least, *s.MinRTT)
		}
	}
	f.add("tcp_min_rtt", least)
}

func (f *figures) ofHost(c record.Counters) {
	if cpu := c.CPU; cpu != nil {
		all := c.Seconds * float64(cpu.Processors)
		f.share("host_busy", cpu.Busy, all)
		f.share("host_softirq", cpu.Softirq, all)
		f.share("host_steal", cpu.Steal, all)
		f.perGB("host_softirq_per_gb", cpu.Softirq)
	}
	if n := c.Softnet; n != nil {
		f.perGB("softnet_dropped_per_gb", n.Dropped)
		f.perGB("softnet_squeezed_per_gb", n.Squeezed)
	}
	if q := c.QEMU; q != nil {
		f.perGB("qemu_cpu_per_gb", q.Total)
		if q.VCPU != nil {
			f.perGB("vcpu_cpu_per_gb", *q.VCPU)
		}
		if q.Vhost != nil {
			f.perGB("vhost_cpu_per_gb", *q.Vhost)
		}
		if c.CPU != nil {
			f.add("gbit_per_core_host", 8*f.gb/(q.Total+c.CPU.Softirq))
		}
	}
	if c.Exits != nil {
		f.perGB("kvm_exits_per_gb", *c.Exits)
	}
}

func (f *figures) ofLinks(c record.Counters, w record.Workload) {
	if len(c.Links) == 0 {
		return
	}
	drops := 0.0
	for _, l := range c.Links {
		drops += l.DropsReceived + l.DropsSent
	}
	f.perGB("link_drops_per_gb", drops)
	last := c.Links[len(c.Links)-1]
	bytes, packets := payloadWay(w, last.BytesSent, last.BytesReceived), payloadWay(w, last.PacketsSent, last.PacketsReceived)
	f.perGB("link_packets_per_gb", packets)
	f.add("link_segment", bytes/packets)
}

func (f *figures) ofGuest(c record.Counters, w record.Workload) {
	if g := c.Guest; g != nil {
		all := g.Seconds * float64(g.Processors)
		f.share("guest_busy", g.Busy, all)
		if g.DPC != nil {
			f.share("guest_dpc", *g.DPC, all)
		}
		if g.Interrupt != nil {
			f.share("guest_interrupt", *g.Interrupt, all)
		}
		f.perGB("guest_cpu_per_gb", g.Busy)
		f.add("gbit_per_core_guest", 8*f.gb/g.Busy)
	}
	if a := c.Adapter; a != nil {
		bytes, packets := payloadWay(w, a.BytesReceived, a.BytesSent), payloadWay(w, a.PacketsReceived, a.PacketsSent)
		f.perGB("guest_packets_per_gb", packets)
		f.perGB("guest_discards_per_gb", a.Discarded)
		f.add("guest_segment", bytes/packets)
	}
}
