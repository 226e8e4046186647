package windows

import (
	"slices"
	"vnettune/lab/fault"
)

// StepOf says which of fault.Steps a command line is.
func StepOf(line string) string {
	args := splitArgs(line)
	if len(args) == 0 {
		return "command"
	}
	name := programName(args[0])
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
