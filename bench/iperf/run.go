package iperf

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"vnettune/bench/iperf/document"
	"vnettune/foreign"
	"vnettune/results/record"
	"vnettune/spawn"
	"vnettune/trouble"
)

// Limits of a Runner that names none.
const (
	DefaultGrace     = 10 * time.Second
	DefaultUDPGrace  = 35 * time.Second // iperf3 itself needs 31 s to find out that UDP is blocked
	DefaultKillAfter = 2 * time.Second
)

// peerGrace is how much longer a peer's command is waited for than the limit that iperf3 has there.
const peerGrace = 5 * time.Second

const (
	maxStdout = 4 << 20
	maxStderr = 64 << 10
)

// Runner runs the iperf3 client of this host, or that of a peer.
type Runner struct {
	Path string // file, or name to be found on PATH; "" means iperf3
	// Prefix is the command that runs another at a peer, such as ssh and its name; nil: the client is this host's.
	Prefix  []string
	Version Version // of the client, from Probe: decides which options it is given

	Grace     time.Duration // time beyond the seconds of a run before it is killed; 0 means DefaultGrace, for UDP DefaultUDPGrace
	KillAfter time.Duration // from SIGTERM to SIGKILL; 0 means DefaultKillAfter
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

// execute runs the client in a process group of its own, so that a terminal's
// Ctrl-C reaches it only through ctx and whatever it started ends with it.
func (r Runner) execute(ctx context.Context, args []string, deadline time.Duration) (evidence, error) {
	// The kernel sends Pdeathsig when the thread that started the child ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	stdout, stderr := &foreign.Buffer{Limit: maxStdout}, &foreign.Buffer{Limit: maxStderr}
	all := r.command(args, deadline)
	if len(r.Prefix) > 0 {
		deadline += peerGrace
	}
	cmd := spawn.Command(context.Background(), all[0], all[1:]...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second // a grandchild may hold the pipes open
	if ctx.Err() != nil {
		return evidence{exit: -1, canceled: true}, nil
	}
	if err := cmd.Start(); err != nil {
		if len(r.Prefix) > 0 {
			return evidence{exit: -1}, fmt.Errorf("peer.command: %w", err)
		}
		return evidence{exit: -1}, trouble.Hint(fmt.Errorf("start iperf3: %w", err), "install it (package iperf3), or name it as host.iperf")
	}
	w := watch{group: cmd.Process.Pid, deadline: deadline, killAfter: r.KillAfter, over: make(chan struct{}), done: make(chan struct{})}
	if w.killAfter == 0 {
		w.killAfter = DefaultKillAfter
	}
	go w.keep(ctx)
	err := cmd.Wait()
	close(w.over)
	<-w.done
	w.signal(syscall.SIGKILL) // what the client itself may have started

	ev := evidence{
		stdout: stdout.Bytes(), stderr: stderr.Bytes(), overflow: stdout.Overflow(),
		exit: cmd.ProcessState.ExitCode(), deadline: w.late, canceled: w.canceled,
	}
	ev.spent = new((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		ev.signal = status.Signal().String()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return ev, fmt.Errorf("wait for iperf3: %w", err)
	}
	return ev, nil
}

// watch ends a process group when its time is over or its context ends.
type watch struct {
	group     int
	deadline  time.Duration
	killAfter time.Duration
	over      chan struct{} // closed when the process has ended
	done      chan struct{} // closed when keep has returned

	late     bool // read only after done
	canceled bool // read only after done
}

// keep asks the group to end (SIGTERM) and, when it does not, kills it.
func (w *watch) keep(ctx context.Context) {
	defer close(w.done)
	timer := time.NewTimer(w.deadline)
	defer timer.Stop()
	select {
	case <-w.over:
		return
	case <-timer.C:
		w.late = true
	case <-ctx.Done():
		w.canceled = true
	}
	w.signal(syscall.SIGTERM)
	timer.Reset(w.killAfter)
	select {
	case <-w.over:
	case <-timer.C:
		w.signal(syscall.SIGKILL)
	}
}

// signal reaches every process of the group; a group that is gone is what is
// wanted, so the error says nothing.
func (w *watch) signal(s syscall.Signal) { _ = syscall.Kill(-w.group, s) }
