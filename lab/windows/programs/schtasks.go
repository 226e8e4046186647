package programs

import (
	"context"
	"fmt"
	"strings"

	"vnettune/lab/windows/machine"
)

// Schtasks is schtasks.exe with /query /tn NAME, in its table form (general knowledge).
// The one task that there can be is the dead-man switch's.
func Schtasks(_ context.Context, p *machine.Process, args []string) int {
	query, name := false, ""
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		switch o := strings.ToLower(rest[0]); {
		case o == "/query":
			query = true
		case o == "/tn" && len(rest) > 1:
			name, rest = rest[1], rest[1:]
		default:
			p.Errln("ERROR: Invalid argument/option - '" + rest[0] + "'.\nType \"SCHTASKS /?\" for usage.")
			return 1
		}
	}
	if !query || name == "" {
		p.Errln("stand-in: only schtasks /query /tn NAME is played")
		return 1
	}
	t := p.Machine.View().Deadman.Task
	if t == nil || !strings.EqualFold(strings.TrimPrefix(name, `\`), strings.TrimPrefix(machine.DeadmanTaskName, `\`)) {
		p.Errln("ERROR: The system cannot find the file specified.")
		return 1
	}
	p.Outln("\nFolder: \\vnettune\n" +
		"TaskName                                 Next Run Time          Status         \n" +
		"======================================== ====================== ===============")
	p.Outln(fmt.Sprintf("%-40s %-22s %-15s", "revert", t.Due.Format("1/2/2006 3:04:05 PM"), "Ready"))
	return 0
}
