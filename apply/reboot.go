package apply

import (
	"context"
	"fmt"
	"time"

	"vnettune/results/record"
)

// Stage is a part of a reboot, each with a limit of its own.
type Stage string

// The stages, in their order.
const (
	StageAsk       Stage = "ask"        // until the guest has taken the request
	StageGoingDown Stage = "going down" // until the old system stops answering
	StageDown      Stage = "down"       // until something takes connections again
	StageUp        Stage = "up"         // until a new boot is proven
	StageReady     Stage = "ready"      // until the adapter under test is up with its address
)

// RebootLimits bounds the stages of a reboot. A stage that the guest comes back to,
// as one that reboots several times does, goes on where its time stood.
type RebootLimits struct {
	Ask, GoingDown, Down, Up, Ready time.Duration
}

// Total is the longest that a reboot can take.
func (l RebootLimits) Total() time.Duration { return l.Ask + l.GoingDown + l.Down + l.Up + l.Ready }

func (l RebootLimits) of(s Stage) time.Duration {
	return map[Stage]time.Duration{
		StageAsk: l.Ask, StageGoingDown: l.GoingDown, StageDown: l.Down, StageUp: l.Up, StageReady: l.Ready,
	}[s]
}

// A RebootError says at which stage a reboot failed. The guest may be in any state.
type RebootError struct {
	Stage Stage
	After time.Duration // from the request
	Err   error
}

func (e *RebootError) Error() string {
	return fmt.Sprintf("reboot: stage %q after %s: %v", string(e.Stage), e.After.Round(100*time.Millisecond), e.Err)
}
func (e *RebootError) Unwrap() error { return e.Err }

// Monitor sees from outside that the guest's machine is reset: QEMU's monitor.
type Monitor interface {
	// Watch begins to watch. reset says whether the machine was reset or shut down by
	// its guest since then; stop ends the watching.
	Watch(ctx context.Context) (reset func() bool, stop func(), err error)
}

// Reboot reboots the guest and returns when the new boot is proven and the adapter
// under test is up. Two independent signs prove a boot, out of: its boot time is later
// than the guest's own clock just before; a mark that cannot survive a boot is gone; the
// system's log holds a newer boot event; the monitor saw the machine's reset. An answer
// of the system that is going down still has the mark, and proves nothing.
func (g *Guest) Reboot(ctx context.Context, limits RebootLimits) (record.Reboot, error) {
	w := &bootWatch{guest: g, limits: limits, stage: StageAsk, began: g.clock.Now(), spent: map[Stage]time.Duration{}}
	err := w.run(ctx)
	return w.reboot, err
}
