package rescue

import (
	"context"
	"errors"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/apply/terms"
	"vnettune/results/record"
	"vnettune/trouble"
)

// The rungs, in their order.
const (
	RungWinRM    = "winrm"
	RungDeadMan  = "dead-man switch"
	RungAgent    = "guest agent"
	RungReset    = "machine reset"
	RungSnapshot = "snapshot"
)

// Guest is what the ladder needs of a guest; apply.Guest is one.
type Guest interface {
	Facts(ctx context.Context) (record.Guest, []byte, error)
	Restore(ctx context.Context, o record.Originals, limits apply.RebootLimits) error
	Disarm(ctx context.Context) (deadman.State, []byte, error)
	Owner(ctx context.Context) (*apply.Owner, error)
	Differs(ctx context.Context, o record.Originals) ([]string, error)
	Is(found record.Identity) error
	Release(ctx context.Context, id string) error
}

// Ladder is the ways back to one guest. Agent, Machine and Snapshot may be missing.
type Ladder struct {
	Guest    Guest                    // over WinRM
	Through  func(terms.Runner) Guest // the same guest, reached by another way
	Agent    Agent                    // the QEMU guest agent; nil for none
	Machine  Machine                  // the virtual machine from outside; nil for none
	Snapshot string                   // name of the snapshot to go back to, "" for none
	Owner    string                   // id of the mark in the guest that says whose it is
	Over     string                   // id of what vnettune apply left, in whose mark's place the owner's stands; "" for none
	Claimed  func() (bool, error)     // whether the mark has to be there; nil: it may be missing
	Reboot   apply.RebootLimits
	Clock    terms.Clock
	Answer   time.Duration // how long a way is given to give its first answer; 0 means DefaultAnswer
}

// DefaultAnswer is long enough for a network that comes and goes and a service that
// starts late.
const DefaultAnswer = 2 * time.Minute

// answerEvery is the pause between two attempts to get an answer, answerLimit the
// longest that one of them waits.
const (
	answerEvery = time.Second
	answerLimit = 15 * time.Second
)

// Machine is the virtual machine as its host sees it.
type Machine interface {
	// Reset is the reset button. A machine that does not run is started.
	Reset(ctx context.Context) error
	// Revert goes back to a snapshot and lets the machine run.
	Revert(ctx context.Context, snapshot string) error
	// State is the machine's state in the host's words. It changes nothing.
	State(ctx context.Context) (string, error)
	// UUID is that of the machine's SMBIOS, zeros where it has none. It changes nothing.
	UUID(ctx context.Context) (string, error)
	// HasSnapshot says whether there is a snapshot of this name.
	HasSnapshot(ctx context.Context, snapshot string) (bool, error)
}

// A LostError says that every way back was tried in vain.
type LostError struct{ Steps []record.RescueStep }

// Error says which ways were tried, and what each came to.
func (e *LostError) Error() string {
	tried := make([]string, len(e.Steps))
	for i, s := range e.Steps {
		tried[i] = s.Rung + ": " + s.Outcome
	}
	return "the guest does not come back; tried in vain: " + strings.Join(tried, "; ")
}

// Back brings back a guest that does not answer: it returns when WinRM answers again,
// with whatever settings the guest then has. due is when an armed dead-man switch acts
// at the latest by the host's clock, zero when none is armed; a switch that is found
// armed is disarmed. The error is a *LostError, or the context's.
func (l *Ladder) Back(ctx context.Context, o record.Originals, due time.Time) ([]record.RescueStep, error) {
	return l.climb(ctx, o, due, false)
}

// Restore puts the originals back and verifies them, by the first way that works, and
// takes the owner's mark off the guest. A guest that another owner has marked is left
// alone (*apply.OwnedError), and so is one that has lost the mark it must have: with its
// originals in place it counts as restored, otherwise it is an *apply.UnmarkedError. An
// error of a guest that answered and refused ends it: no other way would do better.
// Where another machine answers, only the guest agent is still asked, which may be that
// of the right one; the error is then an *apply.OtherMachineError.
func (l *Ladder) Restore(ctx context.Context, o record.Originals, due time.Time) ([]record.RescueStep, error) {
	return l.climb(ctx, o, due, true)
}

// climb tries one rung after the other.
func (l *Ladder) climb(ctx context.Context, o record.Originals, due time.Time, restore bool) ([]record.RescueStep, error) {
	var steps []record.RescueStep
	var another *apply.OtherMachineError
	for _, r := range l.rungs(due) {
		if another != nil && r.name != RungAgent {
			continue // a reset or a snapshot would be of a machine that nobody knows
		}
		s := record.RescueStep{Rung: r.name, Started: l.Clock.Now()}
		outcome, err := r.try(ctx, o, restore)
		s.Ended, s.OK, s.Outcome = l.Clock.Now(), err == nil, outcome
		if err != nil {
			s.Outcome = trouble.Line(err)
		}
		steps = append(steps, s)
		if err == nil || ctx.Err() != nil || refused(err) {
			return steps, err
		}
		errors.As(err, &another)
	}
	if another != nil {
		return steps, another
	}
	return steps, &LostError{Steps: steps}
}

// refused says whether a guest that answers did not take its originals.
func refused(err error) bool {
	var write *apply.WriteError
	var script *apply.ScriptError
	var differs *apply.DiffersError
	var owned *apply.OwnedError
	var unmarked *apply.UnmarkedError
	return errors.As(err, &owned) || errors.As(err, &unmarked) || errors.As(err, &write) || errors.As(err, &script) || errors.As(err, &differs)
}

// rung is one way back.
type rung struct {
	name string
	try  func(ctx context.Context, o record.Originals, restore bool) (outcome string, err error)
}

func (l *Ladder) rungs(due time.Time) []rung {
	rungs := []rung{{RungWinRM, func(ctx context.Context, o record.Originals, restore bool) (string, error) {
		return l.answered(ctx, o, restore, due, l.answer(), l.mine)
	}}}
	if !due.IsZero() {
		rungs = append(rungs, rung{RungDeadMan, func(ctx context.Context, o record.Originals, restore bool) (string, error) {
			return l.answered(ctx, o, restore, due, max(due.Sub(l.Clock.Now()), 0)+l.Reboot.Total(), l.mine)
		}})
	}
	if l.Agent != nil {
		rungs = append(rungs, rung{RungAgent, func(ctx context.Context, o record.Originals, restore bool) (string, error) {
			return l.byAgent(ctx, o, restore, due)
		}})
	}
	if l.Machine != nil {
		rungs = append(rungs, rung{RungReset, func(ctx context.Context, o record.Originals, restore bool) (string, error) {
			return l.byMachine(ctx, o, restore, due, l.Machine.Reset, l.mine)
		}})
	}
	if l.Machine != nil && l.Snapshot != "" {
		rungs = append(rungs, rung{RungSnapshot, func(ctx context.Context, o record.Originals, restore bool) (string, error) {
			return l.byMachine(ctx, o, restore, due, func(ctx context.Context) error { return l.Machine.Revert(ctx, l.Snapshot) }, l.unowned)
		}})
	}
	return rungs
}

func (l *Ladder) answer() time.Duration {
	if l.Answer == 0 {
		return DefaultAnswer
	}
	return l.Answer
}
