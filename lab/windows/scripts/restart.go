package scripts

import (
	"regexp"
	"time"

	"vnettune/lab/windows/machine"
)

type restartInput struct {
	Token  string `json:"token"`
	GUID   string `json:"guid"`
	Delay  int    `json:"delay"` // seconds
	Limit  int    `json:"limit"` // seconds
	Script string `json:"script"`

	machine.DriverInstall // of the script installing
}

var restartToken = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// playRestart plays the contract "restart".
func playRestart(m *machine.Machine, in restartInput) (any, error) {
	switch _, ok := m.AdapterGUID(in.GUID); {
	case !restartToken.MatchString(in.Token):
		return nil, scriptErrorf("input", "no token of 32 hex digits")
	case in.Delay < 1 || in.Limit < 1:
		return nil, scriptErrorf("input", "no limit")
	case !ok:
		return nil, scriptErrorf("adapter", "0 adapters have the GUID %s", in.GUID)
	}
	name, _ := contractOf(in.Script)
	if name != contractRestarting && name != contractInstalling {
		return nil, scriptErrorf("files", "stand-in: there is no PowerShell in this guest, and this is not the script that it plays as the task (SHA-256 %s)", hashOf(in.Script))
	}
	for _, path := range []string{machine.DeadManFolder, machine.DeadManFolder + `\restart.ps1`, machine.DeadManFolder + `\restart.json`} {
		if who := changers(rightsOf(m, path)); len(who) > 0 {
			return nil, scriptErrorf("rights", "%s owns or may change %s", who[0], path)
		}
	}
	return startRestart(m, in, name)
}

// startRestart registers the task, which plays a contract.
func startRestart(m *machine.Machine, in restartInput, contract string) (any, error) {
	now := m.Now()
	t := &machine.RestartTask{Token: in.Token, GUID: in.GUID, Made: now, Limit: time.Duration(in.Limit) * time.Second, Due: now.Add(time.Duration(in.Delay) * time.Second)}
	if contract == contractInstalling {
		t.Install = &in.DriverInstall
	}
	if err := m.SetRestart(t); err != nil {
		return nil, scriptErrorf("task", "%v", err)
	}
	return map[string]string{"token": in.Token}, nil
}

type restartedInput struct {
	Action string `json:"action"`
}

type restartedAnswer struct {
	Task    bool    `json:"task"`
	Token   *string `json:"token"`
	OK      *bool   `json:"ok"`
	Message *string `json:"message"`
	Began   *string `json:"began"`
	Ended   *string `json:"ended"`
	Status  *int    `json:"status"`
	Now     *int    `json:"now"`
}

// playRestarted plays the contract "restarted".
func playRestarted(m *machine.Machine, in restartedInput) (any, error) {
	switch in.Action {
	case "result":
	case "remove":
		if err := m.SetRestart(nil); err != nil {
			return nil, scriptErrorf("remove", "%v", err)
		}
	default:
		return nil, scriptErrorf(in.Action, "unknown action")
	}
	r := m.View().Restart
	a := restartedAnswer{Task: r.Task != nil}
	if d := r.Done; d != nil {
		a.Token, a.OK, a.Message, a.Began, a.Ended, a.Status, a.Now = &d.Token, &d.OK, d.Message, &d.Began, &d.Ended, d.Status, m.Operational(d.GUID)
	}
	return a, nil
}
