package bench

import (
	"context"
	"errors"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/rescue"
	"vnettune/results/record"
)

// Ownable is a guest that bears the mark of the campaign whose it is.
type Ownable interface {
	Owner(ctx context.Context) (*apply.Owner, error)
	Claim(ctx context.Context, o apply.Owner) error
	Renew(ctx context.Context, o apply.Owner) error
	Release(ctx context.Context, id string) error
	// Applied is what vnettune apply has put on it to stay, nil for nothing; Stay says that o's does.
	Applied(ctx context.Context) (*record.Applied, error)
	Stay(ctx context.Context, o apply.Owner, what string) error
}

// Owner is what the mark in the guest says of a campaign.
type Owner struct {
	ID   string // the same in every session of the store
	Host string
}

// claimSettle is how long a new mark is left alone before it counts, beside the time
// that it took: of two hosts that mark one guest at once the later is seen then, also on a
// guest so slow that the other's mark is written long after it found none.
const claimSettle = 2 * time.Second

// unowned refuses a guest that another campaign has marked, and one that has lost the
// mark it must bear; nothing is written. One that has its originals all the same is
// noted as clean.
func (l *Loop) unowned(ctx context.Context, s *session) error {
	marked, err := l.marked(ctx, s)
	if err != nil || marked {
		return err
	}
	claimed, err := l.Store.Claimed()
	if err != nil || !claimed {
		return err
	}
	o, err := l.stored()
	if err != nil || o == nil {
		return err
	}
	found, err := l.Guest.Differs(ctx, *o)
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		return &apply.UnmarkedError{ID: l.Owner.ID, Found: found}
	}
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: rescue.Untouched})
	return l.Store.NoteClean(l.Clock.Now())
}

// marked says whether the guest bears this campaign's mark; another's is an error.
func (l *Loop) marked(ctx context.Context, s *session) (bool, error) {
	mark, err := l.Guest.Owner(ctx)
	if err != nil || mark == nil || mark.ID == l.Owner.ID {
		return mark != nil, err
	}
	if mark.ID == s.spec.over() { // which shows where this campaign's mark is not
		return false, nil
	}
	applied, err := l.Guest.Applied(ctx)
	if err != nil {
		return true, err
	}
	return true, &apply.OwnedError{Owner: *mark, Now: l.Clock.Now().Add(s.ahead), Applied: applied}
}

// stranger says whether err means that what answers may not be written to any more: it
// is another machine, another campaign's, or nobody knows in which state.
func stranger(err error) bool {
	var machine *apply.OtherMachineError
	var owned *apply.OwnedError
	var unmarked *apply.UnmarkedError
	return errors.As(err, &machine) || errors.As(err, &owned) || errors.As(err, &unmarked)
}

// mark is the mark in the guest as of now.
func (l *Loop) mark(s *session) apply.Owner {
	return apply.Owner{ID: l.Owner.ID, Host: l.Owner.Host, Since: s.started.Add(s.ahead), Seen: l.Clock.Now().Add(s.ahead), Over: s.spec.over()}
}

// takeOver marks the guest, or renews the mark of an earlier session that left it
// changed. A new mark is read back once more when another host that marked it at the
// same time would be seen, and is then noted: from there on it has to be there.
func (l *Loop) takeOver(ctx context.Context, s *session) error {
	claimed, err := l.Store.Claimed()
	if err != nil {
		return err
	}
	if claimed {
		return l.Guest.Renew(ctx, l.mark(s))
	}
	began := l.Clock.Now()
	if err := l.Guest.Claim(ctx, l.mark(s)); err != nil {
		return err
	}
	if err := l.Clock.Sleep(ctx, l.Clock.Now().Sub(began)+claimSettle); err != nil {
		return err
	}
	if err := l.bears(ctx, s); err != nil {
		return err
	}
	return l.Store.NoteClaimed(l.Clock.Now())
}

// bears returns nil where the guest bears this campaign's mark, as it must.
func (l *Loop) bears(ctx context.Context, s *session) error {
	marked, err := l.marked(ctx, s)
	if err == nil && !marked {
		err = &apply.UnmarkedError{ID: l.Owner.ID}
	}
	return err
}

// renew says in the guest that this campaign is still there. After a snapshot, which may
// be older than the mark, the guest is marked anew.
func (l *Loop) renew(ctx context.Context, s *session) error {
	if !s.reverted {
		return l.Guest.Renew(ctx, l.mark(s))
	}
	err := l.Guest.Claim(ctx, l.mark(s))
	s.reverted = err != nil
	return err
}

// letGo takes everything off a guest that was refused because of cause, the dead-man
// switch of an interrupted trial included, unless the guest is another campaign's or an
// earlier session left it changed. If that fails, the mark stays and the store is needed.
func (l *Loop) letGo(ctx context.Context, s *session, cause error) error {
	var owned *apply.OwnedError
	switch {
	case errors.As(cause, &owned):
		return l.clean(s)
	case stranger(cause):
		return nil // nobody can say what is on it: it stays noted as changed
	}
	ctx = context.WithoutCancel(ctx)
	l.stopServer(ctx, s.spec)
	left := l.removeMeter(ctx, s.spec)
	if s.inherited {
		return nil
	}
	var err error
	if len(OfDrivers(s.spec.Plan)) > 0 {
		left = errors.Join(left, l.Guest.Unstage(ctx))
	}
	if apply.Risky(s.originals) || len(OfDrivers(s.spec.Plan)) > 0 {
		if _, _, err = l.Guest.Disarm(ctx); errors.Is(err, deadman.ErrNone) {
			err = nil
		}
	}
	if err = errors.Join(err, left, l.Guest.Release(ctx, l.Owner.ID)); err != nil {
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
