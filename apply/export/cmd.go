package export

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"vnettune/apply/cmdline"
	"vnettune/apply/terms"
)

// What a word of a program's command line, a power plan and a setting's id in a message may be: nothing that cmd.exe
// reads as anything but itself.
var (
	netshWord = regexp.MustCompile(`^[A-Za-z0-9=.-]+$`)
	powerPlan = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	unsafe    = regexp.MustCompile(`[^A-Za-z0-9._@-]`)
)

// cmd is a command file: ASCII, lines that end with CR LF. It asks exit codes by if: cmd.exe of Wine 8 does what
// stands in brackets behind || always. A command that fails is named, the others are run all
// the same, and the exit code is 1 then.
func (s Set) cmd(undo bool) ([]byte, error) {
	lines := append([]string{"@echo off"}, s.comments(s.head(undo))...)
	lines = append(lines, "setlocal EnableExtensions DisableDelayedExpansion", `set "failed="`)
	for _, l := range s.order(undo) {
		id := unsafe.ReplaceAllString(l.place.Key(), "_")
		commands, err := cmdLines(l.step(undo))
		if err != nil {
			return nil, err
		}
		lines = append(append(lines, ""), s.comments(l.words(undo))...)
		failed := fmt.Sprintf(`(set "failed=1"& echo FAILED: %s)`, id)
		if commands.only == "" {
			lines = append(lines, commands.do+" >nul", "if not %errorlevel%==0 "+failed)
			continue
		}
		lines = append(lines, commands.only+" >nul 2>nul", fmt.Sprintf("if not errorlevel 1 (%s >nul& if errorlevel 1 %s)", commands.do, failed))
	}
	lines = append(lines, "",
		`if defined failed (echo Some lines failed: run it as an administrator.& exit /b 1)`,
		"echo All lines are written. Reboot this Windows.",
		"exit /b 0", "")
	return []byte(strings.Join(lines, "\r\n")), nil
}

// commands are what a step is in a command file.
type commands struct {
	do   string
	only string // do is run only where this succeeds
}

func cmdLines(s terms.Step) (commands, error) {
	switch s.Op {
	case "registry-set":
		do, err := cmdline.FileLine(s)
		return commands{do: do}, err
	case "registry-delete":
		do, err := cmdline.FileLine(s)
		if err != nil {
			return commands{}, err
		}
		only, err := cmdline.FileQuery(s)
		return commands{do, only}, err
	case "netsh":
		for _, a := range s.Args {
			if !netshWord.MatchString(a) {
				return commands{}, fmt.Errorf("netsh cannot be given the word %q in a command file", a)
			}
		}
		return commands{do: "netsh " + strings.Join(s.Args, " ")}, nil
	case "power":
		if !powerPlan.MatchString(s.Data) {
			return commands{}, fmt.Errorf("%q is no GUID of a power plan", s.Data)
		}
		return commands{do: "powercfg /setactive " + s.Data}, nil
	}
	return commands{}, errors.New("only a cmdlet can set it, no command file: say --format ps1")
}
