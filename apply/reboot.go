package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/apply/terms"
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

// armedPart is how much of the switch's limit a boot may take: the rest is for the
// read-back after it.
const armedPart = 0.8

// Within is l, every stage shortened in proportion where all of them together might
// outlast a dead-man switch of the given limit. Without a switch (0) l is as it was.
func (l RebootLimits) Within(deadMan time.Duration) RebootLimits {
	most := time.Duration(armedPart * float64(deadMan))
	total := l.Total()
	if deadMan == 0 || total <= most {
		return l
	}
	part := func(d time.Duration) time.Duration { return time.Duration(float64(d) / float64(total) * float64(most)) }
	return RebootLimits{Ask: part(l.Ask), GoingDown: part(l.GoingDown), Down: part(l.Down), Up: part(l.Up), Ready: part(l.Ready)}
}

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

// Error says at which stage the reboot failed, and how long after the request.
func (e *RebootError) Error() string {
	return fmt.Sprintf("reboot: stage %q after %s: %v", string(e.Stage), e.After.Round(100*time.Millisecond), e.Err)
}

// Unwrap gives the reason.
func (e *RebootError) Unwrap() error { return e.Err }

// Monitor sees from outside that the guest's machine is reset: QEMU's monitor.
type Monitor interface {
	// Watch begins to watch. reset says whether the machine was reset or shut down by
	// its guest since then; stop ends the watching.
	Watch(ctx context.Context) (reset func() bool, stop func(), err error)
}

// Reboot reboots the guest and returns when the new boot is proven and the adapter
// under test is up. Two independent signs prove a boot, out of: its boot time is later
// than the guest's own clock just before; a token that cannot survive a boot is gone; the
// system's log holds a newer boot event; the monitor saw the machine's reset. An answer
// of the system that is going down still has the token, and proves nothing. Another machine
// that answers in the guest's place is an *OtherMachineError.
func (g *Guest) Reboot(ctx context.Context, limits RebootLimits) (record.Reboot, error) {
	return g.reboot(ctx, limits, g.isUp, nil)
}

// SwitchOff switches the guest off, calls whileOff once nothing of it answers any more, which has to start its machine
// again, and returns when the new boot is proven and the adapter under test is up, as Reboot does.
func (g *Guest) SwitchOff(ctx context.Context, limits RebootLimits, whileOff func(context.Context) error) (record.Reboot, error) {
	return g.reboot(ctx, limits, g.isUp, whileOff)
}

// isUp says what a guest that has booted lacks still to be measured.
func (g *Guest) isUp(f record.Guest) error {
	if !g.data.IsValid() { // a guest that is only put back is not measured
		return nil
	}
	a, err := g.AdapterUnderTest(f)
	if err == nil && !a.Up {
		err = fmt.Errorf("the adapter %s is not up", a.Name)
	}
	return err
}

// reboot returns when the new boot is proven and ready finds nothing amiss in its facts.
func (g *Guest) reboot(ctx context.Context, limits RebootLimits, ready func(record.Guest) error, whileOff func(context.Context) error) (record.Reboot, error) {
	w := &bootWatch{guest: g, limits: limits, ready: ready, whileOff: whileOff, stage: StageAsk, began: g.clock.Now(), spent: map[Stage]time.Duration{}}
	err := w.run(ctx)
	if err == nil {
		g.recall(func(h *history) { *h = history{booted: true} })
	}
	return w.reboot, err
}

const (
	clockSlack = 2 * time.Second // a clock that is corrected while booting
	// bootTimeSlack is how far the boot time of one boot may move: it is computed from
	// the clock and the uptime (docs/facts/windows-samples.md 5.2).
	bootTimeSlack = 10 * time.Second
	signsNeeded   = 2
)

// proven says whether an answer without the token comes from a new boot, and keeps the signs.
func (w *bootWatch) proven(a terms.BootAnswer) bool {
	r := &w.reboot
	r.BootAfter, r.EventAfter = a.BootTime.Time(), a.BootEvent
	r.Signs = []string{w.dialect.TokenWord(r.Nonce) + " is gone"}
	if w.laterBoot() {
		r.Signs = append(r.Signs, fmt.Sprintf("boot time %s is later than the guest's clock before, %s",
			r.BootAfter.Format(time.RFC3339), r.Before.Format(time.RFC3339)))
	}
	if newer(r.EventBefore, r.EventAfter) {
		r.Signs = append(r.Signs, fmt.Sprintf("boot event %s in the system's log is newer than %s", *r.EventAfter, *r.EventBefore))
	}
	if w.reset != nil && w.reset() {
		r.Signs = append(r.Signs, "the monitor saw the machine's reset")
	}
	return len(r.Signs) >= signsNeeded
}

func (w *bootWatch) laterBoot() bool {
	r := &w.reboot
	return !r.BootAfter.Before(r.Before.Add(-clockSlack)) && r.BootAfter.After(r.BootBefore)
}

// unproven says what an answer without the token lacks.
func (w *bootWatch) unproven(a terms.BootAnswer) error {
	why := []string{fmt.Sprintf("its boot time %s is not later than its clock was before, %s (did the clock jump?)",
		a.BootTime.Time().Format(time.RFC3339), w.reboot.Before.Format(time.RFC3339))}
	if w.reboot.EventBefore == nil || a.BootEvent == nil {
		why = append(why, "its log shows no boot event")
	} else if newer(a.BootEvent, w.reboot.EventBefore) {
		why = append(why, fmt.Sprintf("its log was made anew: its newest boot event is %s and was %s", *a.BootEvent, *w.reboot.EventBefore))
	} else {
		why = append(why, "its newest boot event is the one from before")
	}
	if w.reset == nil {
		why = append(why, "nobody watched the machine from outside ("+w.reboot.Unseen+"; guest.rescue.qmp would)")
	} else {
		why = append(why, "the monitor saw no reset")
	}
	return fmt.Errorf("the guest answers, the token is gone, and no second sign proves a boot: %s", strings.Join(why, "; "))
}

// newer says whether the second record number is known to be greater.
func newer(before, after *string) bool {
	if before == nil || after == nil {
		return false
	}
	b, err := strconv.ParseUint(*before, 10, 64)
	a, err2 := strconv.ParseUint(*after, 10, 64)
	return err == nil && err2 == nil && a > b
}

// ErrOtherBoot says that the guest has rebooted by itself.
var ErrOtherBoot = errors.New("the guest has rebooted by itself")

// SameBoot returns nil when the guest still runs the boot that was proven. Where boot
// events can be read they decide, since no clock changes them, unless the proven boot's
// own was not in the log yet.
func (g *Guest) SameBoot(ctx context.Context, r record.Reboot) error {
	d, err := g.speak(ctx)
	if err != nil {
		return err
	}
	a, err := d.Boot(ctx, r.Nonce)
	switch {
	case err != nil:
		return err
	case a.BootEvent != nil && r.EventAfter != nil && (r.EventBefore == nil || *r.EventBefore != *r.EventAfter):
		if *a.BootEvent != *r.EventAfter {
			return fmt.Errorf("%w: its boot event is %s and was %s", ErrOtherBoot, *a.BootEvent, *r.EventAfter)
		}
	case a.BootTime.Time().Sub(r.BootAfter).Abs() > bootTimeSlack:
		return fmt.Errorf("%w: its boot time is %s and was %s", ErrOtherBoot, a.BootTime.Time().Format(time.RFC3339), r.BootAfter.Format(time.RFC3339))
	}
	return nil
}
