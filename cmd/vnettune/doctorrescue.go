package main

import (
	"context"
	"errors"
	"time"

	"vnettune/apply"
)

// examineMarks looks for what an earlier campaign may have left in the guest: the
// mark of its owner, an armed dead-man switch, or one that went off.
func (d *doctor) examineMarks(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	owner, err := d.guest.Owner(ctx)
	switch {
	case err != nil:
		d.fail("guest.left", "attach --record FILE to a bug report", "%v", err)
	case owner != nil:
		d.fail("guest.left", "put the guest back with that campaign's store: vnettune restore STORE; only where it is known to have its own values, on the guest: "+apply.RemoveOwner,
			"a campaign that was run on %s since %s works on the guest or left it changed", owner.Host, owner.Since.Format(time.RFC3339))
	default:
		d.ok("guest.left", "no campaign's mark is in the guest")
	}
	m, err := d.guest.DeadMan(ctx)
	switch {
	case errors.Is(err, apply.ErrNoDeadMan):
		d.notAsked("rescue.dead-man", err.Error())
	case err != nil:
		d.fail("rescue.dead-man", "start the service Schedule on the guest, and take an administrator", "%v", err)
	case m.Armed && m.Due != nil:
		d.fail("rescue.dead-man", "wait until it went off, or put the guest back: vnettune restore STORE", "it is armed by an earlier campaign and goes off at %s by the guest's clock", m.Due.Time().Format(time.RFC3339))
	case m.Armed:
		d.fail("rescue.dead-man", "put the guest back: vnettune restore STORE", "it is armed by an earlier campaign")
	case m.HasFired() != "":
		d.warn("rescue.dead-man", "none needed if the guest is as it should be", "%s", m.HasFired())
	default:
		d.ok("rescue.dead-man", "it can be armed; nothing is")
	}
}
