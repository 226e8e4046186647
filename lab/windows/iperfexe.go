package windows

import (
	"context"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// iperfFlags are the arguments of iperf3 that are handed to the real one, with the
// count of theirs. There is no file of this machine among them.
var iperfFlags = map[string]int{
	"-s": 0, "--server": 0, "-p": 1, "--port": 1, "-1": 0, "--one-off": 0, "-i": 1, "--interval": 1, "-f": 1, "--format": 1,
	"-J": 0, "--json": 0, "-V": 0, "--verbose": 0, "-4": 0, "--version4": 0, "--forceflush": 0, "-B": 1, "--bind": 1,
}

// iperfDefaultPort is where iperf3 listens without -p (iperf3's manual).
const iperfDefaultPort = 5201

// checkIPerfArgs lets through the arguments of a server.
func checkIPerfArgs(args []string) error {
	for i := 0; i < len(args); i++ {
		n, ok := iperfFlags[args[i]]
		if !ok || i+n >= len(args) {
			return refusef("stand-in: iperf3 is played as a server, and not with the argument %s", args[i])
		}
		i += n
	}
	if !slices.Contains(args, "-s") && !slices.Contains(args, "--server") {
		return refusal("stand-in: iperf3 is played as a server only; use -s")
	}
	return nil
}

func iperfPort(args []string) int {
	for i, a := range args {
		if (a == "-p" || a == "--port") && i+1 < len(args) {
			if n, err := strconv.Atoi(args[i+1]); err == nil {
				return n
			}
		}
	}
	return iperfDefaultPort
}

// iperf3 is iperf3.exe in the foreground: the real program of this machine, which
// ends with its command.
func (p *process) iperf3(ctx context.Context, args []string) int {
	if v := args[1:]; len(v) != 1 || v[0] != "-v" && v[0] != "--version" {
		if err := checkIPerfArgs(v); err != nil {
			p.errln(err.Error())
			return 1
		}
	}
	cmd := exec.CommandContext(ctx, p.m.host.IPerf(), args[1:]...)
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
