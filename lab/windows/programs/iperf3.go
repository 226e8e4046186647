package programs

import (
	"context"
	"os/exec"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
)

// IPerf3 is iperf3.exe in the foreground: the real program of this machine, which
// ends with its command.
func IPerf3(ctx context.Context, p *machine.Process, args []string) int {
	if v := args[1:]; len(v) != 1 || v[0] != "-v" && v[0] != "--version" {
		if err := processes.CheckIPerfArgs(v); err != nil {
			p.Errln(err.Error())
			return 1
		}
	}
	cmd := exec.CommandContext(ctx, p.Machine.Host().IPerf(), args[1:]...)
	cmd.Stdout = textWriter(p.Out)
	cmd.Stderr = textWriter(p.Err)
	if err := cmd.Run(); err != nil {
		code := cmd.ProcessState.ExitCode()
		if code <= 0 {
			p.Errln("stand-in: run iperf3: " + err.Error())
			code = 1
		}
		return code
	}
	return 0
}

// textWriter gives a program's text on with Windows' line ends.
type textWriter func(string)

func (w textWriter) Write(b []byte) (int, error) {
	w(strings.ReplaceAll(string(b), "\r\n", "\n"))
	return len(b), nil
}
