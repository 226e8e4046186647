package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/foreign"
	"vnettune/results/record"
)

// ErrNoRestart says that nothing can restart the adapter of a guest of this generation.
var ErrNoRestart = errors.New("the adapter of a guest of generation xp cannot be restarted within a boot: what takes effect by that cannot be switched there")

// An AdapterError says why the restart of an adapter failed, or that nothing is known of it. Where
// the guest does not answer any more, Lost is true of it.
type AdapterError struct {
	Adapter string // its name in the guest
	Driver  string // the package that was being installed for it; "": it was being restarted
	Err     error
}

// Error names the adapter and gives the reason.
func (e *AdapterError) Error() string {
	if e.Driver != "" {
		return fmt.Sprintf("installation of the driver's package %s for adapter %q: %v", e.Driver, foreign.Word(e.Adapter), e.Err)
	}
	return fmt.Sprintf("restart of adapter %q: %v", foreign.Word(e.Adapter), e.Err)
}

// Unwrap gives the reason.
func (e *AdapterError) Unwrap() error { return e.Err }

const (
	// restartDelay is how long the guest's task waits: no connection of the harness is left by then.
	restartDelay = 3 * time.Second
	restartEvery = 250 * time.Millisecond
	// removeLimit bounds the removal of what the task left.
	removeLimit = time.Minute
	// refusedPart of the limit is waited for after a login that was refused: accounts get locked.
	refusedPart = 4
)

// RestartAdapter restarts the adapter under test within a boot and returns when it is up again with
// its address, so that settings which take effect by that do. A connection over that adapter would
// hang or break: a task of SYSTEM restarts it when all connections of the harness have been dropped,
// and leaves a result in the guest, which is asked for over new ones until the limit is over. The
// bytes are the raw answers: the task's result and the facts by which the adapter is up.
//
// The error is ErrNoRestart on a generation that has no such task, else an *AdapterError: what the
// guest said, or that it did not answer within the limit (then Lost is true of it, and its adapter
// may be down). The adapter is restarted within the limit or not at all: neither a cancelled
// context nor a harness that is killed leaves anything in the guest that restarts it later. That
// the boot is still the same is not proven here: SameBoot does.
func (g *Guest) RestartAdapter(ctx context.Context, limit time.Duration) ([]byte, error) {
	w := &adapterWatch{guest: g, limit: limit, began: g.clock.Now(), token: nonce()}
	raw, err := w.run(ctx)
	if err == nil || errors.Is(err, ErrNoRestart) {
		return raw, err
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return raw, &AdapterError{Adapter: w.adapter.Name, Err: err}
}

// adapterWatch takes a guest through one restart of its adapter, or through the installation of another driver for it.
type adapterWatch struct {
	guest   *Guest
	dialect dialect
	limit   time.Duration
	began   time.Time
	token   string // of this restart: the result of another one is none
	adapter record.Adapter
	install *terms.Installation // nil: the adapter is restarted
}

func (w *adapterWatch) run(ctx context.Context) ([]byte, error) {
	asked, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	unsure, err := w.ask(asked)
	if err != nil {
		return nil, err
	}
	w.guest.runner.Forget()
	if err := w.guest.clock.Sleep(ctx, restartDelay); err != nil {
		return nil, err
	}
	result, raw, err := w.result(ctx)
	if err == nil && !result.OK {
		err = errors.New("the guest's task failed: " + foreign.Line(result.Message))
	}
	if err == nil {
		var facts []byte
		facts, err = w.up(ctx)
		raw = append(append(raw, '\n'), facts...)
	}
	if err != nil && unsure != nil {
		err = fmt.Errorf("%w; whether the guest took the request is not known: %v", err, unsure)
	}
	if ctx.Err() != nil || Lost(err) {
		return raw, err // the task removes itself, and the next one its files
	}
	if left := w.remove(ctx); left != nil && err == nil {
		err = fmt.Errorf("it is up again, and what its task left cannot be taken away: %w", left)
	}
	return raw, err
}

// ask has the guest's task made. A question of which it is not known whether the guest obeyed is
// no error: unsure says why, and the result decides.
func (w *adapterWatch) ask(ctx context.Context) (unsure, err error) {
	g := w.guest
	if w.dialect, err = g.speak(ctx); err != nil {
		return nil, err
	}
	f, _, err := g.Facts(ctx)
	if err != nil {
		return nil, err
	}
	if w.install == nil { // which knows its adapter, also where it is none without a driver that starts
		if w.adapter, err = g.AdapterUnderTest(f); err != nil {
			return nil, err
		}
	}
	in := terms.RestartInput{Token: w.token, GUID: w.adapter.GUID, Delay: int(restartDelay / time.Second),
		Limit: max(int(w.limit/time.Second), 1), Script: scripts.Source(scripts.Restarting)}
	if w.install != nil {
		in.Script, in.Installation = scripts.Source(scripts.Installing), w.install
	}
	for range 2 {
		var here context.Context
		if here, err = g.sure(ctx); err != nil {
			return nil, err
		}
		// Where the shell is gone in which this machine answered, nothing was asked yet.
		if err = w.dialect.Restart(here, in); !errors.Is(err, winrm.ErrShellGone) {
			break
		}
	}
	var answered *fault.Fault
	switch {
	case errors.Is(err, terms.ErrNotAsked):
		return nil, ErrNoRestart
	case err != nil && ctx.Err() == nil && (Lost(err) || winrm.Begun(err) || errors.As(err, &answered)):
		return err, nil
	}
	return nil, err
}

// result asks for the task's result until it is there.
func (w *adapterWatch) result(ctx context.Context) (result terms.RestartAnswer, raw []byte, err error) {
	err = w.poll(ctx, func(asked context.Context) error {
		var err error
		if result, raw, err = w.dialect.Restarted(asked, terms.RestartResult); err != nil {
			return err
		}
		if result.Token != w.token {
			return errors.New(missing(result))
		}
		return nil
	})
	return result, raw, err
}

// missing says in words that there is no result.
func missing(a terms.RestartAnswer) string {
	if a.Task {
		return "the guest's task has left no result: the scheduler did not start it, or it has not ended"
	}
	return "the guest's task is gone and has left no result"
}

// up waits until the adapter is up with its address. It gives the facts that say so.
func (w *adapterWatch) up(ctx context.Context) (raw []byte, err error) {
	err = w.poll(ctx, func(asked context.Context) error {
		var f record.Guest
		var err error
		if f, raw, err = w.guest.Facts(asked); err != nil {
			return err
		}
		if w.install != nil && !w.guest.data.IsValid() {
			return w.guest.isBack(asked, w.install.MAC)
		}
		a, err := w.guest.AdapterUnderTest(f)
		if err == nil && !a.Up {
			err = errors.New("it is not up")
		}
		return err
	})
	return raw, err
}

// poll asks, over new connections, until there is no error or the limit is over; another machine's
// answer ends it at once.
func (w *adapterWatch) poll(ctx context.Context, ask func(context.Context) error) error {
	g := w.guest
	for {
		rest := w.limit - g.clock.Now().Sub(w.began)
		asked, cancel := context.WithTimeout(ctx, min(max(rest, pollLimit), coldLimit))
		err := ask(asked)
		cancel()
		switch {
		case err == nil || ctx.Err() != nil || isOther(err):
			return err
		case Lost(err):
			g.runner.Forget()
		}
		pause := restartEvery
		if errors.Is(err, fault.ErrUnauthorized) {
			pause = max(w.limit/refusedPart, restartEvery)
		}
		if rest = w.limit - g.clock.Now().Sub(w.began); rest <= 0 {
			return fmt.Errorf("the limit of %s is over; last: %w", w.limit, err)
		}
		if err := g.clock.Sleep(ctx, min(pause, rest)); err != nil {
			return err
		}
	}
}

// remove takes the task and its files away.
func (w *adapterWatch) remove(ctx context.Context) error {
	asked, cancel := context.WithTimeout(ctx, removeLimit)
	defer cancel()
	a, _, err := w.dialect.Restarted(asked, terms.RestartRemove)
	if err == nil && (a.Task || a.Token != "") {
		err = errors.New("the guest says that it is still there")
	}
	return err
}
