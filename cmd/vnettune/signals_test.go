package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"vnettune/bench"
	"vnettune/trouble"
)

// A signal once more ends the process at once; a hangup never does, whatever came before
// it, nor does the first other one behind a hangup.
func TestOnceMore(t *testing.T) {
	hup, term := syscall.SIGHUP, syscall.SIGTERM
	for name, tt := range map[string]struct {
		signals []os.Signal
		changed string
		exit    int // of the last signal; 0 for going on
		code    int // of the process that cleaned up
	}{
		"Ctrl-C":                    {[]os.Signal{os.Interrupt}, "c.db", 0, exitInterrupted},
		"SIGTERM":                   {[]os.Signal{term}, "c.db", 0, exitTerminated},
		"a hangup":                  {[]os.Signal{hup}, "c.db", 0, exitTerminated},
		"hangups":                   {[]os.Signal{hup, hup, hup}, "c.db", 0, exitTerminated},
		"Ctrl-C, then a hangup":     {[]os.Signal{os.Interrupt, hup, hup}, "c.db", 0, exitInterrupted},
		"a hangup with SIGTERM":     {[]os.Signal{hup, term}, "c.db", 0, exitTerminated},
		"a hangup, SIGTERM twice":   {[]os.Signal{hup, term, term}, "c.db", exitUnrestored, exitTerminated},
		"Ctrl-C twice":              {[]os.Signal{os.Interrupt, os.Interrupt}, "c.db", exitUnrestored, exitInterrupted},
		"Ctrl-C twice, no campaign": {[]os.Signal{os.Interrupt, os.Interrupt}, "", exitInterrupted, exitInterrupted},
		"Ctrl-\\, then Ctrl-C":      {[]os.Signal{syscall.SIGQUIT, os.Interrupt}, "c.db", exitUnrestored, exitTerminated},
		"SIGTERM twice":             {[]os.Signal{term, term}, "", exitTerminated, exitTerminated},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		h := &signals{stderr: io.Discard, cancel: cancel, cleans: true, changed: tt.changed}
		exit := 0
		for _, s := range tt.signals {
			exit, _ = h.settle(s)
		}
		if code := exitCode(signalled(ctx, context.Canceled)); exit != tt.exit || code != tt.code {
			t.Errorf("%s: ends at once with %d, want %d; cleaned up with %d, want %d", name, exit, tt.exit, code, tt.code)
		}
	}
}

// What comes before another process was started keeps it from being started; what comes
// afterwards is passed on to it, until that is over.
func TestDelegatedSignals(t *testing.T) {
	ctx, stop := withSignals(io.Discard)
	defer stop()
	cleansUp(ctx)
	h := ctx.Value(signalsKey{}).(*signals)
	var passed []os.Signal
	end, err := delegateSignals(ctx, func() (*os.Process, error) { return os.FindProcess(os.Getpid()) })
	if err != nil {
		t.Fatal(err)
	}
	h.pass = func(s os.Signal) { passed = append(passed, s) }
	for range 3 {
		if exit, _ := h.settle(os.Interrupt); exit != 0 {
			t.Errorf("a signal for another process ends this one with %d", exit)
		}
	}
	end()
	if len(passed) != 3 || h.pass != nil {
		t.Errorf("passed on: %v", passed)
	}
	if _, err := delegateSignals(ctx, func() (*os.Process, error) { t.Error("started"); return nil, nil }); err == nil {
		t.Error("started another process after a signal")
	}
}

// A mistake of the program that nothing else caught says that the guest is left changed,
// for as long as it is.
func TestAPanicThatLeavesTheGuestChanged(t *testing.T) {
	t.Parallel()
	ctx, stop := withSignals(io.Discard)
	defer stop()
	mistake := func() error { return leftChanged(ctx, trouble.Guard(func() error { panic("x") })) }
	if err := mistake(); exitCode(err) != exitFailed {
		t.Errorf("no guest is changed: exit code %d, %v", exitCode(err), err)
	}
	if err := holdsGuest(ctx, "c.db"); err != nil {
		t.Fatal(err)
	}
	if err := mistake(); exitCode(err) != exitUnrestored || !strings.Contains(complaint(err), "vnettune restore c.db") {
		t.Errorf("a guest is changed: exit code %d, %s", exitCode(err), complaint(err))
	}
	plain := errors.New("plain")
	if err := leftChanged(ctx, plain); err != plain {
		t.Errorf("no mistake: %v", err)
	}
	if err := holdsGuest(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if err := mistake(); exitCode(err) != exitFailed {
		t.Errorf("the guest is restored: exit code %d, %v", exitCode(err), err)
	}
}

// A form of progress that panics.
type panicProgress struct{}

func (panicProgress) event(bench.Event)      { panic("in showing") }
func (panicProgress) interrupt(func(), bool) {}
func (panicProgress) close()                 {}

// A mistake in showing what happens is told, and no more.
func TestAPanicInShowing(t *testing.T) {
	var said strings.Builder
	a := beside(panicProgress{}, &said)
	for range 2 * asideRoom {
		a.event(bench.Event{})
	}
	a.close()
	if !strings.Contains(said.String(), "internal error: in showing") {
		t.Errorf("it said %q", &said)
	}
}
