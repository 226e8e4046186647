package programs

import (
	"context"
	"strings"

	"vnettune/lab/windows/machine"
)

// Hostname is hostname.exe.
func Hostname(_ context.Context, p *machine.Process, _ []string) int {
	p.Outln(machine.ComputerName)
	return 0
}

// Whoami is whoami.exe.
func Whoami(_ context.Context, p *machine.Process, _ []string) int {
	if p.Command.System {
		p.Outln(`nt authority\system`)
		return 0
	}
	p.Outln(strings.ToLower(machine.ComputerName + `\` + p.Machine.User()))
	return 0
}
