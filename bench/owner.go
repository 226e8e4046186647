package bench

import (
	"context"
	"errors"

	"vnettune/apply"
	"vnettune/apply/deadman"
)

// Ownable is a guest that bears the mark of the campaign whose it is.
type Ownable interface {
	Owner(ctx context.Context) (*apply.Owner, error)
	Claim(ctx context.Context, o apply.Owner) error
	Release(ctx context.Context, id string) error
}

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
	if apply.Risky(s.originals) {
		return l.tryDeadMan(ctx, s)
	}
	return nil
}

// letGo takes everything off a guest that was refused because of cause, the dead-man
// switch of an interrupted trial included, unless the guest is another campaign's or an
// earlier session left it changed. If that fails, the mark stays and the store is needed.
func (l *Loop) letGo(ctx context.Context, s *session, cause error) error {
	var owned *apply.OwnedError
	if errors.As(cause, &owned) {
		return l.clean(s)
	}
	ctx = context.WithoutCancel(ctx)
	l.stopServer(ctx, s.spec)
	if s.inherited {
		return nil
	}
	var err error
	if apply.Risky(s.originals) {
		if _, _, err = l.Guest.Disarm(ctx); errors.Is(err, deadman.ErrNone) {
			err = nil
		}
	}
	if err = errors.Join(err, l.Guest.Release(ctx, l.Owner.ID)); err != nil {
		return &UnrestoredError{Err: err}
	}
	return l.clean(s)
}

// clean says in the store that this session left nothing on the guest.
func (l *Loop) clean(s *session) error {
	if s.inherited {
		return nil
	}
	return l.Store.NoteClean(l.Clock.Now())
}
