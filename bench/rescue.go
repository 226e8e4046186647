package bench

import (
	"context"
	"errors"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Rescue is the ways back to a guest that does not answer; rescue.Ladder is one.
type Rescue interface {
	Back(ctx context.Context, o record.Originals, due time.Time) ([]record.RescueStep, error)
	Restore(ctx context.Context, o record.Originals, due time.Time) ([]record.RescueStep, error)
}

// StoredRescue is the kind of the store's events, and of a boot's raw texts, that hold
// steps of the ladder.
const StoredRescue = "rescue"

// stopLimit bounds the end of the guest's iperf3, which is a courtesy to the guest.
const stopLimit = 30 * time.Second

// meet begins a session. A guest that an earlier session left changed may not answer, because
// of that or since it boots: it is brought back, and the session begins once more.
func (l *Loop) meet(ctx context.Context, spec Spec) (*session, error) {
	changed, err := l.Store.Changed()
	if err != nil {
		return nil, err
	}
	if err := l.machineAsFound(ctx, spec, changed); err != nil {
		return nil, err
	}
	s, err := l.begin(ctx, spec)
	if err == nil || !changed || !apply.Lost(err) || ctx.Err() != nil {
		return s, err
	}
	o, storeErr := l.stored()
	if storeErr != nil {
		return nil, errors.Join(err, storeErr)
	}
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventRescue, Text: "the guest that an earlier session left changed does not answer: " + trouble.Line(err)})
	events, err := l.Store.Events()
	if err != nil {
		return nil, err
	}
	drivers, err := DriversOf(events)
	if err != nil {
		return nil, err
	}
	l.Guest.Return(drivers)
	var due time.Time // a switch that the earlier session armed acts then at the latest
	if spec.DeadMan > 0 && (apply.Risky(*o) || drivers != nil) {
		due = l.Clock.Now().Add(spec.DeadMan)
	}
	steps, err := l.Rescue.Back(ctx, *o, due)
	if err := errors.Join(err, l.keep(steps)); err != nil {
		return nil, err
	}
	if err := l.machineAsFound(ctx, spec, changed); err != nil {
		return nil, err
	}
	return l.begin(ctx, spec)
}

// bringBack climbs the ladder when a boot failed because the guest is lost, and keeps
// what was done with the boot. Its error ends the session: nothing brought it back.
func (l *Loop) bringBack(ctx context.Context, s *session, b *bootRecord, cause error) error {
	if cause == nil || ctx.Err() != nil {
		return nil
	}
	if s.variants.Changed() && !apply.Lost(cause) {
		if off, err := l.Machine.Off(ctx); err == nil && off { // the command failed that starts it
			_, err = l.machineBack(ctx, s)
			return err
		}
	}
	if !apply.Lost(cause) {
		return nil
	}
	e := l.event(s, b.slot, EventRescue)
	e.Text = "the guest does not answer: " + cause.Error()
	l.Notify(e)
	if s.variants.Changed() { // whatever it is that keeps it, its machine is another
		_, err := l.machineBack(ctx, s)
		if off, unknown := l.Machine.Off(ctx); err == nil || unknown == nil && off { // nothing else starts a machine
			return err
		}
	}
	steps, err := l.Rescue.Back(ctx, s.values(), s.due)
	if err == nil {
		s.due = time.Time{}
		s.reverted = s.reverted || len(steps) > 0 && steps[len(steps)-1].Rung == rescue.RungSnapshot
	}
	for _, step := range steps {
		b.Steps = append(b.Steps, results.Step{Name: "rescue: " + step.Rung, Started: step.Started, Ended: step.Ended})
		l.tell(step)
	}
	b.raw(StoredRescue, asJSON(steps))
	b.Ended = l.Clock.Now()
	return err
}

// restore restores the guest by the first way that works, and says what came of it.
// Unkept is what the store could not keep of it. After a ladder in vain there is nothing left to try.
func (l *Loop) restore(ctx context.Context, s *session, cause error) (said string, unkept, err error) {
	var lost *rescue.LostError
	var machine string
	if !stranger(cause) {
		if machine, err = l.machineBack(ctx, s); err != nil {
			return "", nil, err
		}
	}
	if errors.As(cause, &lost) && machine == "" {
		return "", nil, errors.New("its originals were not put back")
	}
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventRestore, Text: "putting the guest's originals back"})
	if !stranger(cause) { // whose iperf3 it is then
		l.stopServer(ctx, s.spec)
	}
	steps, err := l.Rescue.Restore(ctx, s.values(), s.due)
	said = "the guest has its originals, read back after a reboot"
	if len(steps) > 0 && steps[len(steps)-1].Outcome == rescue.Untouched {
		said = rescue.Untouched
	} else if inexact := s.spec.Plan.Inexact(); err == nil && len(inexact) > 0 {
		said += "; " + strings.Join(inexact, "; ")
	}
	if machine != "" {
		said += "; " + machine
	}
	if s.variants != nil && s.variants.drivers != nil && err == nil {
		said += "; its adapter has the driver that it was found with, " + s.variants.drivers.Found.Version
	}
	return said, l.keep(steps), err
}

// stopServer ends the guest's iperf3, and its iperf2 where workloads need it.
func (l *Loop) stopServer(ctx context.Context, spec Spec) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	if record.NeedIPerf3(spec.Workloads) {
		_ = l.Guest.StopIPerf(bounded, spec.GuestIPerf, spec.Target.Port)
	}
	if byIPerf2(spec.Workloads) {
		_ = l.Guest.StopIPerf2(bounded, spec.GuestIPerf2)
	}
}

// keep stores what was done outside of a boot, and tells it where more than one way
// was needed.
func (l *Loop) keep(steps []record.RescueStep) error {
	if len(steps) > 1 {
		for _, s := range steps {
			l.tell(s)
		}
	}
	return l.Store.AddEvent(results.Event{At: l.Clock.Now(), Kind: StoredRescue, Text: string(asJSON(steps))})
}

func (l *Loop) tell(s record.RescueStep) {
	l.Notify(Event{Time: s.Ended, Kind: EventRescue, Step: s.Rung, Text: s.Outcome})
}

// stored are the originals in the store; nil for none.
func (l *Loop) stored() (*record.Originals, error) {
	return l.Store.Originals()
}
