package bench

import (
	"context"

	"vnettune/results"
)

// StoredApplied is the kind of the store's events that say that what vnettune apply put on the guest is whole there, and
// stays: what, in words.
const StoredApplied = "applied"

// leave closes the session of a plan whose last boot stays on the guest: the guest is told so, and keeps this owner's
// mark, by which alone its originals are put back. The store goes on saying that the guest is changed.
func (l *Loop) leave(ctx context.Context, s *session) error {
	if err := l.Guest.Stay(ctx, l.mark(s), s.spec.Plan.Arms[s.spec.Plan.Slots[0].Arm].Name); err != nil {
		return err
	}
	now := l.Clock.Now()
	if err := l.Store.AddEvent(results.Event{At: now, Kind: StoredApplied, Text: s.spec.Plan.Applied}); err != nil {
		return err
	}
	if err := l.Store.EndSession(s.id, "done", now); err != nil {
		return err
	}
	l.Notify(Event{Time: now, Kind: EventDone, Status: "done"})
	return nil
}
