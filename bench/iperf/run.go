package iperf

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/bench/iperf/document"
	"vnettune/bench/leash"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Limits of a Runner that names none.
const (
	DefaultGrace    = 10 * time.Second
	DefaultUDPGrace = 35 * time.Second // iperf3 itself needs 31 s to find out that UDP is blocked
)

// peerGrace is how much longer a peer's command is waited for than the limit that iperf3 has there.
const peerGrace = 5 * time.Second

const (
	maxStdout = leash.MaxStdout
	maxStderr = leash.MaxStderr
)

// Runner runs the iperf3 client of this host, or that of a peer.
type Runner struct {
	Path string // file, or name to be found on PATH; "" means iperf3
	// Prefix is the command that runs another at a peer, such as ssh and its name; nil: the client is this host's.
	Prefix  []string
	Version Version // of the client, from Probe: decides which options it is given

	Grace     time.Duration // time beyond the seconds of a run before it is killed; 0 means DefaultGrace, for UDP DefaultUDPGrace
	KillAfter time.Duration // from SIGTERM to SIGKILL; 0 means leash.DefaultKillAfter
}

// Run measures w against t once. It always returns within the run's seconds,
// Grace and KillAfter, or soon after ctx ends, and leaves no process behind:
// iperf3 has cases of hanging for ever that none of its own time-outs ends
// (esnet/iperf issue 1862).
//
// A workload both ways at once is two clients at the same time, each with the whole of that time.
//
// UDP is run without omitted seconds where one of the ends would count their losses.
func (r Runner) Run(ctx context.Context, t Target, w record.Workload) Outcome {
	if w.Climbs() {
		return r.climb(ctx, t, w)
	}
	if w.BothAtOnce() {
		return r.bothAtOnce(ctx, t, w)
	}
	var notes []string
	if pair := (document.Pair{Client: r.Version, Server: t.Server}); w.OverUDP() && w.Omit > 0 && pair.SpoilsOmit() {
		w.Omit, notes = 0, []string{pair.Cost()}
	}
	args := Args(r.Version, t, w)
	started := time.Now()
	ev, err := r.execute(ctx, args, r.deadline(t, w))
	details := record.RunDetails{Args: args, ElapsedSeconds: time.Since(started).Seconds(), ExitCode: ev.exit, Spent: ev.spent}
	details.Notes = notes
	o := Outcome{RunDetails: details, Raw: ev.stdout, Stderr: ev.stderr}
	if err != nil {
		o.Class, o.Reason = record.Failed, trouble.Line(err)
		return o
	}
	want := askedOf(t, w)
	want.Elapsed = details.ElapsedSeconds
	v, lost := verdict{}, ""
	if len(r.Prefix) > 0 {
		lost = ev.ofPeer()
	}
	if lost != "" {
		v = failedPeer(lost)
	} else {
		v = classify(ev, want)
	}
	o.fill(v, w)
	if record.Usable(o.Class) && (ev.exit != 0 || ev.signal != "") {
		o.Notes = append(o.Notes, fmt.Sprintf("whole document, yet exit code %d %s", ev.exit, ev.signal))
	}
	return o
}

// setUpTrips is how many round trips a run takes beside one for each stream: connection,
// cookie, parameters, start, end and results.
const setUpTrips = 10

func (r Runner) deadline(t Target, w record.Workload) time.Duration {
	grace := r.Grace
	switch {
	case grace == 0 && w.Protocol == record.UDP:
		grace = DefaultUDPGrace
	case grace == 0:
		grace = DefaultGrace
	}
	trips := time.Duration(setUpTrips+streams(w)) * t.RTT
	return time.Duration(w.Seconds+w.Omit)*time.Second + grace + trips
}

func (r Runner) path() string {
	if r.Path == "" {
		return "iperf3"
	}
	return r.Path
}

// execute runs the client, within its time.
func (r Runner) execute(ctx context.Context, args []string, deadline time.Duration) (evidence, error) {
	argv := r.command(args, deadline)
	if len(r.Prefix) > 0 {
		deadline += peerGrace
	}
	left, err := leash.Client{Argv: argv, Deadline: deadline, KillAfter: r.KillAfter}.Run(ctx)
	ev := evidence{stdout: left.Stdout, stderr: left.Stderr, overflow: left.Overflow, exit: left.Exit, signal: left.Signal,
		deadline: left.Late, canceled: left.Canceled, spent: left.Spent}
	switch {
	case err == nil:
	case errors.Is(err, leash.ErrStart) && len(r.Prefix) > 0:
		err = fmt.Errorf("peer.command: %w", errors.Unwrap(err))
	case errors.Is(err, leash.ErrStart):
		err = trouble.Hint(fmt.Errorf("start iperf3: %w", errors.Unwrap(err)), "install it (package iperf3), or name it as host.iperf")
	default:
		err = fmt.Errorf("wait for iperf3: %w", errors.Unwrap(err))
	}
	return ev, err
}
