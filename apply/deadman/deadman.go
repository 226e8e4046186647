// Package deadman is the dead-man switch: a task in the guest that puts the originals
// back and reboots, without the host, unless it is taken away in time.
//
// apply arms it before settings that may cut the guest off are written and takes it
// away once the guest has answered. The constant script arm leaves the script revert in
// the guest for the task to run, and deadman takes both away; scripts/CONTRACT.md has
// what they promise.
package deadman

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/foreign"
	"vnettune/results/record"
)

// ErrNone says that a guest of this generation cannot have a dead-man switch.
var ErrNone = errors.New("a guest of generation xp has no dead-man switch: nothing on it could put its originals back without the host")

// State is the state of the switch in the guest.
type State struct {
	Armed   bool                          `json:"armed"`
	Due     *record.Filetime              `json:"due"`     // by the guest's clock; nil when nothing is armed
	Fired   *record.Filetime              `json:"fired"`   // when it last put the originals back; nil for never since it was armed
	By      string                        `json:"by"`      // ByCommands where the script was kept back; "" for the script itself
	Outcome record.List[terms.StepAnswer] `json:"outcome"` // of its steps, one each
}

// ByCommands is what State.By says where the commands behind the script did the steps.
const ByCommands = "cmd.exe"

// HasFired says that the guest was put back by the switch, and how well that went; ""
// when it was not.
func (s State) HasFired() string {
	if s.Fired == nil {
		return ""
	}
	by := ""
	if s.By != "" {
		by = " by " + foreign.Word(s.By) + ", its script having been kept back"
	}
	return fmt.Sprintf("the dead-man switch put the originals back at %s (guest's clock)%s, %d of %d steps failed",
		s.Fired.Time().Format(time.RFC3339), by, s.Failed(), len(s.Outcome))
}

// Failed is how many steps failed.
func (s State) Failed() int {
	failed := 0
	for _, step := range s.Outcome {
		if !step.OK {
			failed++
		}
	}
	return failed
}

// ActionArm is the action of Input for which there is a script of its own, arm.
const ActionArm = "arm"

// Input is what the scripts read.
type Input struct {
	Action   string       `json:"action"`
	Limit    int          `json:"limit,omitempty"` // seconds
	Script   string       `json:"script,omitempty"`
	Commands string       `json:"commands,omitempty"` // revert.cmd, which runs the script and stands behind it
	Registry string       `json:"registry,omitempty"` // revert.reg, which the commands import
	Steps    []terms.Step `json:"steps,omitempty"`
}

// arming is the input that arms the switch with steps; reboot says whether they end with one.
func arming(steps []terms.Step, limit time.Duration, reboot bool) (Input, error) {
	in := Input{Action: ActionArm, Limit: int(limit / time.Second), Script: scripts.Source(scripts.Revert), Steps: steps}
	var err error
	if in.Commands, err = commands(steps, reboot); err == nil {
		in.Registry, err = registryFile(steps)
	}
	return in, err
}

// Ask asks a guest's switch; the second result is the raw answer.
type Ask func(ctx context.Context, in Input) (State, []byte, error)

// Arm arms the switch: unless it is disarmed within the limit, and within the limit
// after each start of the guest, it does the steps and reboots. What was armed before
// is replaced. An error is no proof that nothing is armed: where the question or its answer was
// lost the guest is asked, and the switch armed once more, which replaces whatever was armed.
// The error then says what the guest does of it.
func Arm(ctx context.Context, ask Ask, steps []terms.Step, limit time.Duration) (State, []byte, error) {
	in, err := arming(steps, limit, true)
	if err != nil {
		return State{}, nil, fmt.Errorf("arm the dead-man switch: %w", err)
	}
	arm := func() (State, []byte, error) {
		s, raw, err := ask(ctx, in)
		if err == nil && !s.Armed {
			err = errors.New("the guest says that nothing is armed")
		}
		return s, raw, err
	}
	s, raw, err := arm()
	if unanswered(err) {
		now, _, unasked := ask(ctx, Input{Action: "status"})
		if unasked == nil {
			s, raw, err = arm()
		}
		switch {
		case err == nil:
		case unasked != nil:
			err = fmt.Errorf("%w; whether it is armed all the same is not known: %v", err, unasked)
		case now.Armed:
			err = fmt.Errorf("%w; the guest says that one is armed", err)
		}
	}
	if err != nil {
		return s, raw, fmt.Errorf("arm the dead-man switch: %w", err)
	}
	return s, raw, nil
}

// unanswered says whether a question may have been obeyed, for all that err says: the guest did
// not answer, or its WinRM did in its place.
func unanswered(err error) bool {
	var f *fault.Fault
	return winrm.Lost(err) || errors.As(err, &f)
}

// Disarm takes the switch away; it is no error when there is none.
func Disarm(ctx context.Context, ask Ask) (State, []byte, error) {
	s, raw, err := ask(ctx, Input{Action: "disarm"})
	if err == nil && s.Armed {
		err = errors.New("the guest says that it is still armed")
	}
	if err != nil {
		return s, raw, fmt.Errorf("disarm the dead-man switch: %w", err)
	}
	return s, raw, nil
}

// Status reads the state of the switch and changes nothing.
func Status(ctx context.Context, ask Ask) (State, error) {
	s, _, err := ask(ctx, Input{Action: "status"})
	if err != nil {
		return s, fmt.Errorf("state of the dead-man switch: %w", err)
	}
	return s, nil
}

// proofLimit is how long a switch is armed for that is only tried: it is set off at once, and
// what it would do later is harmless as well.
const proofLimit = time.Hour

// ProofWait is how long the task of a switch that is only tried may take, its script's
// PowerShell starting cold included.
const ProofWait = time.Minute

// Prove tries the switch as a whole, once: it is armed with one step that changes nothing and
// without a reboot, its task is set off, and what it left is read and taken away. The state says
// by which way it went; a switch that did not go off is an error. Nothing stays in the guest.
func Prove(ctx context.Context, ask Ask) (State, error) {
	in, err := arming([]terms.Step{{Op: opDelete, Path: proofKey, Name: "vnettuneProof"}}, proofLimit, false)
	if err == nil {
		_, _, err = ask(ctx, in)
	}
	var s State
	if err == nil {
		s, _, err = ask(ctx, Input{Action: ActionProve, Limit: int(ProofWait / time.Second)})
	}
	if err == nil && s.Fired == nil {
		err = fmt.Errorf("its task was set off and left no record within %s", ProofWait)
	}
	if err == nil && s.Armed {
		err = errors.New("its task did what it has to, and did not remove itself")
	}
	if err != nil {
		if _, _, left := Disarm(ctx, ask); left != nil && !errors.Is(err, ErrNone) {
			err = fmt.Errorf("%w; and it may still be armed: %v", err, left)
		}
		return s, fmt.Errorf("try the dead-man switch: %w", err)
	}
	return s, nil
}

// proofKey is a key that every guest has, so that nothing is made.
const proofKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`

// ActionProve is the action of Input for which there is a script of its own, prove.
const ActionProve = "prove"
