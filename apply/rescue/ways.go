package rescue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/results/record"
)

// answered waits until the guest answers over WinRM. Then it is restored, if that is
// wanted, and otherwise at least no switch stays armed.
func (l *Ladder) answered(ctx context.Context, o record.Originals, restore bool, due time.Time, limit time.Duration) (string, error) {
	if err := l.await(ctx, l.Guest, limit); err != nil {
		return "", err
	}
	outcome := "the guest answers"
	if restore {
		if err := l.mine(ctx, l.Guest); err != nil {
			return "", err
		}
	}
	if !due.IsZero() {
		m, err := l.disarm(ctx, restore)
		switch {
		case err == nil:
		case restore:
			outcome += "; " + err.Error() // it would only do the same, and is tried again
		default:
			return "", err
		}
		if fired := m.HasFired(); fired != "" {
			outcome += "; " + fired
		}
	}
	if !restore {
		return outcome, nil
	}
	if err := l.restore(ctx, l.Guest, o); err != nil {
		return "", err
	}
	return outcome + "; it has its originals, read back after a reboot", nil
}

// disarm takes the switch away. A restore does not wait for that: it disarms once more
// when the guest has its originals.
func (l *Ladder) disarm(ctx context.Context, restore bool) (m deadman.State, err error) {
	once := func() error {
		m, _, err = l.Guest.Disarm(ctx)
		if errors.Is(err, deadman.ErrNone) {
			return nil
		}
		return err
	}
	if restore {
		return m, once()
	}
	return m, l.insist(ctx, once)
}

// insist takes one step until it succeeds, within the limits.
func (l *Ladder) insist(ctx context.Context, step func() error) error {
	return apply.Insist(ctx, l.Clock, l.Reboot, step)
}

// mine refuses a guest that somebody else marked.
func (l *Ladder) mine(ctx context.Context, g Guest) error {
	return l.insist(ctx, func() error {
		mark, err := g.Owner(ctx)
		if err != nil || mark == nil || mark.ID == l.Owner {
			return err
		}
		return &apply.OwnedError{Owner: *mark}
	})
}

// restore puts the originals back by one way and takes the mark off.
func (l *Ladder) restore(ctx context.Context, g Guest, o record.Originals) error {
	ctx, cancel := context.WithTimeout(ctx, 3*l.Reboot.Total()+l.answer())
	defer cancel()
	if err := g.Restore(ctx, o, l.Reboot); err != nil {
		return err
	}
	if err := l.insist(ctx, func() error { return g.Release(ctx, l.Owner) }); err != nil {
		return fmt.Errorf("the guest has its originals, but is still marked: %w", err)
	}
	return nil
}

// byAgent restores through the guest agent, which needs no network. That is also how
// the network comes back.
func (l *Ladder) byAgent(ctx context.Context, o record.Originals, restore bool, due time.Time) (string, error) {
	runner := NewRunner(l.Agent, l.Clock)
	defer runner.Forget()
	g := l.Through(runner)
	if err := l.await(ctx, g, l.answer()); err != nil {
		return "", err
	}
	if err := l.mine(ctx, g); err != nil {
		return "", err
	}
	const restored = "the guest has its originals, read back after a reboot, all through the agent"
	if restore {
		return restored, l.restore(ctx, g, o)
	}
	if err := g.Restore(ctx, o, l.Reboot); err != nil {
		return "", err
	}
	after, err := l.answered(ctx, o, false, due, l.answer())
	if err != nil {
		return "", fmt.Errorf("%s; but over WinRM: %w", restored, err)
	}
	return restored + "; " + after, nil
}

// byMachine acts on the machine from outside and waits for its boot.
func (l *Ladder) byMachine(ctx context.Context, o record.Originals, restore bool, due time.Time, act func(context.Context) error) (string, error) {
	bounded, cancel := context.WithTimeout(ctx, machineLimit)
	defer cancel()
	if err := act(bounded); err != nil {
		return "", err
	}
	return l.answered(ctx, o, restore, due, l.Reboot.Total())
}

// machineLimit bounds what is asked of the virtual machine: a snapshot with a large
// memory takes minutes to load.
const machineLimit = 10 * time.Minute

// await asks the guest until it answers.
func (l *Ladder) await(ctx context.Context, g Guest, limit time.Duration) error {
	until := l.Clock.Now().Add(limit)
	for {
		asked, cancel := context.WithTimeout(ctx, answerLimit)
		_, _, err := g.Facts(asked)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !l.Clock.Now().Before(until) {
			return fmt.Errorf("no answer within %s; last: %w", limit, err)
		}
		if err := l.Clock.Sleep(ctx, answerEvery); err != nil {
			return err
		}
	}
}
