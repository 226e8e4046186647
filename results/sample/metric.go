package sample

// Better is the direction in which a metric improves.
type Better string

// The two directions; the empty Better is "not said".
const (
	HigherIsBetter Better = "higher"
	LowerIsBetter  Better = "lower"
)

// Metric is what vnettune knows about a metric by its name.
type Metric struct {
	Name string
	// Unit is the one that vnettune itself writes; files may use another.
	Unit   string
	Better Better
}

// known is read-only: the metrics that need no `better` column.
var known = [...]Metric{
	{"throughput", "Mbit/s", HigherIsBetter},           // payload received per second
	{"packet_rate", "packets/s", HigherIsBetter},       // datagrams received per second
	{"transactions", "transactions/s", HigherIsBetter}, // request and response pairs per second
	{"loss", "%", LowerIsBetter},                       // datagrams sent and not received
	{"jitter", "ms", LowerIsBetter},                    // RFC 3550 interarrival jitter of the receiver
	{"latency", "ms", LowerIsBetter},                   // round-trip time
	{"retransmits", "segments", LowerIsBetter},         // TCP segments sent again by the sender
	{"cpu_host", "%", LowerIsBetter},                   // host processor time while measuring
	{"cpu_guest", "%", LowerIsBetter},                  // guest processor time while measuring
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
