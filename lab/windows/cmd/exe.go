package windows

import (
	"context"
	"strings"
)

// cmd is `cmd.exe /c LINE`, which reads the rest of its line as it is.
func (p *process) cmd(ctx context.Context, _ []string) int {
	rest := strings.TrimSpace(p.c.Line[len(firstWord(p.c.Line)):])
	for {
		word := firstWord(rest)
		after := strings.TrimSpace(rest[len(word):])
		switch strings.ToLower(word) {
		case "/c":
			// One pair of quotes around the whole is taken off (general knowledge).
			if len(after) > 1 && after[0] == '"' && after[len(after)-1] == '"' {
				after = after[1 : len(after)-1]
			}
			return p.cmdExe(ctx, after)
		case "/d", "/q", "/s":
			rest = after
			continue
		}
		p.errln("stand-in: only cmd /c is played")
		return 1
	}
}

// dir is the working directory.
func (p *process) dir() string {
	if p.c.Dir != "" {
		return p.c.Dir
	}
	home, _ := p.getenv("USERPROFILE")
	return home
}

// getenv reads the environment of the process.
func (p *process) getenv(name string) (string, bool) {
	v, ok := p.variables()[strings.ToUpper(name)]
	return v, ok
}
