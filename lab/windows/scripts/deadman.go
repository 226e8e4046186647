package scripts

import (
	"time"

	"vnettune/lab/windows/machine"
)

type deadManInput struct {
	Action string         `json:"action"`
	Limit  int            `json:"limit"` // seconds
	Script string         `json:"script"`
	Steps  []machine.Step `json:"steps"`

	Commands string `json:"commands"` // revert.cmd
	Registry string `json:"registry"` // revert.reg
}

type deadManAnswer struct {
	Armed   bool                 `json:"armed"`
	Due     *string              `json:"due"`
	Fired   *string              `json:"fired"`
	By      *string              `json:"by"`
	Outcome []machine.StepResult `json:"outcome"`
}

// playDeadMan plays the contract "deadman".
func playDeadMan(m *machine.Machine, in deadManInput) (any, error) {
	switch in.Action {
	case "disarm":
		if err := m.SetDeadMan(nil); err != nil {
			return nil, scriptErrorf("disarm", "%v", err)
		}
		if err := m.SetRestart(nil); err != nil {
			return nil, scriptErrorf("disarm", "%v", err)
		}
	case "status":
	default:
		return nil, scriptErrorf(in.Action, "unknown action")
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
		if g.Done.By != "" {
			a.By = &g.Done.By
		}
	}
	return a
}

// playArm plays the contract "arm".
func playArm(m *machine.Machine, in deadManInput) (any, error) {
	if in.Limit < 1 {
		return nil, scriptErrorf("input", "no limit")
	}
	if name, _ := contractOf(in.Script); name != contractRevert {
		return nil, scriptErrorf("script", "stand-in: there is no PowerShell in this guest, and this is not the script that it plays as the task (SHA-256 %s)", hashOf(in.Script))
	}
	commands, reboot, err := behind(in.Commands, in.Registry)
	if err != nil {
		return nil, scriptErrorf("arm", "%v", err)
	}
	for _, path := range []string{machine.DeadManFolder, machine.DeadManFolder + `\revert.ps1`, machine.DeadManFolder + `\revert.json`} {
		if who := changers(rightsOf(m, path)); len(who) > 0 {
			return nil, scriptErrorf("rights", "%s owns or may change %s", who[0], path)
		}
	}
	limit := time.Duration(in.Limit) * time.Second
	if err := m.SetDeadMan(&machine.DeadManTask{Limit: limit, Due: m.Now().Add(limit), Steps: in.Steps, Behind: commands, Reboot: reboot}); err != nil {
		return nil, scriptErrorf("arm", "%v", err)
	}
	return deadManState(m), nil
}

// playProve plays the contract "prove".
func playProve(m *machine.Machine, in deadManInput) (any, error) {
	if in.Limit < 1 {
		return nil, scriptErrorf("input", "no limit")
	}
	if !m.SetOff() {
		return nil, scriptErrorf("task", "nothing is armed")
	}
	a := deadManState(m)
	if err := m.ForgetRevert(); err != nil {
		return nil, scriptErrorf("record", "%v", err)
	}
	return a, nil
}

// Accounts by their SIDs, which no language changes
// (https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/manage/understand-security-identifiers).
const (
	system         = "S-1-5-18"
	administrators = "S-1-5-32-544"
	users          = "S-1-5-32-545"
	installer      = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
)

// right is what one account may do with a file or folder.
type right struct {
	account string
	change  bool // write, delete, or change the rights themselves
}

// rightsOf are the rights of a folder or file of the dead-man switch after its inheritance was cut.
// With Faults.WritableFolder the cut has no effect, and what %ProgramFiles% hands down is spoilt.
func rightsOf(m *machine.Machine, _ string) []right {
	all := []right{{system, true}, {administrators, true}}
	if m.Faults().WritableFolder {
		all = append(all, right{users, true})
	}
	return all
}

// changers are the accounts that may change something, except those that always may.
func changers(rights []right) []string {
	trusted := map[string]bool{system: true, administrators: true, installer: true}
	var who []string
	for _, r := range rights {
		if r.change && !trusted[r.account] {
			who = append(who, r.account)
		}
	}
	return who
}
