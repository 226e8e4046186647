package machine

import (
	"context"
	"io"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/processes"
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
	p := &Process{m, c}
	if step, failed := m.atCommand(ctx, c.Line); failed {
		return p.fail(step)
	}
	if c.Shell {
		return m.shell(ctx, p, c.Line)
	}
	return p.Exec(ctx, c.Line)
}

// Shell runs one line as cmd.exe /c does and returns its exit code.
type Shell = func(context.Context, *Process, string) int

// UseShell has the lines of shells, and the task of the dead-man switch, run by another shell than the
// edition's. It must be called before the first.
func (m *Machine) UseShell(s Shell) { m.shell = s }

// Process is one running command.
type Process struct {
	Machine *Machine
	Command Command
}

// Program is a program; the first argument is its name as it was called.
type Program = func(context.Context, *Process, []string) int

// Exec runs an external program by its command line.
func (p *Process) Exec(ctx context.Context, line string) int {
	args := console.SplitArgs(line)
	if len(args) == 0 {
		return 0
	}
	run, ok := p.Machine.ed.Programs[console.ProgramName(args[0])]
	if strings.EqualFold(args[0], processes.IPerfExe) {
		run, ok = p.Machine.ed.IPerf, p.Machine.ed.IPerf != nil
	}
	if strings.EqualFold(args[0], processes.IPerf2Exe) {
		run, ok = p.Machine.ed.IPerf2, p.Machine.ed.IPerf2 != nil && p.Machine.host.IPerf2() != ""
	}
	if !ok {
		// Not verified: ask a guest, cmd /c nosuchprogram & echo %errorlevel%.
		p.Errln("'" + args[0] + "' is not recognized as an internal or external command,\noperable program or batch file.")
		return 1
	}
	q := *p
	q.Command.Line, q.Command.Args = line, nil
	return run(ctx, &q, args)
}

// Out prints text on standard output, in the command's code page.
func (p *Process) Out(text string) {
	console.Write(p.Command.Stdout, p.language(), p.Command.CodePage, text)
}

// Say prints text with labels on standard output, in the guest's language.
func (p *Process) Say(text string) { p.Out(p.language().Text(text)) }

// Err prints a message on standard error, in the guest's language.
func (p *Process) Err(text string) {
	console.Write(p.Command.Stderr, p.language(), p.Command.CodePage, p.language().Text(text))
}

func (p *Process) language() *console.Language { return p.Machine.ed.Language }

// Outln prints a line on standard output.
func (p *Process) Outln(text string) { p.Out(text + "\n") }

// Errln prints a line on standard error.
func (p *Process) Errln(text string) { p.Err(text + "\n") }
