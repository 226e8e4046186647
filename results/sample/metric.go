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
}

// known is read-only: the metrics that need no `better` column.
var known = [...]Metric{
	{Name: "throughput", Unit: "Mbit/s", Better: HigherIsBetter, Scale: Ratio, Primary: true},       // payload received per second
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
	return !ok || !own.Minor || len(all) == 1
}
