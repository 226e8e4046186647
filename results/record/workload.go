package record

// Protocols and directions of a Workload.
const (
	TCP       = "tcp"
	UDP       = "udp"
	ToGuest   = "to-guest"   // the host sends
	FromGuest = "from-guest" // the guest sends (iperf3 -R)
)

// Workload is one kind of measurement: one way, one transport. Which values go
// together, the campaign file says.
type Workload struct {
	Name       string // that results carry
	Protocol   string // TCP or UDP
	Direction  string // ToGuest or FromGuest
	Streams    int    // parallel streams; 0 means 1
	Seconds    int    // measured seconds, at least 1
	Omit       int    // seconds run before the measured ones and left out of every figure
	Congestion string // TCP towards the guest: the host's congestion control; "" means DefaultCongestion
	Rate       string // UDP: offered rate of each stream as iperf3 takes it (bit/s, suffix K, M or G)
	Length     int    // UDP: payload bytes of a datagram
}

// OverUDP says whether the workload is measured over UDP.
func (w Workload) OverUDP() bool { return w.Protocol == UDP }

// DefaultCongestion is the host's congestion control where a workload names
// none. It is always passed: the host's own default decides more than most
// settings under test.
const DefaultCongestion = "cubic"
