package iperf

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"vnettune/results/record"
)

// Of the two runs of a workload both ways at once.
const (
	toGuest   = iota // against the guest's first server
	fromGuest        // against its second
)

var (
	directions = [...]string{toGuest: record.ToGuest, fromGuest: record.FromGuest}
	wayWords   = [...]string{toGuest: "to the guest", fromGuest: "from the guest"}
)

// leastTogether is the part of the measured seconds that both ways have to share.
const leastTogether = 0.9

// oneWay is one of the two runs.
type oneWay struct {
	way          int
	began, ended time.Time // of the client
	Outcome
}

// bothAtOnce measures w both ways at the same time, by two clients that start together, each against a server of its
// own. The throughput is the sum of what both received; each way's is a metric beside it. A way that fails ends the
// other and fails the whole run by its own class: half of it is no number.
//
// Not --bidir, which only 3.7 and later have, and whose documents do not say of both ways what arrived.
func (r Runner) bothAtOnce(ctx context.Context, t Target, w record.Workload) Outcome {
	all, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan oneWay)
	for way, port := range [...]int{toGuest: t.Port, fromGuest: t.Second} {
		own := t
		own.Port = port
		go func() {
			began := time.Now()
			o := r.Run(all, own, w.OneWay(directions[way]))
			over <- oneWay{way, began, began.Add(time.Duration(o.ElapsedSeconds * float64(time.Second))), o}
		}()
	}
	var ends [2]oneWay
	failed := -1
	for range ends {
		end := <-over
		if ends[end.way] = end; failed < 0 && !record.Usable(end.Class) {
			failed = end.way // the other, which is stopped now, fails by that
			stop()
		}
	}
	return judged(ends, failed, w)
}

// judged is what two runs of a workload come to; failed is the way that ended the other, -1 for none.
func judged(ends [2]oneWay, failed int, w record.Workload) Outcome {
	o, seconds := together(ends), float64(w.Seconds)
	limit := (1 - leastTogether) * seconds
	switch shown, perhaps := apart(ends, float64(w.Omit)+seconds); {
	case failed >= 0:
		f := ends[failed]
		o.Class, o.Reason, o.Way = f.Class, wayWords[failed]+": "+f.Reason, f.direction()
	case shown > limit:
		o.Class = record.Implausible
		o.Reason = fmt.Sprintf("the two ways were measured at the same time for only %.2f of %g s: one began or ended %.2f s after the other", max(0, seconds-shown), seconds, shown)
	default:
		if o.sum(ends); perhaps > limit {
			o.Notes = append(o.Notes, fmt.Sprintf("the two ways ended %.2f s apart: what both took to connect and to exchange their results explains it", perhaps))
		}
	}
	return o
}

func (e oneWay) direction() string { return directions[e.way] }

// apart is by how many seconds the measured windows of two runs lie apart, each of so many seconds with those that are left
// out: as far as is shown by their starts and ends, and as far as may be. A run that connected later than the other ends later by that; but
// behind a full queue the exchange of results takes long as well, and not of both equally long. So ends count as shown apart
// by what is beyond the time that even the quicker of the two took for connection and results together.
func apart(ends [2]oneWay, seconds float64) (shown, perhaps float64) {
	began := ends[0].began.Sub(ends[1].began).Abs().Seconds()
	ended := ends[0].ended.Sub(ends[1].ended).Abs().Seconds()
	beside := min(ends[0].took(), ends[1].took()) - seconds
	return max(began, ended-max(0, beside)), max(began, ended)
}

// took is how long the client ran, in seconds.
func (e oneWay) took() float64 { return e.ended.Sub(e.began).Seconds() }

// together is what both runs told beside their figures.
func together(ends [2]oneWay) Outcome {
	to, from := ends[toGuest], ends[fromGuest]
	var o Outcome
	o.Args = slices.Concat(to.Args, []string{record.And}, from.Args)
	if o.ExitCode = to.ExitCode; o.ExitCode == 0 {
		o.ExitCode = from.ExitCode
	}
	o.ElapsedSeconds = max(to.ElapsedSeconds, from.ElapsedSeconds)
	o.Spent = added(to.Spent, from.Spent)
	o.ClientVersion = to.ClientVersion
	o.SenderCongestion = to.SenderCongestion
	for _, e := range ends {
		for _, note := range e.Notes {
			o.Notes = append(o.Notes, wayWords[e.way]+": "+note)
		}
		for _, refused := range e.Refused {
			o.Refused = append(o.Refused, record.Refusal{Metric: refused.Metric, Reason: wayWords[e.way] + ": " + refused.Reason})
		}
		if len(e.Stderr) > 0 {
			o.Stderr = append(o.Stderr, wayWords[e.way]+":\n"...)
			o.Stderr = append(o.Stderr, e.Stderr...)
		}
	}
	o.Raw = documents(ends)
	return o
}

// sum takes over the figures of two usable runs.
func (o *Outcome) sum(ends [2]oneWay) {
	to, from := ends[toGuest], ends[fromGuest]
	a, b := to.throughput(), from.throughput()
	if math.IsNaN(a) || math.IsNaN(b) {
		missing := to
		if !math.IsNaN(a) {
			missing = from
		}
		o.Class, o.Reason, o.Way = record.Implausible, wayWords[missing.way]+": the throughput is not known", missing.direction()
		return
	}
	o.Class, o.Reason = record.OK, ""
	for _, e := range ends {
		if e.Class != record.OK && o.Class == record.OK {
			o.Class, o.Reason = e.Class, wayWords[e.way]+": "+e.Reason
		}
	}
	mbit := func(name string, value float64) record.Metric {
		return record.Metric{Name: name, Unit: "Mbit/s", Better: "higher", Value: value}
	}
	o.Metrics = []record.Metric{mbit("throughput", a+b), mbit("throughput_to_guest", a), mbit("throughput_from_guest", b)}
	o.Bytes = to.Bytes + from.Bytes
	o.Retransmits = added(to.Retransmits, from.Retransmits)
	o.Clock = to.Clock
	if math.Abs(from.Clock.ApartPercent) > math.Abs(to.Clock.ApartPercent) {
		o.Clock = from.Clock
	}
	if len(to.Rates) == len(from.Rates) {
		for i := range to.Rates {
			o.Rates = append(o.Rates, to.Rates[i]+from.Rates[i])
		}
	}
}

// throughput is NaN where there is none.
func (o Outcome) throughput() float64 {
	for _, m := range o.Metrics {
		if m.Name == "throughput" {
			return m.Value
		}
	}
	return math.NaN()
}

// added is the sum of what both know.
func added[T int64 | float64](a, b *T) *T {
	if a == nil || b == nil {
		return nil
	}
	return new(*a + *b)
}

// documents are what both clients printed as one JSON object, each by its direction: as it came where it is JSON, and
// else as a text.
func documents(ends [2]oneWay) []byte {
	var b bytes.Buffer
	for i, e := range ends {
		b.WriteByte("{,"[i])
		fmt.Fprintf(&b, "%q:", e.direction())
		raw := e.Raw
		if !json.Valid(raw) {
			raw, _ = json.Marshal(string(raw)) // a string always has a form
		}
		b.Write(raw)
	}
	b.WriteString("}\n")
	return b.Bytes()
}
