package windows

import (
	"context"
	"os/exec"
	"strings"
)

// iperf3 is iperf3.exe in the foreground: the real program of this machine, which
// ends with its command.
func (p *process) iperf3(ctx context.Context, args []string) int {
	if v := args[1:]; len(v) != 1 || v[0] != "-v" && v[0] != "--version" {
		if err := checkIPerfArgs(v); err != nil {
			p.errln(err.Error())
			return 1
		}
	}
	cmd := exec.CommandContext(ctx, p.m.machineHost().IPerf(), args[1:]...)
	cmd.Stdout = textWriter(p.out)
	cmd.Stderr = textWriter(p.err)
	if err := cmd.Run(); err != nil {
		code := cmd.ProcessState.ExitCode()
		if code <= 0 {
			p.errln("stand-in: run iperf3: " + err.Error())
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
