package iperf2

import (
	"fmt"
	"math"
	"strings"

	"vnettune/foreign"
	"vnettune/results/record"
)

// The plausibility gate: how far a run may be from what was asked.
const (
	secondsShare = 0.05 // of the asked seconds ...
	secondsSlack = 0.15 // ... or this many, whichever is more, and one round trip

	// Over TCP the seconds end when the server has taken all (Version.AwaitsServer): as much as
	// a stream may have in buffers takes its time at the end. Linux lets a send buffer grow to
	// 4 MiB by default, Windows a receive window to 16 MiB.
	drainBytes = 16 << 20
	// Its client waits two seconds for that, and then takes the end of its patience for the end of
	// the run without a word: a server that froze, or never read, has seconds of that length.
	patience = 1.9

	// The last datagram only says that it is the last, and again until the server answers: the two
	// ends' counts differ by it, and by those repetitions.
	fewerCounted = 2
	moreCounted  = 10
)

// figures are what a run measured.
type figures struct {
	bytes   float64 // received
	seconds float64
	rate    float64 // bit/s
	loss    *float64
	jitter  *float64
	refused []record.Refusal
	notes   []string
}

// asked is what the client was to do.
type asked struct {
	workload record.Workload
	client   Version
	target   Target
	elapsed  float64 // seconds of the client's process
}

// slack is how many seconds a run may be longer or shorter than it was asked to be.
func (a asked) slack() float64 {
	return max(secondsShare*float64(a.workload.Seconds), secondsSlack) + a.target.RTT.Seconds()
}

// judge holds what a client printed to what it was asked: its figures, or the class and the reason
// why none can be taken.
func judge(text string, a asked) (f figures, class, reason string) {
	o := read(text)
	switch {
	case strings.TrimSpace(text) == "":
		return f, record.Failed, "iperf wrote nothing"
	case o.unread != "" && !strings.HasSuffix(text, "\n"):
		return f, record.Truncated, "the output ends within a line: " + foreign.Words(o.unread)
	case o.unread != "":
		return f, record.Failed, "the output has a line in no form that is known: " + foreign.Words(o.unread)
	case o.udp != (a.workload.Protocol == record.UDP):
		return f, record.Implausible, "the output is of another run: another protocol"
	}
	told := 0
	for _, s := range o.streams {
		if len(s.figures) > 0 {
			told++
		}
		if len(s.figures) > 1 {
			return f, record.Implausible, fmt.Sprintf("stream %s has %d figures of its own", s.id, len(s.figures))
		}
	}
	switch n := streams(a.workload); {
	case told == 0:
		return f, record.Truncated, "the output has no figures"
	case told < n:
		return f, record.Truncated, fmt.Sprintf("%d streams have figures, asked %d", told, n)
	case told > n || len(o.streams) > n:
		return f, record.Implausible, fmt.Sprintf("%d streams are in the output, asked %d", len(o.streams), n)
	}
	if a.workload.Protocol == record.UDP {
		f, class, reason = o.received(a)
	} else if f, reason = o.carried(a); reason == "" {
		class = record.OK
	} else {
		class = record.Implausible
	}
	if o.unknown != "" {
		f.notes = append(f.notes, "iperf wrote a line in no form that is known: "+foreign.Words(o.unknown))
	}
	return f, class, reason
}

// carried are the figures of a run over TCP: what all streams carried, in the seconds of the longest.
// The sum that iperf2 prints is over other seconds than any of its streams has; its bytes must agree.
func (o output) carried(a asked) (f figures, wrong string) {
	want := float64(a.workload.Seconds)
	for _, s := range o.streams {
		one := s.figures[0]
		if wrong := one.wrong(); wrong != "" {
			return f, wrong
		}
		f.bytes += one.bytes
		f.seconds = max(f.seconds, one.seconds())
		if one.seconds() < want-a.slack() {
			return f, fmt.Sprintf("a stream lasted %.4g s, asked %g s", one.seconds(), want)
		}
	}
	switch {
	case len(o.streams) > 1 && len(o.sum) != 1:
		return f, fmt.Sprintf("the streams have %d sums", len(o.sum))
	case len(o.streams) > 1 && o.sum[0].bytes != f.bytes:
		return f, fmt.Sprintf("the sum of the streams is %.0f bytes, and the output says %.0f", f.bytes, o.sum[0].bytes)
	case len(o.streams) == 1 && len(o.sum) > 0:
		return f, "one stream has a sum"
	case f.bytes >= math.MaxInt64:
		return f, fmt.Sprintf("%.4g bytes are more than can be counted", f.bytes)
	}
	f.rate = 8 * f.bytes / f.seconds
	over, drain := f.seconds-want-a.slack(), drainBytes*float64(len(o.streams))*8/f.rate
	switch {
	case over > 0 && f.seconds-want >= patience:
		return f, fmt.Sprintf("the guest had not taken all of it %.2g s after the end, which is as long as the client waits: what arrived is not known", f.seconds-want)
	case over > drain:
		return f, fmt.Sprintf("the run lasted %.4g s, asked %g s", f.seconds, want)
	case a.elapsed > 0 && f.seconds > a.elapsed+secondsSlack:
		return f, fmt.Sprintf("the run lasted %.4g s, and the client's process %.4g s", f.seconds, a.elapsed)
	}
	return f, ""
}

// received are the figures of a run over UDP: those of the server's report, which must agree with what
// this end sent. Of two versions that do not understand each other it holds nonsense, or is not there.
func (o output) received(a asked) (f figures, class, reason string) {
	own := o.streams[0]
	r := own.server
	kin := "take the same version on both ends"
	if a.client.Known() && a.target.Server.Known() {
		kin = fmt.Sprintf("%s here and %s on the guest: %s", a.client.Number, a.target.Server.Number, kin)
	}
	switch {
	case own.sent < 0:
		return f, record.Truncated, "the output does not say how many datagrams were sent"
	case r == nil && o.reported:
		return f, record.Truncated, "the server's report is announced and is not there"
	case r == nil:
		return f, record.UnsupportedByServer, "there is no report of the server, so that what arrived is not known (" + kin + ")"
	case o.twice:
		return f, record.Implausible, "there are two reports of the server"
	}
	if wrong := own.wrongly(r, a); wrong != "" {
		return f, record.Implausible, wrong + " (" + kin + ")"
	}
	f = figures{bytes: r.bytes, seconds: r.seconds(), rate: r.rate, loss: new(100 * float64(r.lost) / float64(r.total))}
	if r.jitter < 1000*f.seconds {
		f.jitter = &r.jitter
	} else {
		f.refused = append(f.refused, record.Refusal{Metric: "jitter", Reason: fmt.Sprintf("a jitter of %g ms in a run of %.3g s", r.jitter, f.seconds)})
	}
	if offered := record.BitRate(a.workload.Rate); own.figures[0].rate < offered*(1-secondsShare) {
		f.notes = append(f.notes, fmt.Sprintf("sent at %.4g Mbit/s, asked %.4g", own.figures[0].rate/1e6, offered/1e6))
	}
	return f, record.OK, ""
}

// wrongly says what cannot be right of a run over UDP; "" for nothing.
func (s *stream) wrongly(r *serverReport, a asked) string {
	want, size, mine := float64(a.workload.Seconds), float64(a.workload.Length), s.figures[0]
	apart := func(f figure, count int64, few int64) bool {
		return math.Abs(f.bytes/size-float64(count)) > float64(few)
	}
	for _, f := range []struct {
		of string
		figure
	}{{"this end: ", mine}, {"the server's report: ", r.figure}} {
		if wrong := f.wrong(); wrong != "" {
			return f.of + wrong
		}
		if length := f.seconds(); math.Abs(length-want) > a.slack() {
			return fmt.Sprintf("%s%.4g s, asked %g s", f.of, length, want)
		}
	}
	switch {
	case apart(mine, s.sent, fewerCounted):
		return fmt.Sprintf("%.0f bytes in %d datagrams of %.0f were sent", mine.bytes, s.sent, size)
	case r.total < s.sent-fewerCounted || r.total > s.sent+moreCounted:
		return fmt.Sprintf("the server's report counts %d datagrams, sent were %d", r.total, s.sent)
	case r.lost > r.total || r.total == 0:
		return fmt.Sprintf("the server's report has %d of %d datagrams lost", r.lost, r.total)
	case r.outOfOrder > r.total:
		return fmt.Sprintf("the server's report has %d of %d datagrams out of order", r.outOfOrder, r.total)
	case apart(r.figure, r.total-r.lost, fewerCounted+r.outOfOrder):
		return fmt.Sprintf("the server's report has %.0f bytes of %d datagrams of %.0f", r.bytes, r.total-r.lost, size)
	}
	return ""
}
