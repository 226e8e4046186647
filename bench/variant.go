package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Machine is the guest's machine as this host has it, which variants change while it is off.
type Machine interface {
	// Off says whether the machine is off now.
	Off(ctx context.Context) (bool, error)
	// ForceOff switches a machine off whose guest does not answer.
	ForceOff(ctx context.Context) error
	// Run runs a variant's command while the machine is off; when it returns the machine has been started.
	Run(ctx context.Context, command []string) error

	Definable
}

// Switchable is a guest that can be switched off.
type Switchable interface {
	Facts(ctx context.Context) (record.Guest, []byte, error)
	SwitchOff(ctx context.Context, limits apply.RebootLimits, whileOff func(context.Context) error) (record.Reboot, error)
}

// Variants takes the guest's machine from one variant of a plan to another, and back to what it was found.
type Variants struct {
	Guest   Switchable
	Machine Machine
	Keep    func(results.Event) error // in the store
	Clock   terms.Clock
	Limits  apply.RebootLimits
	Plan    matrix.Plan

	drivers *drivers // where the plan has drivers' packages and the guest was asked for its own

	found string // libvirt's XML of the machine as it was found; "" before a patch of it was needed
	now   string // the variant that the machine has, or may have; "": it is as it was found
	done  bool   // it has it: the guest answered after its command
}

// Resume takes over what the events of a store say of the machine.
func (v *Variants) Resume(events []results.Event) error {
	v.now, v.found, v.done, v.drivers = "", "", false, nil
	for _, e := range events {
		switch e.Kind {
		case results.EventVariant:
			v.now = e.Text
		case storedDrivers:
			d, err := driversIn(e)
			if err != nil {
				return err
			}
			v.drivers = &drivers{Drivers: d}
		case storedDomain:
			text, err := unpack(e.Text)
			if err != nil {
				return fmt.Errorf("the domain's XML in the store: %w", err)
			}
			v.found = text
		}
	}
	return nil
}

// Changed says whether the machine may be another than it was found; the driver in the guest is the guest's own, which its
// restore gives back.
func (v *Variants) Changed() bool { return v != nil && v.now != "" && v.named(v.now).Driver == nil }

// Put gives the machine a variant, unless it has it already.
func (v *Variants) Put(ctx context.Context, name string) error {
	if v.now == name && v.done {
		return nil
	}
	was, next := v.named(v.now), v.named(name)
	if back := v.undo(was); back != nil && v.now != name && !takesItsPlace(was, next) {
		if err := back(ctx, false); err != nil {
			return err
		}
		if err := v.note(""); err != nil {
			return err
		}
	}
	if next.AsFound() { // as which the others are undone
		return nil
	}
	if next.Driver != nil {
		return v.drive(ctx, next)
	}
	change := v.command(next.Command)
	if next.XML != nil {
		var err error
		if change, err = v.patch(ctx, next); err != nil {
			return err
		}
	}
	if err := v.note(name); err != nil {
		return err
	}
	if err := v.cycle(ctx, change, false); err != nil {
		return err
	}
	v.done = true
	return nil
}

// Back makes the machine again what it was found: by the undo of its variant, or by the command of the baseline's.
func (v *Variants) Back(ctx context.Context) error {
	if !v.Changed() {
		return nil
	}
	back := v.undo(v.named(v.now))
	if back == nil {
		base, _ := v.Plan.Variant(v.Plan.Baseline().Combination)
		back = v.cycled(v.command(base.Command))
	}
	if err := back(ctx, true); err != nil {
		return fmt.Errorf("the guest's machine is still, or in part, that of variant %s: %w", v.now, err)
	}
	return v.note("")
}

// Way says how the machine becomes again what it was; "" where it is.
func (v *Variants) Way() string {
	if !v.Changed() {
		return ""
	}
	if v.named(v.now).XML != nil {
		return "the domain's XML as it was found"
	}
	if v.named(v.now).Undo != nil {
		return "the undo of variant " + v.now
	}
	base, _ := v.Plan.Variant(v.Plan.Baseline().Combination)
	return "the command of variant " + base.Name
}

func (v *Variants) named(name string) matrix.Variant {
	i := slices.IndexFunc(v.Plan.Variants, func(one matrix.Variant) bool { return one.Name == name })
	if i < 0 {
		return matrix.Variant{}
	}
	return v.Plan.Variants[i]
}

// note stores what the machine is about to become, before it does.
func (v *Variants) note(name string) error {
	if err := v.Keep(results.Event{At: v.Clock.Now(), Kind: results.EventVariant, Text: name}); err != nil {
		return err
	}
	v.now, v.done = name, false
	return nil
}

// command makes the machine another by a command.
func (v *Variants) command(words []string) func(context.Context) error {
	return func(ctx context.Context) error { return v.Machine.Run(ctx, words) }
}

// takesItsPlace says whether one variant can follow another without the machine as it was found between them.
func takesItsPlace(was, next matrix.Variant) bool {
	return was.XML != nil && next.XML != nil || was.Driver != nil && next.Driver != nil
}

// undo makes the machine again what it was before a variant; nil where another variant's command does.
func (v *Variants) undo(was matrix.Variant) func(ctx context.Context, force bool) error {
	switch {
	case was.Driver != nil:
		return func(ctx context.Context, _ bool) error { return v.drivers.guest.DriverBack(ctx, v.Limits) }
	case was.XML != nil:
		return v.cycled(v.unpatch)
	case was.Undo != nil:
		return v.cycled(v.command(was.Undo))
	}
	return nil
}

// cycled is a change of the machine with the guest off.
func (v *Variants) cycled(change func(context.Context) error) func(ctx context.Context, force bool) error {
	return func(ctx context.Context, force bool) error { return v.cycle(ctx, change, force) }
}

// cycle switches the guest off, makes its machine another and returns when the guest answers again. A machine that is off
// already is started by what makes it so; with force one whose guest does not answer is switched off.
func (v *Variants) cycle(ctx context.Context, change func(context.Context) error, force bool) error {
	off, err := v.Machine.Off(ctx)
	if err != nil {
		return err
	}
	if off { // whoever says so: two machines on one disk would ruin it
		asked, cancel := context.WithTimeout(ctx, offLimit)
		_, _, err := v.Guest.Facts(asked)
		cancel()
		if err == nil {
			return trouble.Hint(errors.New("the guest answers, and its machine is said to be off"), "see that guest.rescue.qmp or guest.libvirt names the guest's own machine")
		}
	}
	if !off {
		_, err := v.Guest.SwitchOff(ctx, v.Limits, func(ctx context.Context) error {
			if err := v.awaitOff(ctx); err != nil {
				return err
			}
			return change(ctx)
		})
		if err == nil || !force || !apply.Lost(err) || ctx.Err() != nil {
			return err
		}
		if off, _ := v.Machine.Off(ctx); !off {
			if hard := errors.Join(v.Machine.ForceOff(ctx), v.awaitOff(ctx)); hard != nil {
				return errors.Join(err, hard)
			}
		}
	}
	if err := change(ctx); err != nil {
		return err
	}
	return v.answers(ctx)
}

// How often a machine that is going off, or comes up, is asked.
const (
	offEvery    = 200 * time.Millisecond
	answerEvery = time.Second
	answerLimit = 30 * time.Second
	offLimit    = 5 * time.Second // of one question
)

func (v *Variants) awaitOff(ctx context.Context) error {
	until := v.Clock.Now().Add(v.Limits.GoingDown)
	for {
		asked, cancel := context.WithTimeout(ctx, offLimit)
		off, err := v.Machine.Off(asked) // a monitor that goes away in the middle is asked again
		cancel()
		switch {
		case err == nil && off:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case v.Clock.Now().Before(until):
		case err != nil:
			return err
		default:
			return trouble.Hint(fmt.Errorf("the guest is down and its machine is not off after %s", v.Limits.GoingDown), "raise limits.reboot.going_down, or see what holds it back")
		}
		if err := v.Clock.Sleep(ctx, offEvery); err != nil {
			return err
		}
	}
}

// answers waits for a guest whose machine was started.
func (v *Variants) answers(ctx context.Context) error {
	until := v.Clock.Now().Add(v.Limits.Down + v.Limits.Up)
	for {
		asked, cancel := context.WithTimeout(ctx, answerLimit)
		_, _, err := v.Guest.Facts(asked)
		cancel()
		switch {
		case err == nil || !apply.Lost(err):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !v.Clock.Now().Before(until):
			return fmt.Errorf("the guest does not answer after its machine was started: %w", err)
		}
		if err := v.Clock.Sleep(ctx, answerEvery); err != nil {
			return err
		}
	}
}

// variantsOf are the variants of a plan, as a store says that they are; nil where the plan has none.
func (l *Loop) variantsOf(spec Spec) (*Variants, error) {
	if len(spec.Plan.Variants) == 0 {
		return nil, nil
	}
	v := &Variants{Guest: l.Guest, Machine: l.Machine, Keep: l.Store.AddEvent, Clock: l.Clock, Limits: spec.Reboot, Plan: spec.Plan}
	events, err := l.Store.Events()
	if err == nil {
		err = v.Resume(events)
	}
	return v, err
}

// machineAsFound makes the machine what it was found where an earlier session left it another.
func (l *Loop) machineAsFound(ctx context.Context, spec Spec, changed bool) error {
	v, err := l.variantsOf(spec)
	if err != nil || !changed || v == nil {
		return err
	}
	if v.named(v.now).Driver != nil && v.drivers != nil {
		return l.driverAsFound(ctx, v)
	}
	if !v.Changed() {
		return nil
	}
	if err := l.ownedByUs(ctx); err != nil {
		return err
	}
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: "an earlier session left the guest's machine as variant " + v.now + "; it is made again what it was, by " + v.Way()})
	return v.Back(ctx)
}

// ownedByUs refuses another machine than the store's, and one that another campaign has marked.
func (l *Loop) ownedByUs(ctx context.Context) error {
	machine, err := l.Store.Identity()
	if err != nil {
		return err
	}
	if machine != nil {
		l.Guest.Expect(*machine)
	}
	if mark, err := l.Guest.Owner(ctx); err == nil && mark != nil && mark.ID != l.Owner.ID {
		return &apply.OwnedError{Owner: *mark, Now: l.Clock.Now()}
	}
	return nil
}

// machineBack makes the guest's machine again what it was found, and says how.
func (l *Loop) machineBack(ctx context.Context, s *session) (said string, err error) {
	if !s.variants.Changed() {
		return "", nil
	}
	way := s.variants.Way()
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventRestore, Text: "making the guest's machine again what it was, by " + way})
	if err := s.variants.Back(ctx); err != nil {
		return "", err
	}
	// What it is now is for the originals, which are written where the adapter has its values now.
	if err := l.see(ctx, s, ""); err != nil {
		return "", err
	}
	delete(s.sights, "")
	return "the machine is again what it was, by " + way, nil
}
