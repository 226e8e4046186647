package cmd

import (
	"context"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
)

// Exe is `cmd.exe /c LINE`, which reads the rest of its line as it is.
func Exe(ctx context.Context, p *machine.Process, _ []string) int {
	rest := strings.TrimSpace(p.Command.Line[len(console.FirstWord(p.Command.Line)):])
	for {
		word := console.FirstWord(rest)
		after := strings.TrimSpace(rest[len(word):])
		switch strings.ToLower(word) {
		case "/c":
			// One pair of quotes around the whole is taken off (general knowledge).
			if len(after) > 1 && after[0] == '"' && after[len(after)-1] == '"' {
				after = after[1 : len(after)-1]
			}
			return Line(ctx, p, after)
		case "/d", "/q", "/s":
			rest = after
			continue
		}
		p.Errln("stand-in: only cmd /c is played")
		return 1
	}
}

// dir is the working directory.
func dir(p *machine.Process) string {
	if p.Command.Dir != "" {
		return p.Command.Dir
	}
	home, _ := getenv(p, "USERPROFILE")
	return home
}

// getenv reads the environment of the process.
func getenv(p *machine.Process, name string) (string, bool) {
	v, ok := variables(p)[strings.ToUpper(name)]
	return v, ok
}
