package record

import (
	"math"
	"slices"
	"strconv"
)

// Protocols and directions of a Workload.
const (
	TCP       = "tcp"
	UDP       = "udp"
	ToGuest   = "to-guest"   // the host sends
	FromGuest = "from-guest" // the guest sends (iperf3 -R)
	AtOnce    = "at-once"    // both send at the same time: two runs of iperf3, one each way, each with a server of its own
	Latency   = "latency"    // a protocol: requests of the host and the guest's responses, over one TCP connection
)

// Tools that measure.
const (
	ToolIPerf  = ""       // iperf3
	ToolIPerf2 = "iperf2" // for guests on which no iperf3 runs
	ToolMeter  = "meter"  // this project's own
)

// Workload is one kind of measurement: one way or both at once, one transport. Which values go
// together, the campaign file says.
type Workload struct {
	Name       string // that results carry
	Protocol   string // TCP or UDP
	Direction  string // ToGuest, FromGuest or, of TCP by iperf3, AtOnce
	Streams    int    // parallel streams, of AtOnce each way; 0 means 1
	Seconds    int    // measured seconds, at least 1
	Omit       int    // seconds run before the measured ones and left out of every figure
	Congestion string // TCP towards the guest: the host's congestion control; "" means DefaultCongestion
	Rate       string // UDP: offered rate of each stream as iperf3 takes it (bit/s, suffix K, M or G); TCP: the pace of each stream, "" for none
	Length     int    // payload bytes of a datagram; of TCP those that a program hands over at once, 0 for iperf3's own

	Ladder Ladder `json:",omitzero"` // UDP of iperf3, instead of Rate

	Link Conditions `json:",omitzero"` // that the link to the guest has meanwhile

	Tool      string `json:",omitempty"` // ToolIPerf, ToolIPerf2 or ToolMeter
	Request   int    `json:",omitempty"` // Latency: bytes of a request
	Response  int    `json:",omitempty"` // and of its response
	PerSecond int    `json:",omitempty"` // Latency: requests a second, open loop; 0 is the closed loop
	Load      string `json:",omitempty"` // Latency: which way TCP streams run meanwhile, as a Direction; "" for none
	Offload   bool   `json:",omitempty"` // UDP of ToolMeter: with USO and URO
}

// ByMeter says whether the workload is measured by this project's own tool.
func (w Workload) ByMeter() bool { return w.Tool == ToolMeter }

// ByIPerf2 says whether the workload is measured by iperf2.
func (w Workload) ByIPerf2() bool { return w.Tool == ToolIPerf2 }

// ByIPerf3 says whether the workload is measured by iperf3.
func (w Workload) ByIPerf3() bool { return w.Tool == ToolIPerf }

// NeedIPerf3 says whether workloads need iperf3 on both ends: all do but those of iperf2. The meter's do, too: iperf3
// stays the judge.
func NeedIPerf3(all []Workload) bool {
	return slices.ContainsFunc(all, func(w Workload) bool { return !w.ByIPerf2() })
}

// OverUDP says whether iperf3 measures the workload over UDP.
func (w Workload) OverUDP() bool { return w.Protocol == UDP && w.ByIPerf3() }

// BothAtOnce says whether the workload is two runs at the same time, one each way.
func (w Workload) BothAtOnce() bool { return w.Direction == AtOnce }

// OneWay is the workload in one of its directions.
func (w Workload) OneWay(direction string) Workload {
	w.Direction = direction
	return w
}

// DefaultCongestion is the host's congestion control where a workload names
// none. It is always passed: the host's own default decides more than most
// settings under test.
const DefaultCongestion = "cubic"

// CanBePaced says whether a pace slows the workload by a known amount. UDP is sent at a rate of its own already, of
// which more or less arrives; small messages would be paced by other writes than they are measured with; of both ways
// at once each would need a pace of its own, which the other way moves; and the meter and iperf2 have no pace.
func (w Workload) CanBePaced() bool {
	return w.Protocol == TCP && w.ByIPerf3() && w.Length == 0 && !w.BothAtOnce()
}

const (
	// plainWrite is what iperf3 writes at once over TCP, in bytes.
	plainWrite = 128 << 10
	// leastWrite is less than what a segment carries.
	leastWrite = 1 << 10
	// writesOfRun is into how many writes a paced stream's bytes are divided at least: iperf3 paces by whole writes.
	writesOfRun = 1000
)

// PacedTo is the workload with all of its streams together paced to so many Mbit/s. iperf3 holds back a stream as
// long as its bytes over its seconds from the start are more than the pace, in the seconds too that would be left
// out, and makes up afterwards for what it lost in them. So none are left out: what it paces is what is measured.
func (w Workload) PacedTo(mbit float64) Workload {
	w.Seconds, w.Omit = w.Seconds+w.Omit, 0
	stream := mbit * 1e6 / float64(max(1, w.Streams))
	w.Rate = strconv.FormatFloat(math.Round(stream), 'f', 0, 64)
	w.Length = 0
	for size := plainWrite; float64(size) > max(leastWrite, stream/8*float64(w.Seconds)/writesOfRun); size /= 2 {
		w.Length = size / 2
	}
	return w
}
