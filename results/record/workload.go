package record

// Protocols and directions of a Workload.
const (
	TCP       = "tcp"
	UDP       = "udp"
	ToGuest   = "to-guest"   // the host sends
	FromGuest = "from-guest" // the guest sends (iperf3 -R)
	Latency   = "latency"    // a protocol: requests of the host and the guest's responses, over one TCP connection
)

// Tools that measure.
const (
	ToolIPerf = ""      // iperf3
	ToolMeter = "meter" // this project's own
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
	Length     int    // payload bytes of a datagram; of TCP those that a program hands over at once, 0 for iperf3's own

	Ladder Ladder `json:",omitzero"` // UDP of iperf3, instead of Rate

	Tool      string `json:",omitempty"` // ToolIPerf or ToolMeter
	Request   int    `json:",omitempty"` // Latency: bytes of a request
	Response  int    `json:",omitempty"` // and of its response
	PerSecond int    `json:",omitempty"` // Latency: requests a second, open loop; 0 is the closed loop
	Load      string `json:",omitempty"` // Latency: which way TCP streams run meanwhile, as a Direction; "" for none
	Offload   bool   `json:",omitempty"` // UDP of ToolMeter: with USO and URO
}

// ByMeter says whether the workload is measured by this project's own tool.
func (w Workload) ByMeter() bool { return w.Tool == ToolMeter }

// OverUDP says whether iperf3 measures the workload over UDP.
func (w Workload) OverUDP() bool { return w.Protocol == UDP && !w.ByMeter() }

// DefaultCongestion is the host's congestion control where a workload names
// none. It is always passed: the host's own default decides more than most
// settings under test.
const DefaultCongestion = "cubic"
