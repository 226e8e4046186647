package programs

import (
	"context"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
)

var shutdownTexts = map[int]string{
	machine.ShutdownInProgress: "A system shutdown is in progress.(1115)",
	machine.ShutdownNone:       "Unable to abort the system shutdown because no shutdown was in progress.(1116)",
	machine.ShutdownScheduled:  "A system shutdown has already been scheduled.(1190)",
}

// defaultDelay is /t's value where it is not given, in seconds (general knowledge).
const defaultDelay = 30

// Shutdown is shutdown.exe with /r, /a, /t, /f and /c; dash and slash both parse
// (SAMPLES 5.3).
func Shutdown(_ context.Context, p *machine.Process, args []string) int {
	restart, abort, delay := false, false, defaultDelay
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
	if restart == abort {
		return shutdownUsage(p)
	}
	code := 0
	if abort {
		code = p.Machine.AbortRestart()
	} else {
		code = p.Machine.AskRestart(time.Duration(delay) * time.Second)
	}
	if code != 0 {
		p.Errln(shutdownTexts[code])
	}
	return code
}

func shutdownUsage(p *machine.Process) int {
	p.Outln("Usage: shutdown [/r | /a] [/f] [/t xxx] [/c \"comment\"]\n\nstand-in: /r, /a, /t, /f, /c and /d are played")
	return 1
}
