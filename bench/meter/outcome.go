package meter

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"vnettune/results/record"
)

// Outcome is one run. Metrics is empty unless record.Usable(Class).
type Outcome struct {
	Class   string
	Reason  string // one line for people; "" when OK
	Metrics []record.Metric
	record.RunDetails

	Raw []byte // the document
}

// beyond is how many requests have to be slower than a percentile before that is stated: of 200
// requests the 99th percentile is the second slowest, which is chance.
const beyond = 10

// Outcome judges a document. elapsed is how long the run took.
func (d Document) Outcome(elapsed time.Duration) Outcome {
	o := Outcome{Class: record.OK}
	o.Args, o.ElapsedSeconds = d.args(), elapsed.Seconds()
	if d.Server.Version != "" {
		o.ClientVersion = "meter " + d.Client.Version + ", guest's " + d.Server.Version + " (" + d.Server.OS + "/" + d.Server.Arch + ")"
	}
	raw, err := json.Marshal(d)
	if err != nil { // a number that is none cannot be in it: what makes them has been judged
		d.Failed = &Failure{record.Implausible, err.Error()}
	}
	o.Raw = raw
	if d.Failed != nil {
		o.Class, o.Reason, o.ExitCode = d.Failed.Class, d.Failed.Reason, 1
		return o
	}
	streams, sent, received := d.Guest.Streams, d.Host.Sent, d.Guest.Received
	if d.Params.fromServer() {
		streams, sent, received = d.Host.Streams, d.Guest.Sent, d.Host.Received
	}
	switch d.Params.Kind {
	case KindRR:
		o.latency(*d.Host.RR)
		if streams != nil {
			o.add("load_throughput", "Mbit/s", "higher", streams.Mbit())
		}
	case KindTCP:
		o.Bytes, o.Rates = streams.Bytes, streams.Rates
		o.add("throughput", "Mbit/s", "higher", streams.Mbit())
		o.Clock = d.clock(*streams)
	case KindUDP:
		o.datagrams(d.Params, *sent, *received)
	}
	return o
}

func (o *Outcome) add(name, unit, better string, value float64) {
	o.Metrics = append(o.Metrics, record.Metric{Name: name, Unit: unit, Better: better, Value: value})
}

func (o *Outcome) latency(rr RR) {
	ms := func(ns int64) float64 { return float64(ns) / 1e6 }
	for _, q := range []struct {
		name string
		part float64
		ns   int64
	}{{"latency", 0.5, rr.P50}, {"latency_p99", 0.99, rr.P99}, {"latency_p999", 0.999, rr.P999}} {
		if slower := math.Floor(float64(rr.Count)*(1-q.part) + 1e-9); slower < beyond {
			o.Refused = append(o.Refused, record.Refusal{Metric: q.name,
				Reason: fmt.Sprintf("of %d requests %.0f are slower than it, and %d have to be: measure for longer", rr.Count, slower, beyond)})
			continue
		}
		o.add(q.name, "ms", "lower", ms(q.ns))
	}
	o.add("latency_max", "ms", "lower", ms(rr.Max))
	if rr.Loop == LoopClosed {
		o.add("transactions", "transactions/s", "higher", float64(rr.Count)/rr.Seconds)
	}
	o.Notes = append(o.Notes, rr.CoordinatedOmission)
	if rr.Loop == LoopOpen && 2*rr.LateP50 > rr.P50 {
		o.Notes = append(o.Notes, "this host sends half of the requests so late that it makes up for more than half of their latency: ask for fewer a second")
	}
}

func (o *Outcome) datagrams(p Params, sent Datagrams, received Received) {
	// A queue that drains when all was sent has to be in the receiver's time.
	took := max(sent.Seconds, received.Span)
	o.Bytes = received.Bytes
	o.add("throughput", "Mbit/s", "higher", float64(received.Bytes)*8/took/1e6)
	o.add("loss", "%", "lower", float64(sent.Count-received.Count)/float64(sent.Count)*100)
	o.add("out_of_order", "%", "lower", float64(received.OutOfOrder)/float64(received.Count)*100)
	if p.Rate > 0 {
		asked, offered := p.Rate*float64(p.Streams), float64(sent.Count*int64(p.Length))*8/sent.Seconds
		if offered < 0.98*asked {
			o.Notes = append(o.Notes, fmt.Sprintf("the sender offered %.1f Mbit/s of the %.1f that were asked for", offered/1e6, asked/1e6))
		}
	}
	if sent.Errors > 0 {
		o.Notes = append(o.Notes, fmt.Sprintf("the sender's own stack turned %d datagrams or batches away; they count as lost", sent.Errors))
	}
	if received.Duplicates > 0 {
		o.Notes = append(o.Notes, fmt.Sprintf("%d datagrams came twice, or too late to be told from such", received.Duplicates))
	}
}

// clock compares both ends' clocks over a window that the guest counted; the other way about the
// host's is the only one.
func (d Document) clock(s Streams) record.Clock {
	if d.HostSeconds <= 0 || d.GuestSeconds <= 0 {
		return record.Clock{HostSeconds: s.Seconds, HostMbit: s.Mbit()}
	}
	c := record.Clock{Compared: true, HostSeconds: d.HostSeconds, GuestSeconds: d.GuestSeconds, HostMbit: float64(s.Bytes) * 8 / d.HostSeconds / 1e6}
	c.ApartPercent = (d.GuestSeconds/d.HostSeconds - 1) * 100
	c.Suspect = math.Abs(c.ApartPercent) > record.ClockTolerancePercent
	return c
}

// args are the parameters in words, as a run of iperf3 has its arguments.
func (d Document) args() []string {
	b, _ := json.Marshal(d.Params) // numbers in bounds and words
	return []string{"meter", strings.TrimSpace(string(b))}
}

// Retry says what may be done about a failed run.
type Retry struct {
	Times         int
	Wait          time.Duration
	RestartServer bool // start the guest's meter anew first
}

// RetryOf is the policy for a class.
func RetryOf(class string) Retry {
	switch class {
	case record.ServerBusy:
		return Retry{Times: 3, Wait: time.Second}
	case record.ConnectionRefused, record.PeerLost, record.ServerTerminated:
		return Retry{Times: 1, Wait: time.Second, RestartServer: true}
	case record.UDPBlocked: // a few lost datagrams look the same
		return Retry{Times: 1, Wait: time.Second}
	case record.HangKilled, record.UnsupportedByServer: // a server that hangs, or another run's
		return Retry{RestartServer: true}
	}
	return Retry{}
}
