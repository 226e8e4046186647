package scripts

import (
	"slices"
	"vnettune/lab/fault"
	"vnettune/lab/windows/console"
)

// StepOf says which of fault.Steps a command line is.
func StepOf(line string) string {
	args := console.SplitArgs(line)
	if len(args) == 0 {
		return "command"
	}
	name := console.ProgramName(args[0])
	if name == "powershell" {
		if script, err := psScript(args[1:]); err == nil {
			name, _ = contractOf(script)
		}
	}
	if !slices.Contains(fault.Steps, name) {
		return "command"
	}
	return name
}
