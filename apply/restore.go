package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vnettune/apply/deadman"
	"vnettune/results/record"
)

// A DiffersError says that a guest took its originals and does not have them after the
// reboot.
type DiffersError struct{ Readings []string }

// Error names what the guest has in place of its originals.
func (e *DiffersError) Error() string {
	return "the guest does not have its originals: " + strings.Join(e.Readings, "; ")
}

// Restore puts every original back that the campaign sets, reboots and verifies by reading back. It
// returns nil only when the guest is as it was found. A guest that does not answer
// may be booting: it is tried again for as long as a boot may take. It needs no more of
// the guest than what it writes and reads: its address under test may be another by now.
// What somebody else changed is told, and kept where the campaign never sets it.
func (g *Guest) Restore(ctx context.Context, o record.Originals, limits RebootLimits) error {
	began := g.clock.Now()
	for {
		err := g.restore(ctx, o, limits)
		if err == nil || !Lost(err) || ctx.Err() != nil || g.clock.Now().Sub(began) > limits.Down+limits.Up {
			return err
		}
		g.runner.Forget()
		if g.clock.Sleep(ctx, restoreEvery) != nil {
			return err
		}
	}
}

// restoreEvery is the pause between two attempts.
const restoreEvery = time.Second

func (g *Guest) restore(ctx context.Context, o record.Originals, limits RebootLimits) error {
	if err := g.tellOthers(ctx, o); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if _, err := g.Write(ctx, found(g.ours(o))); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if _, err := g.reboot(ctx, limits, func(record.Guest) error { return nil }); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	wrong, err := g.Differs(ctx, o)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("restore: %w", &DiffersError{wrong})
	}
	if !Risky(o) {
		return nil
	}
	if _, _, err := g.Disarm(ctx); err != nil && !errors.Is(err, deadman.ErrNone) {
		return fmt.Errorf("restore: the guest has its originals, but would reboot once more by itself: %w", err)
	}
	return nil
}

// Differs names what the guest has in place of its originals; nothing when it has them
// all. It only reads.
func (g *Guest) Differs(ctx context.Context, o record.Originals) ([]string, error) {
	readings, _, err := g.ReadBack(ctx, found(g.ours(o)))
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, r := range readings {
		if !r.AsAsked {
			wrong = append(wrong, r.String())
		}
	}
	return wrong, nil
}

// Arm arms the dead-man switch with the originals, for the limit. The second result is
// the raw answer.
func (g *Guest) Arm(ctx context.Context, o record.Originals, limit time.Duration) (deadman.State, []byte, error) {
	return deadman.Arm(ctx, g.deadMan, stepsOf(found(g.ours(o))), limit)
}

// Disarm takes the switch away; it is no error when there is none.
func (g *Guest) Disarm(ctx context.Context) (deadman.State, []byte, error) {
	return deadman.Disarm(ctx, g.deadMan)
}

// DeadMan reads the state of the switch.
func (g *Guest) DeadMan(ctx context.Context) (deadman.State, error) {
	return deadman.Status(ctx, g.deadMan)
}

func (g *Guest) deadMan(ctx context.Context, in deadman.Input) (deadman.State, []byte, error) {
	d, err := g.speak(ctx)
	if err == nil && in.Action != "status" {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return deadman.State{}, nil, err
	}
	return d.DeadMan(ctx, in)
}
