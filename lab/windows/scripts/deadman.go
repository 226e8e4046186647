package scripts

import (
	"strings"
	"time"

	"vnettune/lab/windows/machine"
)

type deadManInput struct {
	Action string         `json:"action"`
	Limit  int            `json:"limit"` // seconds
	Script string         `json:"script"`
	Steps  []machine.Step `json:"steps"`
}

type deadManAnswer struct {
	Armed   bool                 `json:"armed"`
	Due     *string              `json:"due"`
	Fired   *string              `json:"fired"`
	Outcome []machine.StepResult `json:"outcome"`
}

// playDeadMan plays the contract "deadman".
func playDeadMan(m *machine.Machine, in deadManInput) (any, error) {
	switch in.Action {
	case "disarm":
		if err := m.SetDeadMan(nil); err != nil {
			return nil, scriptErrorf("disarm", "%v", err)
		}
	case "status":
	default:
		return nil, scriptErrorf("action", "%q is none of disarm, status", in.Action)
	}
	return deadManState(m), nil
}

// deadManState is how the switch stands.
func deadManState(m *machine.Machine) deadManAnswer {
	g := m.View().DeadMan
	a := deadManAnswer{Armed: g.Task != nil}
	if g.Task != nil {
		due := machine.FileTime(g.Task.Due)
		a.Due = &due
	}
	if g.Done != nil {
		a.Fired, a.Outcome = &g.Done.Fired, g.Done.Steps
	}
	return a
}

// playArm plays the contract "arm".
func playArm(m *machine.Machine, in deadManInput) (any, error) {
	if in.Limit < 1 {
		return nil, scriptErrorf("limit", "%d is not a positive number of seconds", in.Limit)
	}
	if name, _ := contractOf(in.Script); name != contractRevert {
		return nil, scriptErrorf("script", "stand-in: there is no PowerShell in this guest, and this is not the script that it plays as the task (SHA-256 %s)", hashOf(in.Script))
	}
	if err := checkSteps(in.Steps); err != nil {
		return nil, err
	}
	for _, path := range []string{machine.DeadManFolder, machine.DeadManFolder + `\revert.ps1`, machine.DeadManFolder + `\revert.json`} {
		if who := changers(rightsOf(m, path)); len(who) > 0 {
			return nil, scriptErrorf("rights", "%s may be changed by %s", path, strings.Join(who, ", "))
		}
	}
	limit := time.Duration(in.Limit) * time.Second
	if err := m.SetDeadMan(&machine.DeadManTask{Limit: limit, Due: m.Now().Add(limit), Steps: in.Steps}); err != nil {
		return nil, scriptErrorf("arm", "%v", err)
	}
	return deadManState(m), nil
}

// right is what one account may do with a file or folder.
type right struct {
	account string
	change  bool // write, delete, or change the rights themselves
}

// rightsOf are the rights of a folder or file of the dead-man switch after its inheritance was cut.
// With Faults.WritableFolder the cut has no effect, and what %ProgramFiles% hands down is spoilt.
func rightsOf(m *machine.Machine, _ string) []right {
	all := []right{{`NT AUTHORITY\SYSTEM`, true}, {`BUILTIN\Administrators`, true}}
	if m.Faults().WritableFolder {
		all = append(all, right{`BUILTIN\Users`, true})
	}
	return all
}

// changers are the accounts that may change something, except those that always may.
func changers(rights []right) []string {
	trusted := map[string]bool{`NT AUTHORITY\SYSTEM`: true, `BUILTIN\Administrators`: true, `NT SERVICE\TrustedInstaller`: true}
	var who []string
	for _, r := range rights {
		if r.change && !trusted[r.account] {
			who = append(who, r.account)
		}
	}
	return who
}

// checkSteps refuses, before anything is done, what no write could do.
func checkSteps(steps []machine.Step) error {
	for i, s := range steps {
		if err := checkStep(s); err != nil {
			return scriptErrorf("steps", "step %d: %v", i+1, err)
		}
	}
	return nil
}
