package machine

import (
	"strings"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/processes"
)

// HasProgram says whether CreateProcess finds what a command line begins with. The
// builtins of cmd.exe are no programs.
func (m *Machine) HasProgram(line string) bool {
	args := console.SplitArgs(line)
	if len(args) == 0 {
		return false
	}
	name := console.ProgramName(args[0])
	return m.ed.Programs[name] != nil || m.ed.IPerf != nil && strings.EqualFold(args[0], processes.IPerfExe)
}
