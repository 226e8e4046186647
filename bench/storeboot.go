package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/results"
	"vnettune/trouble"
)

// storePause is the time between two tries to store a boot.
const storePause = 5 * time.Second

// Aside is where a boot goes that the store cannot take; results.Aside is one.
type Aside interface {
	Keep(results.Boot) (path string, err error)
}

// storeBoot stores a measured boot and gives its id. A store that cannot take it for a reason that may pass is
// waited for; then, and for every other reason, the boot is put aside, for the next session to take up,
// and the error says where.
func (l *Loop) storeBoot(ctx context.Context, spec Spec, b *bootRecord) (string, error) {
	until := l.Clock.Now().Add(spec.Limits.Store)
	for waits := false; ; waits = true {
		id, err := l.addBoot(b)
		if err == nil {
			return id, nil
		}
		var passing *results.PassingError
		if !errors.As(err, &passing) || l.Clock.Now().After(until) {
			return "", l.putAside(b.Boot, err)
		}
		if !waits {
			l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Boot: b.Order,
				Text: fmt.Sprintf("boot %d is over and not stored: %s; it is tried again for %s", b.Order, trouble.Line(err), spec.Limits.Store)})
		}
		if l.Clock.Sleep(ctx, storePause) != nil {
			return "", l.putAside(b.Boot, err)
		}
	}
}

func (l *Loop) putAside(b results.Boot, cause error) error {
	cause = fmt.Errorf("store boot %d: %w", b.Order, cause)
	var path string
	err := trouble.Guard(func() (err error) {
		path, err = l.Aside.Keep(b)
		return err
	})
	if err != nil {
		return errors.Join(cause, fmt.Errorf("and it is lost, since it could not be kept in a file either: %w", err))
	}
	return errors.Join(cause, fmt.Errorf("the boot is kept in %s; the next run in that store, or in a copy of it, takes it up", path))
}
