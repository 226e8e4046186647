package windows

import (
	"context"
	"strconv"
	"strings"
	"time"
)

var shutdownTexts = map[int]string{
	shutdownInProgress: "A system shutdown is in progress.(1115)",
	shutdownNone:       "Unable to abort the system shutdown because no shutdown was in progress.(1116)",
	shutdownScheduled:  "A system shutdown has already been scheduled.(1190)",
}

// defaultDelay is /t's value where it is not given, in seconds (general knowledge).
const defaultDelay = 30

// shutdown is shutdown.exe with /r, /a, /t, /f and /c; dash and slash both parse
// (SAMPLES 5.3).
func (p *process) shutdown(_ context.Context, args []string) int {
	restart, abort, delay := false, false, defaultDelay
	rest := args[1:]
	for len(rest) > 0 {
		o := strings.ToLower(rest[0])
		rest = rest[1:]
		if len(o) < 2 || o[0] != '/' && o[0] != '-' {
			return p.shutdownUsage()
		}
		switch o[1:] {
		case "r":
			restart = true
		case "a":
			abort = true
		case "f":
		case "t", "c", "d":
			if len(rest) == 0 {
				return p.shutdownUsage()
			}
			if o[1:] == "t" {
				n, err := strconv.Atoi(rest[0])
				if err != nil || n < 0 || n > p.m.edition().maxDelay {
					return p.shutdownUsage()
				}
				delay = n
			}
			rest = rest[1:]
		default:
			return p.shutdownUsage()
		}
	}
	if restart == abort {
		return p.shutdownUsage()
	}
	code := 0
	if abort {
		code = p.m.abortRestart()
	} else {
		code = p.m.askRestart(time.Duration(delay) * time.Second)
	}
	if code != 0 {
		p.errln(shutdownTexts[code])
	}
	return code
}

func (p *process) shutdownUsage() int {
	p.outln("Usage: shutdown [/r | /a] [/f] [/t xxx] [/c \"comment\"]\n\nstand-in: /r, /a, /t, /f, /c and /d are played")
	return 1
}
