package iperf

import "time"

// Classes of an Outcome. A run has exactly one.
const (
	OK            = "ok"
	OKAfterRepair = "ok_after_repair" // usable after mending what is not JSON
	OKPartial     = "ok_partial"      // written by the server's side, whose view of the other end is 0: never ranked
	Implausible   = "implausible"     // a whole document whose figures cannot be right

	ConnectionRefused    = "connection_refused"
	ConnectTimeout       = "connect_timeout"
	NoRoute              = "no_route"
	DataConnectionFailed = "data_connection_failed" // control connection open, streams refused
	ServerBusy           = "server_busy"
	ServerTerminated     = "server_terminated"
	PeerLost             = "peer_lost"
	Interrupted          = "interrupted" // the client was told to stop
	UnsupportedByServer  = "unsupported_by_server"
	UDPBlocked           = "udp_blocked"
	BadArguments         = "bad_arguments"
	HangKilled           = "hang_killed"      // the deadline passed and the runner killed the client
	KilledNoOutput       = "killed_no_output" // killed from outside, nothing written
	KilledPartial        = "killed_partial"   // killed from outside, some events written
	Truncated            = "truncated"        // the document is cut
	Failed               = "failed"           // anything else; Reason has iperf3's words
)

// Usable reports whether runs of the class carry figures that may be ranked.
func Usable(class string) bool { return class == OK || class == OKAfterRepair }

// Retry says what may be done about a failed run. A retried run that fails again
// is a missing value.
type Retry struct {
	Times         int           // further tries; 0 means none
	Wait          time.Duration // before each of them
	RestartServer bool          // start the guest's server anew first, also before the next workload when Times is 0
}

// RetryOf is the policy for a class. Failures that a second try cannot mend, or
// that are themselves a result, have none.
func RetryOf(class string) Retry {
	switch class {
	case ServerBusy:
		return Retry{Times: 3, Wait: time.Second}
	case ConnectionRefused:
		return Retry{Times: 3, Wait: time.Second, RestartServer: true}
	case UDPBlocked: // one lost datagram at the set-up looks the same
		return Retry{Times: 1, Wait: time.Second}
	case PeerLost:
		return Retry{Times: 1, Wait: time.Second, RestartServer: true}
	case HangKilled, ServerTerminated: // the server may wait for a client that is gone
		return Retry{RestartServer: true}
	}
	return Retry{}
}

// Metric is one figure of a run.
type Metric struct {
	Name   string // throughput, loss or jitter
	Unit   string // Mbit/s, % or ms
	Better string // higher or lower
	Value  float64
}

// Clock compares the two ends' clocks over one measurement. iperf3 divides by
// the receiver's seconds; when the guest receives and its clock runs wrong, the
// rate is as wrong as the clock. A full queue that takes a while to drain at the
// end of a short run shows here, too.
type Clock struct {
	Compared     bool    // false when only one end's seconds are known
	HostSeconds  float64 // length of the measurement by the host's clock; 0 when unknown
	GuestSeconds float64 // the same by the guest's clock; 0 when unknown
	HostMbit     float64 // bytes received over HostSeconds, Mbit/s; 0 when unknown
	ApartPercent float64 // how much longer the guest's seconds are than the host's
	Suspect      bool    // more than ClockTolerancePercent apart
}

// ClockTolerancePercent is how far the two clocks may be apart unflagged.
const ClockTolerancePercent = 2.0

// Outcome is one run. Metrics is empty unless Usable(Class).
type Outcome struct {
	Class            string
	Reason           string // one line for people; "" when OK
	Metrics          []Metric
	Clock            Clock
	Bytes            int64     // received in the measured seconds
	Rates            []float64 // Mbit/s of each measured interval, as the client saw it; nil when unknown
	Retransmits      *int64    // by the sender; nil when it does not report them (Windows)
	SenderCongestion string    // congestion control of the sending end; "" when not reported
	ClientVersion    string    // as in the document, such as "iperf 3.12"
	Notes            []string

	Args     []string      // as given to iperf3
	Elapsed  time.Duration // of the process, by the host's monotonic clock
	ExitCode int           // -1 when a signal ended it or it was not started
	Raw      []byte        // stdout, cut at 4 MiB
	Stderr   []byte        // cut at 64 KiB
}
