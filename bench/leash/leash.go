package leash

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"vnettune/foreign"
	"vnettune/spawn"
)

// What is kept of a client's output, in bytes.
const (
	MaxStdout = 4 << 20
	MaxStderr = 64 << 10
)

// DefaultKillAfter is the time from SIGTERM to SIGKILL where a Client names none.
const DefaultKillAfter = 2 * time.Second

// Client is a program with its arguments, and how long it may take.
type Client struct {
	Argv      []string
	Deadline  time.Duration
	KillAfter time.Duration // from SIGTERM to SIGKILL; 0 means DefaultKillAfter
}

// Evidence is what a run of a client left.
type Evidence struct {
	Stdout   []byte
	Stderr   []byte
	Overflow bool   // stdout was longer than what is kept
	Exit     int    // -1 when a signal ended the process, or it was not started
	Signal   string // the signal that ended it; "" for none
	Late     bool   // it was killed because its time was over
	Canceled bool   // it was killed because ctx ended

	Spent *float64 // processor time in seconds, nil where it was not started
}

// Errors of Run.
var (
	ErrStart = errors.New("start") // the program could not be started
	ErrWait  = errors.New("wait for")
)

// Error is an error of Run: which of the two, and what the system says.
type Error struct {
	Kind error
	Err  error
}

// Error is the system's words.
func (e *Error) Error() string { return e.Kind.Error() + ": " + e.Err.Error() }

// Is says which of the two it is.
func (e *Error) Is(target error) bool { return target == e.Kind }

// Unwrap gives the system's own error.
func (e *Error) Unwrap() error { return e.Err }

// Run starts the client in a process group of its own, so that a terminal's Ctrl-C reaches it only
// through ctx and whatever it started ends with it. It returns within Deadline and KillAfter, or soon
// after ctx ends. An exit code is no error.
func (c Client) Run(ctx context.Context) (Evidence, error) {
	// The kernel sends Pdeathsig when the thread that started the child ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	stdout, stderr := &foreign.Buffer{Limit: MaxStdout}, &foreign.Buffer{Limit: MaxStderr}
	cmd := spawn.Command(context.Background(), c.Argv[0], c.Argv[1:]...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second // a grandchild may hold the pipes open
	if ctx.Err() != nil {
		return Evidence{Exit: -1, Canceled: true}, nil
	}
	if err := cmd.Start(); err != nil {
		return Evidence{Exit: -1}, &Error{ErrStart, err}
	}
	w := watch{group: cmd.Process.Pid, deadline: c.Deadline, killAfter: c.KillAfter, over: make(chan struct{}), done: make(chan struct{})}
	if w.killAfter == 0 {
		w.killAfter = DefaultKillAfter
	}
	go w.keep(ctx)
	err := cmd.Wait()
	close(w.over)
	<-w.done
	w.signal(syscall.SIGKILL) // what the client itself may have started

	ev := Evidence{
		Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Overflow: stdout.Overflow(),
		Exit: cmd.ProcessState.ExitCode(), Late: w.late, Canceled: w.canceled,
	}
	ev.Spent = new((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		ev.Signal = status.Signal().String()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return ev, &Error{ErrWait, err}
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
