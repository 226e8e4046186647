package windows

import (
	"context"
	"io"
	"strings"
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
	c.Line, c.Args = strings.Join(append([]string{c.Line}, c.Args...), " "), nil
	p := &process{m, c}
	m.atCommand(ctx, c.Line)
	if c.Shell {
		return m.ed.shell(p, ctx, c.Line)
	}
	return p.program(ctx, c.Line)
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
	run, ok := p.m.ed.programs[programName(args[0])]
	if strings.EqualFold(args[0], iperfExe) {
		run, ok = p.m.ed.iperf, p.m.ed.iperf != nil
	}
	if !ok {
		// Text: general knowledge; exit code of cmd /c: 1.
		p.errln("'" + args[0] + "' is not recognized as an internal or external command,\noperable program or batch file.")
		return 1
	}
	q := *p
	q.c.Line, q.c.Args = line, nil
	return run(&q, ctx, args)
}

func (p *process) outln(text string) { p.out(text + "\n") }
func (p *process) errln(text string) { p.err(text + "\n") }

func (p *process) out(text string) { write(p.c.Stdout, p.c.CodePage, text) }
func (p *process) err(text string) { write(p.c.Stderr, p.c.CodePage, text) }
