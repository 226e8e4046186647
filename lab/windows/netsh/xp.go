package netsh

import (
	"context"
	"strings"

	"vnettune/lab/windows/machine"
)

// netshContexts are those of xp's netsh whose commands are not played (general
// knowledge). There is no `interface tcp` (tcp.*: absent on xp, catalogue section 8:
// "no netsh int tcp").
var netshContexts = []string{"interface ip", "interface ipv6", "interface portproxy", "firewall", "diag", "dump"}

// ExeXP is netsh.exe of xp.
func ExeXP(_ context.Context, p *machine.Process, args []string) int {
	given := strings.ToLower(strings.Join(args[1:], " "))
	for _, c := range netshContexts {
		if given == c || strings.HasPrefix(given, c+" ") {
			p.Outln("stand-in: netsh " + c + " is not played")
			return 1
		}
	}
	p.Outln("The following command was not found: " + strings.Join(args[1:], " ") + ".")
	return 1
}
