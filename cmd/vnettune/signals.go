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
	"time"

	"vnettune/bench"
	"vnettune/trouble"
)

// A stopError is the cause of a context that a signal cancelled.
type stopError struct{ signal os.Signal }

func (e *stopError) Error() string { return "stopped by " + e.signal.String() }

// signals is what ends a command before its time. The first of them, all that end a
// process but SIGKILL, cancels the context of a command that cleans up, so that the guest
// is restored; another one ends the process at once, and so does the first of a command
// that has nothing to clean up. A hangup is nobody's word: one window that is closed sends
// it twice, by its shell and by the kernel, so it never counts as "once more". The end of
// the process that started this one in a lab is a hangup as well. While another process
// does the work, all of them are passed on to it instead.
type signals struct {
	stderr io.Writer
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	pass     func(os.Signal) // nil: handle them here
	cleans   bool            // the command has something to clean up, or may have
	stopping bool
	asked    bool               // by another one than SIGHUP
	changed  string             // store of the campaign that has changed the guest, "" for none
	note     func(string) error // keeps changed beside the guest; nil: nowhere
	show     progress           // what is on the terminal now; nil: nothing
}

type signalsKey struct{}

// withSignals gives a context that the first signal cancels.
func withSignals(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	h := &signals{stderr: stderr, cancel: cancel}
	arrived := make(chan os.Signal, 4)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGXCPU)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup leaves it
		signal.Notify(arrived, syscall.SIGHUP)
	}
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
	h.watchStarter()
	return context.WithValue(ctx, signalsKey{}, h), func() {
		signal.Stop(arrived)
		close(done)
		cancel(nil)
	}
}

// cleansUp says that the command cleans up from now on before a signal ends it.
func cleansUp(ctx context.Context) {
	if h, ok := ctx.Value(signalsKey{}).(*signals); ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.cleans = true
	}
}

// outliveOutput makes lost output no end of this process: what is written to a pipe
// that nobody reads any more, or to a file beyond the size that is allowed (ulimit -f),
// fails, and nothing else happens. A terminal that lets none but its foreground write
// (stty tostop) does not stop it either.
func outliveOutput() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGXFSZ)
	signal.Ignore(syscall.SIGTTOU, syscall.SIGTTIN)
}

func (h *signals) handle(s os.Signal) {
	exit, words := h.settle(s)
	said := make(chan struct{})
	go func() {
		h.say(words, exit != 0)
		close(said)
	}()
	if exit == 0 {
		return
	}
	select { // a terminal that takes nothing does not keep the process from its end
	case <-said:
	case <-time.After(time.Second):
	}
	os.Exit(exit)
}

// say says words where what is shown of a campaign leaves room for them.
func (h *signals) say(words error, ends bool) {
	h.mu.Lock()
	show := h.show
	h.mu.Unlock()
	say := func() { complain(h.stderr, words) }
	switch {
	case words == nil:
	case show == nil:
		say()
	default:
		show.interrupt(say, ends)
	}
}

// showing says what shows a campaign's progress from now on; nil for nothing any more.
func showing(ctx context.Context, show progress) {
	if h, ok := ctx.Value(signalsKey{}).(*signals); ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.show = show
	}
}

// settle does what a signal asks for, and says with which code the process is to end; 0
// for not yet. words are for the terminal, whose echo of Ctrl-C they end; nil for none.
func (h *signals) settle(s os.Signal) (exit int, words error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := s != syscall.SIGHUP
	switch {
	case !h.cleans:
		return signalCode(s), errors.New(signalWords(s))
	case h.pass != nil:
		h.cancel(&stopError{s})
		h.pass(s)
	case !h.stopping || asked && !h.asked:
		h.stopping, h.asked = true, asked
		h.cancel(&stopError{s})
		if h.changed != "" {
			return 0, fmt.Errorf("%s: restoring the guest; once more leaves it changed", signalWords(s))
		}
		return 0, fmt.Errorf("%s: cleaning up; once more stops now", signalWords(s))
	case !asked:
	case h.changed != "":
		return exitUnrestored, restoreHint(errors.New("stopped now; the guest is left changed"), h.changed)
	default:
		return signalCode(s), errors.New("stopped now; no guest is left changed")
	}
	return 0, nil
}

// signalWords is what a signal did to the command.
func signalWords(s os.Signal) string {
	switch s {
	case os.Interrupt:
		return "interrupted"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "terminated"
}

// signalCode is the exit code of a process that a signal ended.
func signalCode(s os.Signal) int {
	if s == os.Interrupt {
		return exitInterrupted
	}
	return exitTerminated
}

// holdsGuest says whose store a second signal must name, because its guest is changed
// until it is restored; "" for none any more.
func holdsGuest(ctx context.Context, store string) error {
	h, ok := ctx.Value(signalsKey{}).(*signals)
	if !ok {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed = store
	if h.note == nil {
		return nil
	}
	return h.note(store)
}

// forgetsGuest says that a second signal need name no store any more, although a lab still holds its guest for one.
func forgetsGuest(ctx context.Context) error {
	if h, ok := ctx.Value(signalsKey{}).(*signals); ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed = ""
	}
	return nil
}

// noteChanges has note told of every store that holdsGuest names.
func noteChanges(ctx context.Context, note func(store string) error) {
	if h, ok := ctx.Value(signalsKey{}).(*signals); ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.note = note
	}
}

// delegateSignals starts another process to which signals are passed on until the
// returned function is called; one that comes meanwhile waits until it can be. Nothing
// is started once there was a signal.
func delegateSignals(ctx context.Context, start func() (*os.Process, error)) (end func(), err error) {
	h, ok := ctx.Value(signalsKey{}).(*signals)
	if !ok {
		_, err := start()
		return func() {}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p, err := start()
	if err != nil {
		return nil, err
	}
	h.pass = func(s os.Signal) {
		_ = p.Signal(s)               // it may have ended, which is as well
		_ = p.Signal(syscall.SIGCONT) // one that is stopped hears nothing else
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.pass = nil
	}, nil
}

// leftChanged says of a mistake of the program that it leaves the guest changed, where
// the command had changed it.
func leftChanged(ctx context.Context, err error) error {
	var mistake *trouble.Panic
	var said *bench.UnrestoredError
	h, ok := ctx.Value(signalsKey{}).(*signals)
	if !ok || !errors.As(err, &mistake) || errors.As(err, &said) {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed == "" {
		return err
	}
	return restoreHint(&bench.UnrestoredError{Err: err}, h.changed)
}

// restoreHint adds to an error how a guest is put back.
func restoreHint(err error, store string) error {
	return trouble.Hint(err, "put it back with: vnettune restore %s", trouble.ShellWord(store))
}

// signalled gives an error that a signal caused the signal's exit code, unless
// a more serious one holds already (6 before 130 and 143). What was given up half done is
// no error of its own.
func signalled(ctx context.Context, err error) error {
	var stop *stopError
	if err == nil || exitCode(err) == exitUnrestored || !errors.As(context.Cause(ctx), &stop) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		err = stop
	}
	return &exitError{signalCode(stop.signal), err}
}
