package scripts

import (
	"vnettune/lab/windows/machine"
)

// right is what one account may do with a file or folder.
type right struct {
	account string
	change  bool // write, delete, or change the rights themselves
}

// rightsOf are the rights of a folder or file of the dead-man switch after its
// inheritance was cut. With Faults.WritableFolder the cut is without effect, and what
// %ProgramFiles% would hand down has been spoilt.
func rightsOf(m *machine.Machine, _ string) []right {
	all := []right{{`NT AUTHORITY\SYSTEM`, true}, {`BUILTIN\Administrators`, true}}
	if m.Faults().WritableFolder {
		all = append(all, right{`BUILTIN\Users`, true})
	}
	return all
}

// changers are the accounts that may change something beside those that may anyway.
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

// checkSteps refuses what no write could do, before anything is done.
func checkSteps(steps []machine.Step) error {
	for i, s := range steps {
		if err := checkStep(s); err != nil {
			return scriptErrorf("steps", "step %d: %v", i+1, err)
		}
	}
	return nil
}
