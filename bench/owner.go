package bench

import (
	"context"

	"vnettune/apply"
)

// Owner is what the mark in the guest says of a campaign.
type Owner struct {
	ID   string // the same in every session of the store
	Host string
}

// unowned refuses a guest that another campaign has marked; nothing is written.
func (l *Loop) unowned(ctx context.Context, s *session) error {
	mark, err := l.Guest.Owner(ctx)
	if err != nil || mark == nil || mark.ID == l.Owner.ID {
		return err
	}
	return &apply.OwnedError{Owner: *mark, Now: l.Clock.Now().Add(s.ahead)}
}

// mark is the mark in the guest as of now.
func (l *Loop) mark(s *session) apply.Owner {
	return apply.Owner{ID: l.Owner.ID, Host: l.Owner.Host, Since: s.started.Add(s.ahead), Seen: l.Clock.Now().Add(s.ahead)}
}

// takeOver marks the guest and, where settings under test may cut it off, tries the
// dead-man switch, so that one that cannot be armed is known before the first setting
// is written.
func (l *Loop) takeOver(ctx context.Context, s *session) error {
	if err := l.Guest.Claim(ctx, l.mark(s)); err != nil {
		return err
	}
	if s.originals.Risky() {
		return l.tryDeadMan(ctx, s)
	}
	return nil
}

// letGo takes the mark off a guest that was refused, unless an earlier session left it
// changed.
func (l *Loop) letGo(ctx context.Context) error {
	if changed, err := l.Store.Changed(); changed || err != nil {
		return err
	}
	return l.Guest.Release(context.WithoutCancel(ctx), l.Owner.ID)
}
