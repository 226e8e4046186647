package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/results/record"
	"vnettune/trouble"
)

const (
	pollEvery  = 25 * time.Millisecond
	pollLimit  = 10 * time.Second       // one answer of a guest that is still to go down
	coldLimit  = 60 * time.Second       // one of a guest that was down: its first PowerShell may need that long
	pingAtBest = 100 * time.Millisecond // a port of a machine that is down answers with silence
	pingAtMost = 2 * time.Second        // what one that was lost on the way took is no measure
)

// bootWatch takes a guest through the stages of one reboot.
type bootWatch struct {
	guest    *Guest
	limits   RebootLimits
	ready    func(record.Guest) error // what a guest that has booted lacks still
	dialect  dialect
	stage    Stage
	began    time.Time
	entered  time.Time // when the time of the stage was last counted
	spent    map[Stage]time.Duration
	last     error                       // what kept the guest in the stage
	unread   error                       // the answer to the request that could not be read; nil: none
	refused  int                         // logins
	cold     bool                        // an answer did not come in time
	ping     time.Duration               // limit of one attempt to connect
	whileOff func(context.Context) error // the guest is switched off for this, which starts it again; nil: it reboots
	reset    func() bool                 // nil: nobody watches from outside
	reboot   record.Reboot
	stop     func() // ends the watching
}

// run goes through all stages; its error names the stage.
func (w *bootWatch) run(ctx context.Context) error {
	w.entered = w.began
	w.stop = sync.OnceFunc(w.watchOutside(ctx))
	defer w.stop()
	for _, step := range []func(context.Context) error{w.measurePing, w.ask, w.off, w.awaitBoot, w.awaitReady} {
		if err := step(ctx); err != nil {
			if ctx.Err() != nil {
				err = errors.Join(ctx.Err(), err)
			}
			since := w.reboot.Asked
			if since.IsZero() {
				since = w.began
			}
			return &RebootError{Stage: w.stage, After: w.guest.clock.Now().Sub(since), Err: err}
		}
	}
	return nil
}

// watchOutside begins to watch the machine where a monitor is known. Without one the
// other signs must do.
func (w *bootWatch) watchOutside(ctx context.Context) (stop func()) {
	if w.guest.Monitor == nil {
		w.reboot.Unseen = "no monitor is configured"
		return func() {}
	}
	reset, stop, err := w.guest.Monitor.Watch(ctx)
	if err != nil {
		w.reboot.Unseen = err.Error()
		return func() {}
	}
	w.reset = reset
	return stop
}

// measurePing finds out how long a connection to the guest takes, so that a short
// wait suffices where the guest is near.
func (w *bootWatch) measurePing(ctx context.Context) error {
	before := w.guest.clock.Now()
	if err := w.guest.runner.Ping(ctx); err != nil {
		return err
	}
	w.ping = min(max(4*w.guest.clock.Now().Sub(before), pingAtBest), pingAtMost)
	return nil
}

// off waits until a guest that was asked to switch itself off takes no connections, and does what it was switched off
// for.
func (w *bootWatch) off(ctx context.Context) error {
	if w.whileOff == nil {
		return nil
	}
	w.enter(StageGoingDown)
	still := trouble.Hint(errors.New("the guest took the request to switch itself off and goes on answering"), "see what holds the shutdown back on its screen")
	for {
		short, cancel := context.WithTimeout(ctx, w.ping)
		err := w.guest.runner.Ping(short)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			break
		}
		if err := w.tick(ctx, pollEvery, still); err != nil {
			return err
		}
	}
	w.guest.runner.Forget()
	w.reboot.Down = w.guest.clock.Now()
	if w.reset != nil { // QEMU's monitor serves one at a time, and whileOff may ask it
		saw := w.reset()
		w.reset = func() bool { return saw }
	}
	w.stop()
	w.count()
	if err := w.whileOff(ctx); err != nil {
		return err
	}
	w.stage, w.entered = StageDown, w.guest.clock.Now() // what was done while it was off is no time of the guest's
	return nil
}

// awaitBoot polls until the new boot is proven.
func (w *bootWatch) awaitBoot(ctx context.Context) error {
	if w.whileOff == nil {
		w.enter(StageGoingDown)
	}
	w.last = trouble.Hint(errors.New("the guest took the request and goes on answering as the old boot"), "see what holds the shutdown back on its screen")
	if w.unread != nil {
		w.last = fmt.Errorf("the answer to the request could not be read, and the guest goes on answering as the old boot: %w", w.unread)
	}
	for {
		connected, answer, err := w.poll(ctx)
		switch {
		case ctx.Err() != nil:
			return err
		case err == nil && answer.Token:
			w.enter(StageGoingDown) // also when an answer failed to come in between
		case err == nil && w.proven(answer):
			w.enter(StageReady)
			w.reboot.Up = w.guest.clock.Now()
			return nil
		case err == nil:
			if !w.reboot.Down.IsZero() {
				w.enter(StageUp)
			}
			w.last = w.unproven(answer)
			if _, err := w.guest.sure(ctx); isOther(err) {
				return err
			}
		case !Lost(err):
			if w.stage == StageDown {
				w.enter(StageUp)
			}
			w.last = err
		case !connected:
			if w.stage != StageDown {
				w.guest.runner.Forget()
			}
			if w.reboot.Down.IsZero() {
				w.reboot.Down = w.guest.clock.Now()
			}
			w.enter(StageDown)
			w.last = fmt.Errorf("nothing takes connections: %w", err)
		default:
			if w.stage == StageDown {
				w.enter(StageUp)
			}
			w.last = fmt.Errorf("the port takes connections and WinRM does not answer: %w", err)
		}
		if err := w.wait(ctx, err); err != nil {
			return err
		}
	}
}

// patience are the parts of a stage's limit at which a login that was refused is tried
// again. They are as few as they are because refused logins lock accounts.
var patience = []float64{0.1, 0.4, 0.95}

// wait pauses after a poll that came to err. A guest that refuses the login is asked
// rarely, and to the end of the stage: the password was good before the reboot, and a
// guest of a domain can refuse it for minutes after its boot
// (github.com/ansible/ansible/issues/45912, 39235).
func (w *bootWatch) wait(ctx context.Context, err error) error {
	if !errors.Is(err, fault.ErrUnauthorized) {
		return w.tick(ctx, pollEvery, w.last)
	}
	w.last = trouble.Hint(fmt.Errorf("the guest refuses the login that it took before the reboot: %w", err),
		"a guest of a domain may take it later: raise limits.reboot.%s", strings.ReplaceAll(string(w.stage), " ", "_"))
	part := 1.0
	if w.refused < len(patience) {
		part = patience[w.refused]
	}
	w.refused++
	for {
		w.count()
		rest := time.Duration(part*float64(w.limits.of(w.stage))) - w.spent[w.stage]
		if err := w.tick(ctx, max(rest, 0)+pollEvery, w.last); err != nil || w.refused <= len(patience) {
			return err
		}
	}
}

// poll asks once. The port is tried first because a guest that is down answers a
// connection attempt with silence; connected says whether that went well.
func (w *bootWatch) poll(ctx context.Context) (connected bool, answer terms.BootAnswer, err error) {
	short, cancel := context.WithTimeout(ctx, w.ping)
	defer cancel()
	if err := w.guest.runner.Ping(short); err != nil {
		return false, answer, err
	}
	long, cancel := context.WithTimeout(ctx, w.patient())
	defer cancel()
	answer, err = w.dialect.Boot(long, w.reboot.Nonce)
	w.cold = w.cold || long.Err() != nil
	return true, answer, err
}

// patient is how long one answer is waited for. To stop a PowerShell that starts for the first time in
// a boot is to begin anew with it: a guest that was down, or did not answer in time once, is given
// longer, within what is left of the stage.
func (w *bootWatch) patient() time.Duration {
	if w.reboot.Down.IsZero() && !w.cold {
		return pollLimit
	}
	w.count()
	return min(max(w.limits.of(w.stage)-w.spent[w.stage], pollLimit), coldLimit)
}

// awaitReady waits for the adapter under test. A guest that leaves once more, as one
// that finishes an update does, is waited for: it boots with the same settings.
func (w *bootWatch) awaitReady(ctx context.Context) error {
	for {
		asked, cancel := context.WithTimeout(ctx, w.patient())
		facts, raw, err := w.dialect.Facts(asked)
		cancel()
		if err == nil {
			if boot := facts.BootTime.Time(); boot.Sub(w.reboot.BootAfter).Abs() > bootTimeSlack {
				w.reboot.BootAfter = boot
				w.reboot.Extra++
			}
			if err = w.guest.Is(record.IdentityOf(facts, record.Adapter{})); err != nil {
				return err
			}
			err = w.ready(facts)
		}
		if err == nil {
			w.reboot.Ready, w.reboot.Guest, w.reboot.Raw = w.guest.clock.Now(), facts, raw
			return w.settleEvent(ctx)
		}
		if ctx.Err() != nil {
			return err
		}
		if Lost(err) {
			w.guest.runner.Forget()
		}
		w.last = err
		if err := w.wait(ctx, err); err != nil {
			return err
		}
	}
}

// isOther says whether another machine answers.
func isOther(err error) bool {
	var other *OtherMachineError
	return errors.As(err, &other)
}

// settleEvent reads the boot event of a guest that rebooted more often than asked.
func (w *bootWatch) settleEvent(ctx context.Context) error {
	if w.reboot.Extra == 0 {
		return nil
	}
	answer, err := w.dialect.Boot(ctx, w.reboot.Nonce)
	w.reboot.EventAfter = answer.BootEvent
	return err
}

// enter counts the time of the present stage and goes to another, or stays.
func (w *bootWatch) enter(s Stage) {
	w.count()
	w.stage = s
}

func (w *bootWatch) count() {
	now := w.guest.clock.Now()
	w.spent[w.stage] += now.Sub(w.entered)
	w.entered = now
}

// tick waits a little, unless the stage's time is over; then last is why.
func (w *bootWatch) tick(ctx context.Context, d time.Duration, last error) error {
	w.count()
	if limit := w.limits.of(w.stage); w.spent[w.stage] > limit {
		return fmt.Errorf("the limit of %s for this stage is over; last: %w", limit, last)
	}
	return w.guest.clock.Sleep(ctx, d)
}

// Exit codes of shutdown.exe (docs/facts/windows-samples.md 5.3; docs/facts/winrm.md 2).
const (
	shutdownDenied     = 5
	shutdownInProgress = 1115
	shutdownScheduled  = 1190
	shutdownOthers     = 1191
	shutdownNoService  = 1717
)

// askEvery is the pause before the request is made again.
const askEvery = 2 * time.Second

// ask leaves the token and sends the request, until it is taken. A lost connection is
// what a reboot looks like.
func (w *bootWatch) ask(ctx context.Context) error {
	g, r := w.guest, &w.reboot
	asked, cancel := context.WithTimeout(ctx, w.limits.Ask)
	defer cancel()
	var err error
	if w.dialect, err = g.speak(asked); err != nil {
		return w.late(ctx, asked, err)
	}
	if asked, err = g.sure(asked); err != nil {
		return w.late(ctx, asked, err)
	}
	token, before, err := w.dialect.LeaveToken(asked)
	r.Nonce = token
	if err != nil {
		return w.late(ctx, asked, err)
	}
	r.BootBefore, r.Before, r.EventBefore = before.BootTime.Time(), before.Now.Time(), before.BootEvent
	r.Asked = g.clock.Now()
	ask, abort := w.dialect.Shutdown()
	if w.whileOff != nil {
		ask = w.dialect.SwitchOff()
	}
	takenBack := false
	for {
		result, err := g.runner.Run(asked, ask, nil)
		if errors.Is(err, winrm.ErrShellGone) { // it was not asked
			if asked, err = g.sure(asked); err == nil {
				result, err = g.runner.Run(asked, ask, nil)
			}
			if err != nil {
				return w.late(ctx, asked, err)
			}
		}
		switch {
		case err != nil && ctx.Err() == nil && Lost(err):
			return nil
		case err != nil && winrm.Begun(err): // the guest shows whether it took the request
			w.unread = err
			return nil
		case err != nil:
			return err
		}
		switch result.Exit {
		case 0, shutdownInProgress:
			return nil
		case shutdownScheduled:
			if takenBack {
				return trouble.Hint(errors.New("another shutdown is scheduled again and again"), "take it back with shutdown /a on the guest")
			}
			if _, err := g.runner.Run(asked, abort, nil); err != nil {
				return fmt.Errorf("another shutdown is scheduled and cannot be taken back: %w", err)
			}
			takenBack = true
			continue
		case shutdownNoService:
			err = errors.New("shutdown.exe: exit code 1717: the service that shuts down does not run yet; the guest may still be starting")
		case shutdownOthers:
			return trouble.Hint(errors.New("shutdown.exe: exit code 1191: other users are logged on to the guest"), "log them off")
		case shutdownDenied:
			return trouble.Hint(errors.New("shutdown.exe: exit code 5: access denied"), "the user of the campaign needs the right to shut down the guest remotely (an administrator has it)")
		default:
			return fmt.Errorf("shutdown.exe: exit code %d: %s%s", result.Exit, terms.Excerpt(result.Stdout), terms.Excerpt(result.Stderr))
		}
		if over := w.tick(ctx, askEvery, err); over != nil {
			return over
		}
	}
}

// late says of an error that it came when the stage's time was over.
func (w *bootWatch) late(ctx, asked context.Context, err error) error {
	if asked.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("the limit of %s for this stage is over; last: %w", w.limits.Ask, err)
	}
	return err
}
