package record

// Metric is one figure of a run.
type Metric struct {
	Name   string // such as throughput, loss or jitter
	Unit   string // such as Mbit/s, % or ms
	Better string // higher or lower
	Value  float64
}

// RunDetails is what a run tells beside its figures, as the store keeps it.
type RunDetails struct {
	Args             []string  `json:"args"`                        // as given to iperf3; of both ways at once those to the guest, And and those from it
	ExitCode         int       `json:"exit_code"`                   // -1 when a signal ended it or it was not started
	ElapsedSeconds   float64   `json:"elapsed_seconds"`             // of the process, by the host's monotonic clock
	Spent            *float64  `json:"cpu_seconds,omitempty"`       // processor time of the client, as the kernel accounts it; nil: not started, or by an earlier version
	Bytes            int64     `json:"bytes,omitempty"`             // received in the measured seconds
	Retransmits      *int64    `json:"retransmits,omitempty"`       // nil: the sender does not report them
	SenderCongestion string    `json:"sender_congestion,omitempty"` // congestion control of the sending end, of both ways at once this host's; "" when not reported
	ClientVersion    string    `json:"client_version,omitempty"`    // as in the document, such as "iperf 3.12"
	Clock            Clock     `json:"clock"`
	Rates            []float64 `json:"rates_mbit,omitempty"` // of each measured second, as the client saw it
	Refused          []Refusal `json:"refused,omitempty"`    // figures that were not taken over
	Notes            []string  `json:"notes,omitempty"`
	Counters         *Counters `json:"counters,omitempty"` // nil: nothing was counted beside it
	Pace             *Pace     `json:"pace,omitempty"`     // of a run of the positive control's boots; nil of all others
}

// And stands between the arguments of two runs that go together.
const And = "&"

// Pace says how a run of a boot of the positive control was paced. Where To is 0 it was not: it is the run by which
// those behind it are.
type Pace struct {
	Percent float64 `json:"percent"`           // by which the control is slowed
	Unpaced float64 `json:"unpaced_mbit"`      // of the unpaced run of this boot, Mbit/s
	To      float64 `json:"to_mbit,omitempty"` // that all streams together are paced to, Mbit/s
}

// Refusal is one figure of a run that cannot be right, while others of the run are.
type Refusal struct {
	Metric string `json:"metric"`
	Reason string `json:"reason"`
}

// ClockTolerancePercent is how far the two ends' clocks may be apart unflagged.
const ClockTolerancePercent = 2.0

// Clock compares the two ends' clocks over one measurement. iperf3 divides by
// the receiver's seconds; when the guest receives and its clock runs wrong, the
// rate is as wrong as the clock. A full queue that takes a while to drain at the
// end of a short run shows here, too. Its members have no names of their own in JSON.
type Clock struct {
	Compared     bool    // false when only one end's seconds are known
	HostSeconds  float64 // length of the measurement by the host's clock; 0 when unknown
	GuestSeconds float64 // the same by the guest's clock; 0 when unknown
	HostMbit     float64 // bytes received over HostSeconds, Mbit/s; 0 when unknown
	ApartPercent float64 // how much longer the guest's seconds are than the host's
	Suspect      bool    // further apart than ClockTolerancePercent
}
