package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/apply/deadman"
	"vnettune/apply/terms"
	"vnettune/results/record"
)

// A DiffersError says that a guest, asked after a proven reboot, does not have all of its
// originals.
type DiffersError struct {
	Readings []string // what it has in place of its originals
	Back     []string // the settings that it has as they were found
	Refused  []string // what it said of values that it would not take
}

// Error names what the guest has in place of its originals, and what is back.
func (e *DiffersError) Error() string {
	said := "the guest does not have its originals: " + standing(e.Back, e.Readings)
	if len(e.Refused) > 0 {
		said += "; " + strings.Join(e.Refused, "; ")
	}
	return said
}

// standing says in words which originals a guest has.
func standing(back, readings []string) string {
	not, is := "none", "none"
	if len(readings) > 0 {
		not = strings.Join(readings, "; ")
	}
	if len(back) > 0 {
		is = strings.Join(back, ", ")
	}
	return "not back: " + not + "; back: " + is
}

// sorted tells readings apart by what they say of the originals.
func sorted(readings []record.Reading) (back, not []string) {
	for _, r := range readings {
		if r.AsAsked {
			back = append(back, r.ID)
		} else {
			not = append(not, r.String())
		}
	}
	return back, not
}

// restorePasses is how often the originals are written: once more where a guest that took
// them lost some at its boot, or refused some before it.
const restorePasses = 2

// Restore puts every original back that the campaign sets, reboots and verifies by reading back. It
// returns nil only when the guest is as it was found. Whatever fails on the way is tried
// again for as long as a boot may take, but for a value that the guest refuses: the others
// are put back all the same. The error says which originals are back and which are not; it
// is a *DiffersError where the guest was asked after its reboot. It needs no more of the guest
// than what it writes and reads: its address under test may be another by now. What somebody
// else changed is told, and kept where the campaign never sets it.
func (g *Guest) Restore(ctx context.Context, o record.Originals, limits RebootLimits) error {
	var err error
	for range restorePasses {
		var differs *DiffersError
		if err = g.restore(ctx, o, limits); !errors.As(err, &differs) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

func (g *Guest) restore(ctx context.Context, o record.Originals, limits RebootLimits) error {
	if err := g.tellOthers(ctx, o); err != nil {
		return err
	}
	// The driver comes first: an adapter without one that works may be the way to all else.
	if err := g.DriverBack(ctx, limits); err != nil {
		return err
	}
	targets := found(g.ours(o))
	refused, err := g.putBack(ctx, targets, limits)
	if err != nil {
		return g.stopped(ctx, targets, err)
	}
	if err := g.insist(ctx, limits, func() error {
		_, err := g.reboot(ctx, limits, func(record.Guest) error { return nil }, nil)
		return err
	}); err != nil {
		return g.stopped(ctx, targets, err)
	}
	var readings []record.Reading
	if err := g.insist(ctx, limits, func() error { readings, _, err = g.ReadBack(ctx, targets); return err }); err != nil {
		return g.stopped(ctx, targets, err)
	}
	if back, not := sorted(readings); len(not) > 0 {
		return &DiffersError{Readings: not, Back: back, Refused: refused}
	}
	if err := g.insist(ctx, limits, func() error { return g.Unstage(ctx) }); err != nil {
		return fmt.Errorf("the guest has its originals: %w", err)
	}
	if !Risky(o) && g.owed == nil {
		return nil
	}
	err = g.insist(ctx, limits, func() error {
		if _, _, err := g.Disarm(ctx); err != nil && !errors.Is(err, deadman.ErrNone) {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the guest has its originals, but would reboot once more by itself: %w", err)
	}
	return nil
}

// putBack writes all targets, those behind a refused one too, and gives what the guest said
// of those that it refused.
func (g *Guest) putBack(ctx context.Context, targets []Target, limits RebootLimits) (refused []string, err error) {
	for len(targets) > 0 {
		err := g.insist(ctx, limits, func() error { _, err := g.Write(ctx, targets); return err })
		var refusal *WriteError
		if !errors.As(err, &refusal) {
			return refused, err
		}
		refused = append(refused, refusal.Error())
		at := slices.IndexFunc(targets, func(t Target) bool { return t.Place.Key() == refusal.ID })
		targets = targets[at+1:]
	}
	return refused, nil
}

// insist is Insist for one step on this guest, whose connection is made anew when it is lost.
func (g *Guest) insist(ctx context.Context, limits RebootLimits, step func() error) error {
	return Insist(ctx, g.clock, limits, func() error {
		err := step()
		if Lost(err) {
			g.runner.Forget()
		}
		return err
	})
}

// askedLimit bounds the question what a guest has whose restore was stopped.
const askedLimit = time.Minute

// stopped adds to what stopped a restore which originals the guest has, as it says then.
func (g *Guest) stopped(ctx context.Context, targets []Target, err error) error {
	if isOther(err) {
		return err // whatever it has says nothing of the guest
	}
	if Lost(err) || ctx.Err() != nil {
		return fmt.Errorf("%w; which of its originals are back is not known", err)
	}
	asked, cancel := context.WithTimeout(ctx, askedLimit)
	defer cancel()
	readings, _, unread := g.ReadBack(asked, targets)
	if unread != nil {
		return fmt.Errorf("%w; which of its originals are back is not known: %v", err, unread)
	}
	back, not := sorted(readings)
	return fmt.Errorf("%w; as the guest is configured now, no boot after it proven: %s", err, standing(back, not))
}

// insistEvery is the pause between two attempts.
const insistEvery = time.Second

// Insist takes a step of a restore until it succeeds, again and again for as long as a boot
// may take. It ends at once with what another attempt would only repeat: a value that the
// guest refuses (*WriteError), another owner's mark (*OwnedError), or another machine
// (*OtherMachineError).
func Insist(ctx context.Context, clock terms.Clock, limits RebootLimits, step func() error) error {
	began := clock.Now()
	for {
		err := step()
		var refused *WriteError
		var owned *OwnedError
		if err == nil || errors.As(err, &refused) || errors.As(err, &owned) || isOther(err) || ctx.Err() != nil || clock.Now().Sub(began) > limits.Down+limits.Up {
			return err
		}
		if clock.Sleep(ctx, insistEvery) != nil {
			return err
		}
	}
}

// Differs names what the guest has in place of its originals; nothing when it has them
// all. It only reads.
func (g *Guest) Differs(ctx context.Context, o record.Originals) ([]string, error) {
	readings, _, err := g.ReadBack(ctx, found(g.ours(o)))
	if err != nil {
		return nil, err
	}
	_, not := sorted(readings)
	if g.owed != nil {
		err := g.runs(ctx, g.owed.Found.MAC, g.owed.Found.INF, g.owed.Found.Version)
		var other *DriverError
		if errors.As(err, &other) {
			return append(not, fmt.Sprintf("driver %s, was %s", other.Runs, other.Want)), nil
		}
		return not, err
	}
	return not, nil
}

// Arm arms the dead-man switch with the originals, for the limit. The second result is
// the raw answer.
func (g *Guest) Arm(ctx context.Context, o record.Originals, limit time.Duration) (deadman.State, []byte, error) {
	return deadman.Arm(ctx, g.deadMan, Steps(found(g.ours(o))), limit)
}

// Disarm takes the switch away; it is no error when there is none.
func (g *Guest) Disarm(ctx context.Context) (deadman.State, []byte, error) {
	return deadman.Disarm(ctx, g.deadMan)
}

// DeadMan reads the state of the switch.
func (g *Guest) DeadMan(ctx context.Context) (deadman.State, error) {
	return deadman.Status(ctx, g.deadMan)
}

// ProveDeadMan tries the switch as a whole, without a reboot, and leaves nothing in the guest. The
// state says by which way it went.
func (g *Guest) ProveDeadMan(ctx context.Context) (deadman.State, error) {
	return deadman.Prove(ctx, g.deadMan)
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
