package windows

import "strings"

// HasProgram says whether CreateProcess finds what a command line begins with. The
// builtins of cmd.exe are no programs.
func (m *Machine) HasProgram(line string) bool {
	args := splitArgs(line)
	if len(args) == 0 {
		return false
	}
	name := programName(args[0])
	return m.ed.programs[name] != nil || m.ed.iperf != nil && strings.EqualFold(args[0], iperfExe)
}
