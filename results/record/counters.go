package record

// Counters is what was counted while a run lasted, beside its figures. What could not be read is nil
// and never 0; Absent says why.
type Counters struct {
	Seconds float64        `json:"seconds"`           // of the window around the run, by the host's monotonic clock
	Sockets []TCPSocket    `json:"sockets,omitempty"` // of this host to the guest's server, without iperf3's control connection
	CPU     *HostCPU       `json:"cpu,omitempty"`
	Softnet *Softnet       `json:"softnet,omitempty"`
	QEMU    *QEMUCPU       `json:"qemu,omitempty"`
	Exits   *float64       `json:"kvm_exits,omitempty"` // of all processors of the guest
	Links   []LinkCounters `json:"links,omitempty"`     // of the path to the guest, the host's first
	Guest   *GuestCPU      `json:"guest,omitempty"`
	Adapter *GuestAdapter  `json:"adapter,omitempty"` // of the guest, under test
	Absent  []Absence      `json:"absent,omitempty"`
}

// Absence is a part of the counters that could not be read.
type Absence struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

// Parts of the counters that the guest gives, by the names that stand under Absent.
const (
	PartGuestCPU = "processor time of the guest"
	PartAdapter  = "packets of the guest's adapter"
)

// TCPSocket is the last of a socket's samples, as the kernel counts since the connection began
// (include/uapi/linux/tcp.h, struct tcp_info). What an older kernel does not tell is nil.
type TCPSocket struct {
	Port          int      `json:"port"`           // local
	BytesAcked    *float64 `json:"bytes_acked"`    // sent and acknowledged
	BytesReceived *float64 `json:"bytes_received"` //
	Retransmits   *float64 `json:"retransmits"`    // segments
	Busy          *float64 `json:"busy"`           // seconds in which it had something to send
	RwndLimited   *float64 `json:"rwnd_limited"`   // of these, held by the receiver's window
	SndbufLimited *float64 `json:"sndbuf_limited"` // of these, held by its own send buffer
	RTT           *float64 `json:"rtt"`            // ms, smoothed
	MinRTT        *float64 `json:"min_rtt"`        // ms
	Delivery      *float64 `json:"delivery"`       // Mbit/s, of the last flight
	Cwnd          *float64 `json:"cwnd"`           // segments
	SndWnd        *float64 `json:"snd_wnd"`        // bytes, as the receiver advertised last
}

// HostCPU is the processor time of the whole host, in seconds over all processors (proc_stat(5)).
type HostCPU struct {
	Processors int     `json:"processors"`
	Busy       float64 `json:"busy"` // all but idle, waiting for disks and steal
	Softirq    float64 `json:"softirq"`
	Steal      float64 `json:"steal"`
}

// Softnet is what the kernel's packet queues count (net/core/net-procfs.c, softnet_seq_show).
type Softnet struct {
	Processed float64 `json:"processed"` // packets
	Dropped   float64 `json:"dropped"`   // packets that found their queue full
	Squeezed  float64 `json:"squeezed"`  // times that a round ended with packets left
}

// QEMUCPU is the processor time of the guest's machine on this host, in seconds.
type QEMUCPU struct {
	Total float64 `json:"total"` // of all threads, those of vhost among them
	// VCPU, IOThread and Main are those of QEMU's threads by their names; nil where QEMU does not name
	// them (-name debug-threads=on does).
	VCPU     *float64 `json:"vcpu"`
	IOThread *float64 `json:"iothread"`
	Main     *float64 `json:"main"`
	Vhost    *float64 `json:"vhost"` // nil where its threads cannot be seen
}

// LinkCounters is what one link of the path counted. Sent and received are as this host sees the link:
// a tap receives what the guest sends.
type LinkCounters struct {
	Name            string  `json:"name"`
	BytesReceived   float64 `json:"bytes_received"`
	PacketsReceived float64 `json:"packets_received"`
	DropsReceived   float64 `json:"drops_received"`
	BytesSent       float64 `json:"bytes_sent"`
	PacketsSent     float64 `json:"packets_sent"`
	DropsSent       float64 `json:"drops_sent"`
}

// GuestCPU is the processor time of the guest, in seconds over all its processors, by its own clock.
type GuestCPU struct {
	Seconds    float64  `json:"seconds"` // of its window, which is a little longer than the host's
	Processors int      `json:"processors"`
	Busy       float64  `json:"busy"`
	DPC        *float64 `json:"dpc"`
	Interrupt  *float64 `json:"interrupt"`
}

// GuestAdapter is what the guest's adapter under test counted.
type GuestAdapter struct {
	BytesReceived   float64 `json:"bytes_received"`
	PacketsReceived float64 `json:"packets_received"`
	BytesSent       float64 `json:"bytes_sent"`
	PacketsSent     float64 `json:"packets_sent"`
	Discarded       float64 `json:"discarded"` // packets, in both directions, those with errors among them
}

// GuestReading is what the guest counts at one moment, since its start. What it did not give is nil, and Absent
// says why.
type GuestReading struct {
	Processors []ProcessorTotals `json:"processors"`
	Adapter    *GuestAdapter     `json:"adapter"`
	Absent     []Absence         `json:"absent,omitempty"`
}

// ProcessorTotals are running totals of one processor of the guest, in units of 100 ns.
type ProcessorTotals struct {
	Name      string  `json:"name"`
	At        uint64  `json:"at"` // the guest's clock
	Idle      uint64  `json:"idle"`
	DPC       *uint64 `json:"dpc"`
	Interrupt *uint64 `json:"interrupt"`
}
