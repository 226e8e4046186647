package sample

// Better is the direction in which a metric improves.
type Better string

// The two directions; the empty Better is "not said".
const (
	HigherIsBetter Better = "higher"
	LowerIsBetter  Better = "lower"
)

// Scale is how two values of a metric are compared.
type Scale string

const (
	// Ratio: by their ratio, in percent. Zero has no ratio.
	Ratio Scale = "ratio"
	// Difference: by their difference, in the metric's own unit. Zero is a value like
	// any other, and often the best there is.
	Difference Scale = "difference"
)

// Metric is what vnettune knows about a metric by its name.
type Metric struct {
	Name string
	// Unit is the one that vnettune itself writes; files may use another.
	Unit   string
	Better Better
	Scale  Scale
	// Margin is the smallest difference worth caring about where nobody says another, in
	// Unit; 0 if there is none. Metrics on the ratio scale have that of the campaign.
	Margin float64
	// Primary: what a workload is run for. Reports show it first, and a gate judges it
	// unless it is told what to judge.
	Primary bool
	// Minor: shown only where all metrics are asked for.
	Minor bool
	// Counter says what kind of counter it is; "" for what is no counter. Counters are not ranked unless they
	// are asked for by name: they may say what moved with a metric.
	Counter Counter
}

// Counter is a kind of counter: what was counted beside a run.
type Counter string

const (
	// ShareOfTime is a part of the time, in percent, and PerGB an amount divided by the payload in GB (10^9 bytes).
	// These may be named beside a verdict.
	ShareOfTime Counter = "share"
	PerGB       Counter = "per_gb"
	// OnlyShown is a rate, a size or a level of the connection, in which the throughput shows itself again: it
	// is shown and never named.
	OnlyShown Counter = "shown"
)

// Named says whether a counter of the kind may be named beside a verdict.
func (c Counter) Named() bool { return c == ShareOfTime || c == PerGB }

// known is read-only: the metrics that need no `better` column.
var known = [...]Metric{
	{Name: "throughput", Unit: "Mbit/s", Better: HigherIsBetter, Scale: Ratio, Primary: true},       // payload received per second
	{Name: "rate_below_loss", Unit: "Mbit/s", Better: HigherIsBetter, Scale: Ratio, Primary: true},  // the highest that a ladder found
	{Name: "throughput_to_guest", Unit: "Mbit/s", Better: HigherIsBetter, Scale: Ratio},             // of what goes both ways at once, to the guest
	{Name: "throughput_from_guest", Unit: "Mbit/s", Better: HigherIsBetter, Scale: Ratio},           // and from it
	{Name: "packet_rate", Unit: "packets/s", Better: HigherIsBetter, Scale: Ratio},                  // datagrams received per second
	{Name: "transactions", Unit: "transactions/s", Better: HigherIsBetter, Scale: Ratio},            // request and response pairs per second
	{Name: "loss", Unit: "%", Better: LowerIsBetter, Scale: Difference, Margin: 0.1, Primary: true}, // datagrams sent and not received
	{Name: "jitter", Unit: "ms", Better: LowerIsBetter, Scale: Ratio, Minor: true},                  // RFC 3550 interarrival jitter of the receiver
	{Name: "latency", Unit: "ms", Better: LowerIsBetter, Scale: Ratio, Primary: true},               // round-trip time, the median of a run
	{Name: "latency_p99", Unit: "ms", Better: LowerIsBetter, Scale: Ratio},                          // the 99th percentile of a run
	{Name: "latency_p999", Unit: "ms", Better: LowerIsBetter, Scale: Ratio},                         // the 99.9th
	{Name: "latency_max", Unit: "ms", Better: LowerIsBetter, Scale: Ratio, Minor: true},             // the slowest of a run
	{Name: "load_throughput", Unit: "Mbit/s", Better: HigherIsBetter, Scale: Ratio},                 // of the streams beside requests and responses
	{Name: "out_of_order", Unit: "%", Better: LowerIsBetter, Scale: Difference, Minor: true},        // datagrams behind one that was sent later
	{Name: "retransmits", Unit: "segments", Better: LowerIsBetter, Scale: Difference},               // TCP segments sent again by the sender
	{Name: "cpu_host", Unit: "%", Better: LowerIsBetter, Scale: Ratio},                              // host processor time while measuring
	{Name: "cpu_guest", Unit: "%", Better: LowerIsBetter, Scale: Ratio},                             // guest processor time while measuring

	// What the throughput costs: payload divided by the processor time that it took on one side.
	{Name: "gbit_per_core_host", Unit: "Gbit/s per core", Better: HigherIsBetter, Scale: Ratio},  // QEMU's threads, vhost's and softirq
	{Name: "gbit_per_core_guest", Unit: "Gbit/s per core", Better: HigherIsBetter, Scale: Ratio}, // all processor time of the guest

	counter("tcp_busy", ShareOfTime, "%", HigherIsBetter),              // of the run, in which the host had something to send
	counter("tcp_rwnd_limited", ShareOfTime, "%", LowerIsBetter),       // of the time with something to send, held by the receiver's window
	counter("tcp_sndbuf_limited", ShareOfTime, "%", LowerIsBetter),     // of the same, held by the host's send buffer
	counter("host_busy", ShareOfTime, "%", LowerIsBetter),              // of all processors of the host
	counter("host_softirq", ShareOfTime, "%", LowerIsBetter),           //
	counter("host_steal", ShareOfTime, "%", LowerIsBetter),             // taken by a hypervisor below the host
	counter("guest_busy", ShareOfTime, "%", LowerIsBetter),             // of all processors of the guest
	counter("guest_dpc", ShareOfTime, "%", LowerIsBetter),              // in deferred procedure calls
	counter("guest_interrupt", ShareOfTime, "%", LowerIsBetter),        // in interrupts
	counter("retransmits_per_gb", PerGB, "segments/GB", LowerIsBetter), // of the sending end, host or guest
	counter("host_softirq_per_gb", PerGB, "s/GB", LowerIsBetter),       // of the whole host
	counter("qemu_cpu_per_gb", PerGB, "s/GB", LowerIsBetter),           // all threads of the guest's machine
	counter("vcpu_cpu_per_gb", PerGB, "s/GB", LowerIsBetter),           // those that run the guest's processors
	counter("vhost_cpu_per_gb", PerGB, "s/GB", LowerIsBetter),          //
	counter("guest_cpu_per_gb", PerGB, "s/GB", LowerIsBetter),          //
	counter("kvm_exits_per_gb", PerGB, "exits/GB", LowerIsBetter),      //
	counter("softnet_dropped_per_gb", PerGB, "packets/GB", LowerIsBetter),
	counter("softnet_squeezed_per_gb", PerGB, "times/GB", LowerIsBetter),
	counter("link_drops_per_gb", PerGB, "packets/GB", LowerIsBetter),     // of all links of the path
	counter("link_packets_per_gb", PerGB, "packets/GB", LowerIsBetter),   // of its last link, in the direction of the payload
	counter("guest_packets_per_gb", PerGB, "packets/GB", LowerIsBetter),  // of the guest's adapter, in that direction
	counter("guest_discards_per_gb", PerGB, "packets/GB", LowerIsBetter), //
	counter("tcp_rtt", OnlyShown, "ms", LowerIsBetter),                   // smoothed, the mean over the streams
	counter("tcp_min_rtt", OnlyShown, "ms", LowerIsBetter),               // the least of all streams
	counter("tcp_delivery_rate", OnlyShown, "Mbit/s", HigherIsBetter),    // the sum over the streams
	counter("tcp_cwnd", OnlyShown, "segments", HigherIsBetter),           // the sum over the streams
	counter("tcp_snd_wnd", OnlyShown, "bytes", HigherIsBetter),           // the mean over the streams
	counter("guest_segment", OnlyShown, "bytes", HigherIsBetter),         // of a packet as the guest's adapter hands it over
	counter("link_segment", OnlyShown, "bytes", HigherIsBetter),          // of a packet of the path's last link
}

// counter is a counter; zero is a value of each.
func counter(name string, kind Counter, unit string, better Better) Metric {
	return Metric{Name: name, Unit: unit, Better: better, Scale: Difference, Counter: kind}
}

// KnownMetric finds a metric by name.
func KnownMetric(name string) (Metric, bool) {
	for i := range known {
		if known[i].Name == name {
			return known[i], true
		}
	}
	return Metric{}, false
}

// CounterOf is which kind of counter a metric is; "" for what is none.
func CounterOf(name string) Counter {
	m, _ := KnownMetric(name)
	return m.Counter
}

// PrimaryAmong says whether a metric is one that its workload is run for, of all metrics that the
// workload has: what is known as such or, where it has none of those, any.
func PrimaryAmong(metric string, all []string) bool {
	own, ok := KnownMetric(metric)
	if ok && own.Primary {
		return true
	}
	for _, other := range all {
		if m, ok := KnownMetric(other); ok && m.Primary {
			return false
		}
	}
	return !ok || !own.Minor && own.Counter == "" || len(all) == 1
}
