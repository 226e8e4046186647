package programs

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
)

// shutdownTexts are what shutdown.exe prints with its exit codes (not verified: ask a guest,
// shutdown /a, and shutdown /r /t 60 twice).
var shutdownTexts = map[int]string{
	machine.ShutdownInProgress: "A system shutdown is in progress.(1115)",
	machine.ShutdownNone:       "Unable to abort the system shutdown because no shutdown was in progress.(1116)",
	machine.ShutdownScheduled:  "A system shutdown has already been scheduled.(1190)",
}

// defaultDelay is /t's value where it is not given, in seconds
// (https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown; the
// page of XP,
// https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-xp/bb491003(v=technet.10),
// has 20, which is not played).
const defaultDelay = 30

// Shutdown is shutdown.exe with /r, /s, /a, /t, /f and /c; dash and slash both parse
// (docs/facts/windows-samples.md 5.3).
func Shutdown(_ context.Context, p *machine.Process, args []string) int {
	restart, off, abort, delay := false, false, false, defaultDelay
	rest := args[1:]
	for len(rest) > 0 {
		o := strings.ToLower(rest[0])
		rest = rest[1:]
		if len(o) < 2 || o[0] != '/' && o[0] != '-' {
			return shutdownUsage(p)
		}
		switch o[1:] {
		case "r":
			restart = true
		case "s":
			off = true
		case "a":
			abort = true
		case "f":
		case "t", "c", "d":
			if len(rest) == 0 {
				return shutdownUsage(p)
			}
			if o[1:] == "t" {
				n, err := strconv.Atoi(rest[0])
				if err != nil || n < 0 || n > p.Machine.Edition().MaxDelay {
					return shutdownUsage(p)
				}
				delay = n
			}
			rest = rest[1:]
		default:
			return shutdownUsage(p)
		}
	}
	code := 0
	switch wait := time.Duration(delay) * time.Second; {
	case abort && !restart && !off:
		code = p.Machine.AbortRestart()
	case restart && !abort && !off:
		code = p.Machine.AskRestart(wait)
	case off && !abort && !restart:
		code = p.Machine.AskSwitchOff(wait)
	default:
		return shutdownUsage(p)
	}
	if code != 0 {
		p.Errln(shutdownTexts[code])
	}
	return code
}

func shutdownUsage(p *machine.Process) int {
	p.Outln("Usage: shutdown [/r | /s | /a] [/f] [/t xxx] [/c \"comment\"]\n\nstand-in: /r, /s, /a, /t, /f, /c and /d are played")
	return 1
}

// Schtasks is schtasks.exe with /query /tn NAME, in its table form, and /delete /tn NAME /f
// (https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/schtasks-query and
// schtasks-delete; widths and words: not verified: ask a guest, schtasks /query /tn NAME). The one task that there can
// be is the dead-man switch's.
func Schtasks(_ context.Context, p *machine.Process, args []string) int {
	query, remove, force, name := false, false, false, ""
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		switch o := strings.ToLower(rest[0]); {
		case o == "/query":
			query = true
		case o == "/delete":
			remove = true
		case o == "/f":
			force = true
		case o == "/tn" && len(rest) > 1:
			name, rest = rest[1], rest[1:]
		default:
			p.Errln("ERROR: Invalid argument/option - '" + rest[0] + "'.\nType \"SCHTASKS /?\" for usage.")
			return 1
		}
	}
	if query == remove || force != remove || name == "" {
		p.Errln("stand-in: only schtasks /query /tn NAME and /delete /tn NAME /f are played")
		return 1
	}
	t := p.Machine.View().DeadMan.Task
	if t == nil || !strings.EqualFold(strings.TrimPrefix(name, `\`), strings.TrimPrefix(machine.DeadManTaskName, `\`)) {
		p.Errln("ERROR: The system cannot find the file specified.")
		return 1
	}
	if remove {
		if err := p.Machine.SetDeadMan(nil); err != nil {
			p.Errln("ERROR: " + err.Error())
			return 1
		}
		p.Outln("SUCCESS: The scheduled task \"" + name + "\" was successfully deleted.")
		return 0
	}
	p.Say("\nFolder: \\vnettune\n" +
		"TaskName                                 Next Run Time          Status         \n" +
		"======================================== ====================== ===============\n")
	p.Say(fmt.Sprintf("%-40s %-22s %-15s\n", "revert", t.Due.Format("1/2/2006 3:04:05 PM"), "Ready"))
	return 0
}
