package apply

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Exit codes of shutdown.exe (SAMPLES 5.3; winrm/FACTS 2).
const (
	shutdownDenied     = 5
	shutdownInProgress = 1115
	shutdownScheduled  = 1190
	shutdownOthers     = 1191
	shutdownNoService  = 1717
)

// askEvery is the pause before the request is made again.
const askEvery = 2 * time.Second

// ask leaves the mark and sends the request, until it is taken. A lost connection is
// what a reboot looks like.
func (w *bootWatch) ask(ctx context.Context) error {
	g, r := w.guest, &w.reboot
	asked, cancel := context.WithTimeout(ctx, w.limits.Ask)
	defer cancel()
	var err error
	if w.dialect, err = g.speak(asked); err != nil {
		return w.late(ctx, asked, err)
	}
	mark, before, err := w.dialect.mark(asked)
	r.Nonce = mark
	if err != nil {
		return w.late(ctx, asked, err)
	}
	r.BootBefore, r.Before, r.EventBefore = before.BootTime.Time(), before.Now.Time(), before.BootEvent
	r.Asked = g.clock.Now()
	ask, abort := w.dialect.shutdown()
	takenBack := false
	for {
		result, err := g.runner.Run(asked, ask, nil)
		switch {
		case err != nil && ctx.Err() == nil && Lost(err):
			return nil
		case err != nil:
			return err
		}
		switch result.Exit {
		case 0, shutdownInProgress:
			return nil
		case shutdownScheduled:
			if takenBack {
				return errors.New("another shutdown is scheduled again and again; take it back with shutdown /a on the guest")
			}
			if _, err := g.runner.Run(asked, abort, nil); err != nil {
				return fmt.Errorf("another shutdown is scheduled and cannot be taken back: %w", err)
			}
			takenBack = true
			continue
		case shutdownNoService:
			err = errors.New("shutdown.exe: exit code 1717: the service that shuts down does not run yet; the guest may still be starting")
		case shutdownOthers:
			return errors.New("shutdown.exe: exit code 1191: other users are logged on to the guest; log them off")
		case shutdownDenied:
			return errors.New("shutdown.exe: exit code 5: access denied; the user of the campaign needs the right to shut down the guest remotely (an administrator has it)")
		default:
			return fmt.Errorf("shutdown.exe: exit code %d: %s%s", result.Exit, excerpt(result.Stdout), excerpt(result.Stderr))
		}
		if over := w.tick(ctx, askEvery, err); over != nil {
			return over
		}
	}
}

// late says of an error that it came when the stage's time was over.
func (w *bootWatch) late(ctx, asked context.Context, err error) error {
	if asked.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("the limit of %s for this stage is over; last: %w", w.limits.Ask, err)
	}
	return err
}
