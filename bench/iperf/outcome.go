package iperf

import (
	"strings"
	"time"

	"vnettune/foreign"
	"vnettune/results/record"
)

// Retry says what may be done about a failed run. A retried run that fails again
// is a missing value.
type Retry struct {
	Times         int           // further tries; 0 means none
	Wait          time.Duration // before each of them
	RestartServer bool          // start the guest's server anew first, also before the next workload when Times is 0
}

// RetryOf is the policy for a class. Failures that a second try cannot mend, or
// that are themselves a result, have none. Where a workload goes both ways at once a way that
// was ended because of the other may leave its server in the middle of a run: it is started anew.
func RetryOf(w record.Workload, class string) Retry {
	r := retryOf(class)
	r.RestartServer = r.RestartServer || w.BothAtOnce() && r.Times > 0
	return r
}

func retryOf(class string) Retry {
	switch class {
	case record.ServerBusy:
		return Retry{Times: 3, Wait: time.Second}
	case record.ConnectionRefused:
		return Retry{Times: 3, Wait: time.Second, RestartServer: true}
	case record.PeerFailed:
		return Retry{Times: 2, Wait: 2 * time.Second}
	case record.LinkFailed:
		return Retry{Times: 1, Wait: time.Second}
	case record.UDPBlocked: // one lost datagram at the set-up looks the same
		return Retry{Times: 1, Wait: time.Second}
	case record.PeerLost:
		return Retry{Times: 1, Wait: time.Second, RestartServer: true}
	case record.HangKilled, record.ServerTerminated: // the server may wait for a client that is gone
		return Retry{RestartServer: true}
	}
	return Retry{}
}

// AsksServer says whether the server's own log may explain a run of that class: it may
// where a client reached the server, or found none.
func AsksServer(class string) bool {
	switch class {
	case record.NoRoute, record.ConnectTimeout, record.BadArguments, record.PeerFailed, record.LinkFailed, record.Interrupted, record.KilledNoOutput, record.KilledPartial:
		return false
	}
	return !record.Usable(class)
}

// LastWords is the last that a server's log says went wrong; "" when that is nothing.
func LastWords(log string) string {
	at := strings.LastIndex(log, "iperf3: ")
	if at < 0 {
		return ""
	}
	line, _, _ := strings.Cut(log[at:], "\n")
	return foreign.Words(line)
}

// Outcome is one run. Metrics is empty unless record.Usable(Class).
type Outcome struct {
	Class   string
	Reason  string // one line for people; "" when OK
	Way     string // of a workload both ways at once that failed by one of them: the direction of that; "" for all others
	Metrics []record.Metric
	record.RunDetails

	Raw    []byte // stdout, cut at 4 MiB
	Stderr []byte // cut at 64 KiB
}

// fill takes over into o what a run says: of a usable one the figures of the one
// direction that was asked for.
func (o *Outcome) fill(v verdict, w record.Workload) {
	o.Class, o.Reason = v.class, foreign.Words(v.reason)
	o.ClientVersion = foreign.Line(v.Start.Version)
	o.SenderCongestion = foreign.Line(v.End.Congestion)
	o.Notes = append(o.Notes, v.Notes...)
	if !record.Usable(o.Class) {
		return
	}
	f := v.flows[0]
	o.Bytes = int64(f.Bytes)
	o.Retransmits = f.Retransmits
	o.Clock = f.Clock()
	o.Rates = v.Rates()
	o.Refused = f.Refused
	o.Notes = append(o.Notes, f.Notes...)
	if f.Rate > 0 {
		o.Metrics = append(o.Metrics, record.Metric{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: f.Rate / 1e6})
	}
	if w.Protocol == record.UDP {
		if f.Loss != nil {
			o.Metrics = append(o.Metrics, record.Metric{Name: "loss", Unit: "%", Better: "lower", Value: *f.Loss})
		}
		if f.Jitter != nil {
			o.Metrics = append(o.Metrics, record.Metric{Name: "jitter", Unit: "ms", Better: "lower", Value: *f.Jitter})
		}
	}
}
