package cmd

import (
	"context"
	"strconv"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
)

// maxCmdLine is the longest line that cmd.exe takes, in characters
// (docs/facts/windows-samples.md 5.6).
const maxCmdLine = 8191

// cmdStep is one command of a line and what joins it to the one before it.
type cmdStep struct {
	join string // "" for the first, "&", "&&" or "||"
	line string
	redirections
}

const errNotPlayed = console.Refusal("stand-in: pipes, parentheses and redirection to anything but NUL are not played")

// parseCmd splits a line of cmd.exe at & && ||, outside of double quotes; ^ takes the next
// character as it is; streams may be redirected to NUL and standard error to standard output.
// Sources:
// https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-xp/bb490954(v=technet.10)
// and bb490982(v=technet.10). What the stand-in does not play is an error rather than a guess.
func parseCmd(line string) ([]cmdStep, error) {
	var steps []cmdStep
	var b strings.Builder
	var to redirections
	join, quoted := "", false
	flush := func(next string) {
		if s := b.String(); strings.TrimSpace(s) != "" {
			steps = append(steps, cmdStep{join, strings.TrimLeft(s, " \t"), to})
		}
		b.Reset()
		join, to = next, redirections{}
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		two := strings.HasPrefix(line[i:], "&&") || strings.HasPrefix(line[i:], "||")
		switch {
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case quoted:
			b.WriteByte(c)
		case c == '^' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		case two:
			flush(line[i : i+2])
			i++
		case c == '&':
			flush("&")
		case c == '<' || c == '>':
			n, before := to.parse(line[i:], b.String())
			if n == 0 {
				return nil, errNotPlayed
			}
			b.Reset()
			b.WriteString(before)
			i += n - 1
		case c == '|' || (c == '(' && strings.TrimSpace(b.String()) == ""):
			return nil, errNotPlayed
		default:
			b.WriteByte(c)
		}
	}
	flush("")
	return steps, nil
}

// expand replaces %NAME%; an unknown name stays as it is, as on a command line (not
// verified: ask a guest, cmd /c echo %nosuchname%).
func expand(line string, env func(string) (string, bool)) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "%")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "%")
		if v, ok := env(name); closed && ok {
			b.WriteString(v)
			line = after
			continue
		}
		b.WriteByte('%')
		line = rest
	}
}

// Line runs one line as `cmd /c` does and returns its exit code.
func Line(ctx context.Context, p *machine.Process, line string) int {
	if len(line) > maxCmdLine {
		p.Errln("The command line is too long.")
		return 1
	}
	steps, err := parseCmd(expand(line, func(name string) (string, bool) { return getenv(p, name) }))
	if err != nil {
		p.Errln(err.Error())
		return 1
	}
	code := 0
	for _, s := range steps {
		if ctx.Err() != nil || s.join == "&&" && code != 0 || s.join == "||" && code == 0 {
			continue
		}
		var quit bool
		if code, quit = runStep(ctx, redirected(p, s.redirections), s.line, code); quit {
			return code
		}
	}
	return code
}

// runStep runs one command: a builtin of cmd.exe or a program. quit says that the shell
// ends. echo and rem leave the last exit code as it is (not verified: ask a guest, cmd /c
// "ver & nosuchprogram & echo x" & echo %errorlevel%).
func runStep(ctx context.Context, p *machine.Process, line string, last int) (code int, quit bool) {
	line = strings.TrimPrefix(line, "@")
	name, rest := line, ""
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		name, rest = line[:i], line[i+1:]
	}
	switch low := strings.ToLower(name); {
	case low == "echo":
		if rest == "" {
			p.Say("ECHO is on.\n")
			return last, false
		}
		p.Outln(rest)
		return last, false
	case strings.HasPrefix(low, "echo."):
		p.Outln(line[len("echo."):])
		return last, false
	case low == "exit":
		args := strings.Fields(rest)
		if len(args) > 0 && strings.EqualFold(args[0], "/b") {
			args = args[1:]
		}
		if len(args) == 0 {
			return last, true
		}
		n, err := strconv.Atoi(args[0])
		if err != nil {
			n = 0
		}
		return n, true
	case low == "ver":
		p.Outln("\n" + p.Machine.Edition().Banner)
		return 0, false
	case low == "cd" && rest == "":
		p.Outln(dir(p))
		return 0, false
	case low == "rem":
		return last, false
	case low == "set":
		return set(p, rest), false
	}
	return p.Exec(ctx, line), false
}

// Exe is `cmd.exe /c LINE`, which reads the rest of its line as it is.
func Exe(ctx context.Context, p *machine.Process, _ []string) int {
	rest := strings.TrimSpace(p.Command.Line[len(console.FirstWord(p.Command.Line)):])
	for {
		word := console.FirstWord(rest)
		after := strings.TrimSpace(rest[len(word):])
		switch strings.ToLower(word) {
		case "/c":
			// One pair of quotes around the whole is taken off
			// (https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/cmd).
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
