package iperf2

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vnettune/bench/leash"
	"vnettune/foreign"
	"vnettune/results/record"
	"vnettune/trouble"
)

// DefaultGrace is the time beyond the seconds of a run where a Runner names none. Over UDP the client
// asks for the server's report for two and a half seconds (docs/facts/iperf2.md).
const DefaultGrace = 10 * time.Second

// Runner runs the iperf2 client of this host.
type Runner struct {
	Path    string  // file, or name to be found on PATH; "" means iperf
	Version Version // of the client, from Probe

	Grace     time.Duration // time beyond the seconds of a run before it is killed; 0 means DefaultGrace
	KillAfter time.Duration // from SIGTERM to SIGKILL; 0 means leash.DefaultKillAfter
}

// Outcome is one run. Metrics is empty unless record.Usable(Class).
type Outcome struct {
	Class   string
	Reason  string // one line for people; "" when OK
	Metrics []record.Metric
	record.RunDetails

	Raw    []byte // stdout, cut at 4 MiB
	Stderr []byte // cut at 64 KiB
}

// Suits says whether the runner's version can measure a workload; the error says why not.
func (r Runner) Suits(w record.Workload) error {
	if w.Protocol != record.TCP || r.Version.AwaitsServer() {
		return nil
	}
	return trouble.Hint(fmt.Errorf("%s on this host ends the clock of a TCP run before what it sent has arrived: workload %s would say too much", r.Version, w.Name),
		"take iperf 2.1 or later (host.iperf2)")
}

// Run measures w against t once. It always returns within the run's seconds, Grace and KillAfter, or
// soon after ctx ends, and leaves no process behind.
func (r Runner) Run(ctx context.Context, t Target, w record.Workload) Outcome {
	args := Args(t, w)
	if err := r.Suits(w); err != nil {
		return Outcome{Class: record.BadArguments, Reason: trouble.Line(err), RunDetails: record.RunDetails{Args: args, ExitCode: -1}}
	}
	grace := r.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	started := time.Now()
	left, err := leash.Client{Argv: append([]string{r.path()}, args...),
		Deadline: time.Duration(w.Seconds)*time.Second + grace + time.Duration(setUpTrips+streams(w))*t.RTT, KillAfter: r.KillAfter}.Run(ctx)
	o := Outcome{Raw: left.Stdout, Stderr: left.Stderr, RunDetails: record.RunDetails{
		Args: args, ElapsedSeconds: time.Since(started).Seconds(), ExitCode: left.Exit, Spent: left.Spent, ClientVersion: r.clientVersion()}}
	if err != nil {
		if errors.Is(err, leash.ErrStart) {
			err = trouble.Hint(fmt.Errorf("start iperf: %w", errors.Unwrap(err)), "install it (package iperf), or name it as host.iperf2")
		}
		o.Class, o.Reason = record.Failed, trouble.Line(err)
		return o
	}
	f, class, reason := classify(left, asked{workload: w, client: r.Version, target: t, elapsed: o.ElapsedSeconds})
	o.Class, o.Reason = class, foreign.Words(reason)
	if record.Usable(class) {
		o.fill(f, w)
	}
	if record.Usable(class) && left.Exit != 0 {
		o.Notes = append(o.Notes, fmt.Sprintf("whole figures, yet exit code %d", left.Exit))
	}
	return o
}

// udpGap is how long a server of 2.0.x goes on with the run before over UDP: a client that comes earlier is taken for
// the same, and its seconds are counted from the first (docs/facts/iperf2.md 3).
const udpGap = 1500 * time.Millisecond

// Gap is the pause that a run of w needs before it.
func Gap(w record.Workload) time.Duration {
	if w.Protocol == record.UDP {
		return udpGap
	}
	return 0
}

// setUpTrips is how many round trips a run takes beside one for each stream.
const setUpTrips = 4

func (r Runner) path() string {
	if r.Path == "" {
		return "iperf"
	}
	return r.Path
}

// clientVersion is the client's in the words of records; "" where it is not known.
func (r Runner) clientVersion() string {
	if !r.Version.Known() {
		return ""
	}
	return r.Version.String()
}

// fill takes the figures over.
func (o *Outcome) fill(f figures, w record.Workload) {
	o.Bytes = int64(f.bytes)
	o.Refused, o.Notes = f.refused, append(o.Notes, f.notes...)
	o.Metrics = []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: f.rate / 1e6}}
	if w.Protocol == record.UDP { // by the guest's clock
		o.Clock.GuestSeconds = f.seconds
	} else {
		o.Clock.HostSeconds, o.Clock.HostMbit = f.seconds, f.rate/1e6
	}
	if f.loss != nil {
		o.Metrics = append(o.Metrics, record.Metric{Name: "loss", Unit: "%", Better: "lower", Value: *f.loss})
	}
	if f.jitter != nil {
		o.Metrics = append(o.Metrics, record.Metric{Name: "jitter", Unit: "ms", Better: "lower", Value: *f.jitter})
	}
}

// classify judges a run in this order: killed, what the client complained of, its figures. The exit code
// says nothing: it is 0 of a refused connection, too.
func classify(left leash.Evidence, a asked) (figures, string, string) {
	none := func(class, reason string) (figures, string, string) { return figures{}, class, reason }
	said, class := complaint(string(left.Stderr))
	behind := ""
	if said != "" {
		behind = ": " + said
	}
	switch {
	case left.Late:
		return none(record.HangKilled, "the client was still running past its deadline and was killed"+behind)
	case left.Canceled:
		return none(record.Interrupted, "the measurement was told to stop")
	case left.Overflow:
		return none(record.Truncated, "the output is longer than what is kept of it")
	case left.Signal != "" && len(left.Stdout) == 0:
		return none(record.KilledNoOutput, "the client was ended by signal "+left.Signal+" and wrote nothing"+behind)
	case left.Signal != "":
		return none(record.KilledPartial, "the client was ended by signal "+left.Signal+behind)
	case class != "":
		return none(class, "iperf: "+said)
	}
	f, class, reason := judge(string(left.Stdout), a)
	if class == record.Failed {
		reason += fmt.Sprintf(" (exit code %d)%s", left.Exit, behind)
	} else if said != "" {
		f.notes = append(f.notes, "iperf: "+said)
	}
	return f, class, reason
}

// complaints maps what iperf2 writes on standard error to classes, first match first. It goes on after
// most of them, and prints figures.
var complaints = []struct {
	class string
	parts []string // all of them occur, in lower case
}{
	{record.BadArguments, []string{"unknown host"}},
	{record.BadArguments, []string{"name or service not known"}},
	{record.BadArguments, []string{"temporary failure in name resolution"}},
	{record.BadArguments, []string{"unrecognized option"}},
	{record.BadArguments, []string{"ignoring extra argument"}},
	{record.BadArguments, []string{"congestion control failed"}},
	{record.BadArguments, []string{"ipg delay target"}},
	{record.BadArguments, []string{"bind failed"}},
	{record.BadArguments, []string{"bind", "cannot assign requested address"}},
	{record.ConnectionRefused, []string{"connect failed", "connection refused"}},
	{record.ConnectTimeout, []string{"connect failed", "timed out"}},
	{record.ConnectTimeout, []string{"connect failed", "operation now in progress"}},
	{record.NoRoute, []string{"no route to host"}},
	{record.NoRoute, []string{"unreachable"}},
	{record.BadArguments, []string{"connect failed", "invalid argument"}},
	{record.BadArguments, []string{"connect failed", "cannot assign requested address"}},
	{record.PeerLost, []string{"connection reset by peer"}},
	{record.PeerLost, []string{"broken pipe"}},
	{record.PeerLost, []string{"transport endpoint is not connected"}},
	{record.PeerLost, []string{"await server close"}},
	{record.ConnectionRefused, []string{"connection refused"}}, // of a datagram: nothing listens there, or not any more
	{record.UDPBlocked, []string{"did not receive ack of last datagram"}},
	{record.Failed, []string{"failed"}},
	{record.Failed, []string{"error"}},
}

// complaint finds what the client complained of: the line that decides, and the class that it makes of
// the run; "" for none. Other words on standard error are the first line of it.
func complaint(stderr string) (said, class string) {
	for _, c := range complaints {
		for line := range strings.Lines(stderr) {
			if low := strings.ToLower(line); containsAll(low, c.parts) {
				return foreign.Words(line), c.class
			}
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	return foreign.Words(first), ""
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// Retry says what may be done about a failed run. A retried run that fails again is a missing value.
type Retry struct {
	Times         int           // further tries; 0 means none
	Wait          time.Duration // before each of them
	RestartServer bool          // start the guest's servers anew first, also before the next workload when Times is 0
}

// RetryOf is the policy for a class, as iperf3's is; a server of iperf2 serves others meanwhile and is
// never busy.
func RetryOf(class string) Retry {
	switch class {
	case record.ConnectionRefused:
		return Retry{Times: 3, Wait: time.Second, RestartServer: true}
	case record.UDPBlocked: // the report is asked for ten times, so that few lost datagrams do not look the same
		return Retry{Times: 1, Wait: time.Second, RestartServer: true}
	case record.PeerLost:
		return Retry{Times: 1, Wait: time.Second, RestartServer: true}
	case record.HangKilled:
		return Retry{RestartServer: true}
	}
	return Retry{}
}
