package windows

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Command is one process as a WinRM shell starts it.
type Command struct {
	Line           string            // the command, with its arguments or without
	Args           []string          // further arguments, joined to Line by spaces
	Stdin          io.Reader         // nil: at its end
	Stdout, Stderr io.Writer         // nil: thrown away
	CodePage       int               // of the output; 65001 is UTF-8, 0 the OEM code page
	Env            map[string]string // of the shell, beside the machine's own
	Dir            string            // working directory; "" is the user's profile
	Shell          bool              // through cmd.exe
	System         bool              // as the account SYSTEM, as services start it
}

// Run plays one process to its end and returns its exit code. Cancelling ctx
// ends it; what it changed before stays changed.
func (m *Machine) Run(ctx context.Context, c Command) int {
	if c.Stdin == nil {
		c.Stdin = strings.NewReader("")
	}
	if c.Stdout == nil {
		c.Stdout = io.Discard
	}
	if c.Stderr == nil {
		c.Stderr = io.Discard
	}
	p := &process{m: m, c: c}
	line := strings.Join(append([]string{c.Line}, c.Args...), " ")
	m.atCommand(ctx, line)
	if c.Shell {
		return p.cmdExe(ctx, line)
	}
	return p.program(ctx, line)
}

// process is one running command.
type process struct {
	m *Machine
	c Command
}

// runner is a program; the first argument is its name as it was called.
type runner = func(*process, context.Context, []string) int

// program runs an external program by its command line.
func (p *process) program(ctx context.Context, line string) int {
	args := splitArgs(line)
	if len(args) == 0 {
		return 0
	}
	if name := programName(args[0]); name == "cmd" {
		// cmd.exe reads the rest of its line as it is.
		return p.cmd(ctx, []string{args[0], strings.TrimSpace(line[len(firstWord(line)):])})
	}
	run, ok := p.m.ed.programs[programName(args[0])]
	if strings.EqualFold(args[0], iperfExe) {
		run, ok = p.m.ed.iperf, p.m.ed.iperf != nil
	}
	if !ok {
		// Text: general knowledge; exit code of cmd /c: 1.
		p.errln("'" + args[0] + "' is not recognized as an internal or external command,\noperable program or batch file.")
		return 1
	}
	return run(p, ctx, args)
}

// cmd is `cmd.exe /c LINE`; args[1] is the rest of the line.
func (p *process) cmd(ctx context.Context, args []string) int {
	rest := args[1]
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

// firstWord is line up to its first blank outside of quotes.
func firstWord(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case !quoted && (line[i] == ' ' || line[i] == '\t'):
			return line[:i]
		}
	}
	return line
}

// programName is the name of a program without its folder and ".exe".
func programName(arg string) string {
	name := path.Base(strings.ReplaceAll(arg, `\`, "/"))
	return strings.TrimSuffix(strings.ToLower(name), ".exe")
}

func (p *process) hostname(context.Context, []string) int {
	p.outln(computerName)
	return 0
}

func (p *process) whoami(context.Context, []string) int {
	if p.c.System {
		p.outln(`nt authority\system`)
		return 0
	}
	p.outln(strings.ToLower(computerName + `\` + p.m.cfg.User))
	return 0
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

// refusal is what a program of Windows prints when it refuses: an answer in
// Windows' words, carried as an error.
type refusal string

func (r refusal) Error() string { return string(r) }

func refusef(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

func (p *process) outln(text string) { p.out(text + "\n") }
func (p *process) errln(text string) { p.err(text + "\n") }

func (p *process) out(text string) { write(p.c.Stdout, p.c.CodePage, text) }
func (p *process) err(text string) { write(p.c.Stderr, p.c.CodePage, text) }

// write puts text out in the code page with Windows' line ends. A writer that
// fails belongs to a client that is gone; the process goes on, as on Windows.
func write(w io.Writer, codePage int, text string) {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	if codePage != 65001 {
		text = toOEM(text)
	}
	_, _ = io.WriteString(w, text)
}

// toOEM encodes text in the OEM code page of an English Windows; what it does not
// have becomes a replacement character.
func toOEM(s string) string {
	out, err := encoding.ReplaceUnsupported(charmap.CodePage437.NewEncoder()).String(s)
	if err != nil {
		return s // the encoder replaces and does not fail on text
	}
	return out
}
