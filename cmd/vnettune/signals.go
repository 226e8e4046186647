package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// A stopError is the cause of a context that a signal cancelled.
type stopError struct{ signal os.Signal }

func (e *stopError) Error() string { return "stopped by " + e.signal.String() }

// withSignals gives a context that the first SIGINT or SIGTERM cancels, so that
// the guest is restored. The second ends the process at once.
func withSignals(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			cancel(&stopError{s})
			fmt.Fprintln(stderr, "vnettune: stopping after cleaning up; once more stops now and leaves things as they are")
		case <-done:
			return
		}
		select {
		case <-signals:
			fmt.Fprintln(stderr, "vnettune: stopped now; a guest that was under test is left changed: vnettune restore STORE puts it back")
			os.Exit(exitUnrestored)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// signalled gives an error that a signal caused the signal's exit code, unless
// a more serious one holds already (DESIGN: 6 before 130 and 143).
func signalled(ctx context.Context, err error) error {
	var stop *stopError
	if err == nil || exitCode(err) == exitUnrestored || !errors.As(context.Cause(ctx), &stop) {
		return err
	}
	if stop.signal == syscall.SIGTERM {
		return &exitError{exitTerminated, err}
	}
	return &exitError{exitInterrupted, err}
}
