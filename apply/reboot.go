package apply

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// RebootLimits bounds the stages of a reboot, each by itself.
type RebootLimits struct {
	Down time.Duration // from the request until the old system stops answering
	Up   time.Duration // from then until a new boot is proven
}

// DefaultRebootLimits suits a Windows that installs nothing while it boots.
var DefaultRebootLimits = RebootLimits{Down: 3 * time.Minute, Up: 10 * time.Minute}

const (
	pollEvery  = 100 * time.Millisecond
	pollLimit  = 10 * time.Second // one answer of a booting guest
	clockSlack = 2 * time.Second  // a clock that is corrected while booting
)

// Exit codes of shutdown.exe (SAMPLES 5.3).
const (
	shutdownInProgress = 1115
	shutdownScheduled  = 1190
)

// Reboot is the proof of a new boot and the times of its stages by the host's clock.
type Reboot struct {
	Nonce      string    `json:"nonce"`       // names the mark that cannot survive a boot
	BootBefore time.Time `json:"boot_before"` // by the guest's clock
	Before     time.Time `json:"before"`      // the guest's clock just before the reboot was asked
	BootAfter  time.Time `json:"boot_after"`  // by the guest's clock
	Asked      time.Time `json:"asked"`
	Down       time.Time `json:"down"` // first time without an answer; zero when it was never seen
	Up         time.Time `json:"up"`
	Signs      []string  `json:"signs"` // what proves the boot
}

// A RebootError says at which stage a reboot failed. The guest may be in any state.
type RebootError struct {
	Stage string // ask, going down, up
	After time.Duration
	Err   error
}

func (e *RebootError) Error() string {
	return fmt.Sprintf("reboot: stage %q after %s: %v", e.Stage, e.After.Round(100*time.Millisecond), e.Err)
}
func (e *RebootError) Unwrap() error { return e.Err }

// bootAnswer is what a guest says of its boot.
type bootAnswer struct {
	BootTime filetime `json:"bootTime"`
	Now      filetime `json:"now"`
	Mark     bool     `json:"mark"`
}

// Reboot reboots the guest and returns when the new boot is proven by two signs:
// its boot time is later than the guest's own clock just before, and a mark that
// cannot survive a boot is gone. An answer of the system that is going down proves nothing.
func (g *Guest) Reboot(ctx context.Context, limits RebootLimits) (Reboot, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return Reboot{}, &RebootError{Stage: "ask", Err: err}
	}
	mark, before, err := d.mark(ctx)
	r := Reboot{Nonce: mark}
	if err != nil {
		return r, &RebootError{Stage: "ask", Err: err}
	}
	r.BootBefore, r.Before = before.BootTime.Time(), before.Now.Time()
	r.Asked = g.clock.Now()
	if err := g.askReboot(ctx, d); err != nil {
		return r, &RebootError{Stage: "ask", After: g.clock.Now().Sub(r.Asked), Err: err}
	}
	err = g.awaitBoot(ctx, d, limits, &r)
	return r, err
}

// askReboot sends the request. A lost connection is what a reboot looks like.
func (g *Guest) askReboot(ctx context.Context, d dialect) error {
	ask, abort := d.shutdown()
	for attempt := range 2 {
		result, err := g.runner.Run(ctx, ask, nil)
		switch {
		case err != nil && ctx.Err() == nil && Lost(err), err == nil && result.Exit == 0, err == nil && result.Exit == shutdownInProgress:
			return nil
		case err != nil:
			return err
		case result.Exit == shutdownScheduled && attempt == 0:
			if _, err := g.runner.Run(ctx, abort, nil); err != nil {
				return fmt.Errorf("another shutdown is scheduled and cannot be taken back: %w", err)
			}
		default:
			return fmt.Errorf("shutdown.exe: exit code %d: %s%s", result.Exit, excerpt(result.Stdout), excerpt(result.Stderr))
		}
	}
	return errors.New("another shutdown is scheduled again and again; take it back with shutdown /a on the guest")
}

// awaitBoot polls until the new boot is proven or a stage's limit is over.
func (g *Guest) awaitBoot(ctx context.Context, d dialect, limits RebootLimits, r *Reboot) error {
	last := errors.New("the guest goes on answering as the old boot")
	for {
		answer, err := g.pollBoot(ctx, d, r.Nonce)
		now := g.clock.Now()
		switch {
		case ctx.Err() != nil:
			return &RebootError{Stage: r.stage(), After: now.Sub(r.Asked), Err: ctx.Err()}
		case err == nil && answer.proves(r, d.markWord(r.Nonce)):
			r.Up = now
			g.runner.Forget()
			return nil
		case err != nil && !Lost(err):
			last = err
		case err != nil && r.Down.IsZero():
			r.Down, last = now, err
			g.runner.Forget()
		case err != nil:
			last = err
		}
		if r.Down.IsZero() && now.Sub(r.Asked) > limits.Down || !r.Down.IsZero() && now.Sub(r.Down) > limits.Up {
			return &RebootError{Stage: r.stage(), After: now.Sub(r.Asked), Err: fmt.Errorf("the limit is over; last: %w", last)}
		}
		if err := g.clock.Sleep(ctx, pollEvery); err != nil {
			return &RebootError{Stage: r.stage(), After: now.Sub(r.Asked), Err: err}
		}
	}
}

// stage names what the reboot is waiting for.
func (r *Reboot) stage() string {
	if r.Down.IsZero() {
		return "going down"
	}
	return "up"
}

// pollBoot asks once; the port is tried first because a guest that is down answers
// a connection attempt with silence.
func (g *Guest) pollBoot(ctx context.Context, d dialect, mark string) (bootAnswer, error) {
	if err := g.runner.Ping(ctx); err != nil {
		return bootAnswer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	return d.boot(ctx, mark)
}

// proves fills in the signs and says whether they suffice.
func (a bootAnswer) proves(r *Reboot, mark string) bool {
	boot := a.BootTime.Time()
	if a.Mark || boot.Before(r.Before.Add(-clockSlack)) || !boot.After(r.BootBefore) {
		return false
	}
	r.BootAfter = boot
	r.Signs = []string{
		fmt.Sprintf("boot time %s is later than the guest's clock before, %s", boot.Format(time.RFC3339), r.Before.Format(time.RFC3339)),
		mark + " is gone",
	}
	return true
}
