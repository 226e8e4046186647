package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"vnettune/trouble"
)

// A stopError is the cause of a context that a signal cancelled.
type stopError struct{ signal os.Signal }

func (e *stopError) Error() string { return "stopped by " + e.signal.String() }

// signals is what SIGINT and SIGTERM do: the first cancels the context, so that
// the guest is restored; the second ends the process at once. While another process
// does the work, they are passed on to it instead.
type signals struct {
	stderr io.Writer
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	pass    func(os.Signal) // nil: handle them here
	seen    bool
	changed string // store of the campaign that has changed the guest, "" for none
}

type signalsKey struct{}

// withSignals gives a context that the first signal cancels.
func withSignals(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	h := &signals{stderr: stderr, cancel: cancel}
	arrived := make(chan os.Signal, 4)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-arrived:
				h.handle(s)
			case <-done:
				return
			}
		}
	}()
	return context.WithValue(ctx, signalsKey{}, h), func() {
		signal.Stop(arrived)
		close(done)
		cancel(nil)
	}
}

func (h *signals) handle(s os.Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.pass != nil:
		h.pass(s)
	case !h.seen:
		h.seen = true
		fmt.Fprintln(h.stderr, "vnettune: stopping after cleaning up; once more stops now and leaves things as they are")
		h.cancel(&stopError{s})
	case h.changed != "":
		complain(h.stderr, trouble.Hint(errors.New("stopped now; the guest is left changed"), "put it back with: vnettune restore %s", h.changed))
		os.Exit(exitUnrestored)
	default:
		fmt.Fprintln(h.stderr, "vnettune: stopped now; no guest is left changed")
		os.Exit(signalCode(s))
	}
}

// signalCode is the exit code of a process that a signal ended.
func signalCode(s os.Signal) int {
	if s == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}

// holdsGuest says whose store a second signal must name, because its guest is changed
// until it is restored; "" for none any more.
func holdsGuest(ctx context.Context, store string) {
	if h, ok := ctx.Value(signalsKey{}).(*signals); ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed = store
	}
}

// delegateSignals passes signals on until the returned function is called.
func delegateSignals(ctx context.Context, pass func(os.Signal)) (end func()) {
	h, ok := ctx.Value(signalsKey{}).(*signals)
	if !ok {
		return func() {}
	}
	set := func(f func(os.Signal)) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.pass = f
	}
	set(pass)
	return func() { set(nil) }
}

// signalled gives an error that a signal caused the signal's exit code, unless
// a more serious one holds already (6 before 130 and 143).
func signalled(ctx context.Context, err error) error {
	var stop *stopError
	if err == nil || exitCode(err) == exitUnrestored || !errors.As(context.Cause(ctx), &stop) {
		return err
	}
	return &exitError{signalCode(stop.signal), err}
}
