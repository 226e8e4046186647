package scripts

import (
	"strings"
	"time"

	"vnettune/lab/windows/machine"
)

type deadmanInput struct {
	Action string         `json:"action"`
	Limit  int            `json:"limit"` // seconds
	Script string         `json:"script"`
	Steps  []machine.Step `json:"steps"`
}

type deadmanAnswer struct {
	Armed   bool                 `json:"armed"`
	Due     *string              `json:"due"`
	Fired   *string              `json:"fired"`
	Outcome []machine.StepResult `json:"outcome"`
}

// playDeadman plays the contract "guard".
func playDeadman(m *machine.Machine, in deadmanInput) (any, error) {
	var err error
	switch in.Action {
	case "arm":
		err = playArm(m, in)
	case "disarm":
		if err = m.SetDeadman(nil); err != nil {
			err = scriptErrorf("disarm", "%v", err)
		}
	case "status":
	default:
		err = scriptErrorf("action", "%q is none of arm, disarm, status", in.Action)
	}
	if err != nil {
		return nil, err
	}
	g := m.View().Deadman
	a := deadmanAnswer{Armed: g.Task != nil}
	if g.Task != nil {
		due := machine.FileTime(g.Task.Due)
		a.Due = &due
	}
	if g.Done != nil {
		a.Fired, a.Outcome = &g.Done.Fired, g.Done.Steps
	}
	return a, nil
}

func playArm(m *machine.Machine, in deadmanInput) error {
	if in.Limit < 1 {
		return scriptErrorf("limit", "%d is not a positive number of seconds", in.Limit)
	}
	if name, _ := contractOf(in.Script); name != contractRevert {
		return scriptErrorf("script", "stand-in: there is no PowerShell in this guest, and this is not the script that it plays as the task (SHA-256 %s)", hashOf(in.Script))
	}
	if err := checkSteps(in.Steps); err != nil {
		return err
	}
	for _, path := range []string{machine.DeadmanFolder, machine.DeadmanFolder + `\revert.ps1`, machine.DeadmanFolder + `\revert.json`} {
		if who := changers(rightsOf(m, path)); len(who) > 0 {
			return scriptErrorf("rights", "%s may be changed by %s", path, strings.Join(who, ", "))
		}
	}
	limit := time.Duration(in.Limit) * time.Second
	if err := m.SetDeadman(&machine.DeadmanTask{Limit: limit, Due: m.Now().Add(limit), Steps: in.Steps}); err != nil {
		return scriptErrorf("arm", "%v", err)
	}
	return nil
}
