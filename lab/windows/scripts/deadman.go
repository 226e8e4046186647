package windows

import (
	"strings"
	"time"
)

type guardInput struct {
	Action string      `json:"action"`
	Limit  int         `json:"limit"` // seconds
	Script string      `json:"script"`
	Steps  []writeStep `json:"steps"`
}

type guardAnswer struct {
	Armed   bool          `json:"armed"`
	Due     *string       `json:"due"`
	Fired   *string       `json:"fired"`
	Outcome []writeResult `json:"outcome"`
}

// playGuard plays the contract "guard".
func (m *Machine) playGuard(in guardInput) (any, error) {
	var err error
	switch in.Action {
	case "arm":
		err = m.playArm(in)
	case "disarm":
		if err = m.setTask(nil); err != nil {
			err = scriptErrorf("disarm", "%v", err)
		}
	case "status":
	default:
		err = scriptErrorf("action", "%q is none of arm, disarm, status", in.Action)
	}
	if err != nil {
		return nil, err
	}
	g := m.view().guard
	a := guardAnswer{Armed: g.Task != nil}
	if g.Task != nil {
		due := fileTime(g.Task.Due)
		a.Due = &due
	}
	if g.Done != nil {
		a.Fired, a.Outcome = &g.Done.Fired, g.Done.Steps
	}
	return a, nil
}

func (m *Machine) playArm(in guardInput) error {
	if in.Limit < 1 {
		return scriptErrorf("limit", "%d is not a positive number of seconds", in.Limit)
	}
	if name, _ := contractOf(in.Script); name != contractRevert {
		return scriptErrorf("script", "stand-in: there is no PowerShell in this guest, and this is not the script that it plays as the task (SHA-256 %s)", hashOf(in.Script))
	}
	if err := checkSteps(in.Steps); err != nil {
		return err
	}
	for _, path := range []string{guardFolder, guardFolder + `\revert.ps1`, guardFolder + `\revert.json`} {
		if who := changers(m.rightsOf(path)); len(who) > 0 {
			return scriptErrorf("rights", "%s may be changed by %s", path, strings.Join(who, ", "))
		}
	}
	limit := time.Duration(in.Limit) * time.Second
	if err := m.setTask(&guardTask{Limit: limit, Due: m.now().Add(limit), Steps: in.Steps}); err != nil {
		return scriptErrorf("arm", "%v", err)
	}
	return nil
}
