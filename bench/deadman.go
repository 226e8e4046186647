package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/results/record"
	"vnettune/trouble"
)

// DeadManSwitch puts a guest's own values back by itself when nobody disarms it.
type DeadManSwitch interface {
	Arm(ctx context.Context, o record.Originals, limit time.Duration) (deadman.State, []byte, error)
	Disarm(ctx context.Context) (deadman.State, []byte, error)
}

// tryDeadMan arms the dead-man switch and takes it away again. A campaign
// goes on without one only if its user says so, or if there is another way back.
func (l *Loop) tryDeadMan(ctx context.Context, s *session) error {
	if s.spec.DeadMan == 0 {
		_, _, err := l.Guest.Disarm(ctx) // an earlier session may have armed one
		if errors.Is(err, deadman.ErrNone) {
			return nil
		}
		return err
	}
	_, _, err := l.Guest.Arm(ctx, s.values(), s.spec.DeadMan)
	switch {
	case errors.Is(err, deadman.ErrNone) && s.spec.OtherWayBack:
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: err.Error() + "; the other ways back of guest.rescue must do"})
		s.spec.DeadMan = 0
		return nil
	case err != nil:
		return trouble.Hint(fmt.Errorf("settings under test can cut the guest off, and %w", err),
			"give another way back (guest.rescue.guest_agent, libvirt or snapshot), or say guest.rescue.dead_man: off to run without one")
	}
	_, _, err = l.Guest.Disarm(ctx)
	return err
}

// arm arms the dead-man switch before a combination that may cut the guest off, and
// gives the limits of the reboot that fit into its time. One that a failed boot left
// armed is armed anew: it must not go off in the middle of this boot.
func (b *bootRecord) arm(ctx context.Context, targets []apply.Target) (apply.RebootLimits, error) {
	s := b.session
	if s.spec.DeadMan == 0 || len(apply.Dangerous(s.values(), targets)) == 0 && s.due.IsZero() {
		return s.spec.Reboot, nil
	}
	return s.spec.Reboot.Within(s.spec.DeadMan), b.step("arm", record.DeadManFailed, func() error {
		s.due = b.loop.Clock.Now().Add(s.spec.DeadMan)
		_, raw, err := b.loop.Guest.Arm(ctx, s.values(), s.spec.DeadMan)
		b.raw("arm", raw)
		return err
	})
}

// disarm takes the switch away that this boot or a failed one before it armed. One that
// has acted already makes the read-back worthless.
func (b *bootRecord) disarm(ctx context.Context) error {
	s := b.session
	if s.due.IsZero() {
		return nil
	}
	var m deadman.State
	if err := b.step("disarm", record.DeadManFailed, func() error {
		var raw []byte
		var err error
		m, raw, err = b.loop.Guest.Disarm(ctx)
		b.raw("disarm", raw)
		return err
	}); err != nil {
		return err
	}
	s.due = time.Time{}
	if fired := m.HasFired(); fired != "" {
		return &statusError{record.PutBack, errors.New(fired + "; the boot took longer than guest.rescue.dead_man allows")}
	}
	return nil
}
