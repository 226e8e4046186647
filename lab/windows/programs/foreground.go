package programs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/spawn"
)

// Ping is ping.exe. Texts: Microsoft's pages on troubleshooting XP.
func Ping(ctx context.Context, p *machine.Process, args []string) int {
	count, err := processes.PingArgs(args[1:])
	if err != nil {
		p.Outln(err.Error())
		return 1
	}
	p.Say("\nPinging 127.0.0.1 with 32 bytes of data:\n\n")
	for i := range count {
		if i > 0 {
			select {
			case <-time.After(processes.PingInterval):
			case <-ctx.Done():
				return 1
			}
		}
		p.Say("Reply from 127.0.0.1: bytes=32 time<1ms TTL=128\n")
	}
	p.Say(fmt.Sprintf("\nPing statistics for 127.0.0.1:\n    Packets: Sent = %d, Received = %[1]d, Lost = 0 (0%% loss),\n"+
		"Approximate round trip times in milli-seconds:\n    Minimum = 0ms, Maximum = 0ms, Average = 0ms\n", count))
	return 0
}

// IPerf3 is iperf3.exe in the foreground: the real program of this machine, which
// ends with its command.
func IPerf3(ctx context.Context, p *machine.Process, args []string) int {
	return foreground(ctx, p, p.Machine.Host().IPerf(), args, processes.CheckIPerfArgs)
}

// IPerf2 is iperf.exe in the foreground, as IPerf3 is.
func IPerf2(ctx context.Context, p *machine.Process, args []string) int {
	return foreground(ctx, p, p.Machine.Host().IPerf2(), args, processes.CheckIPerf2Args)
}

// foreground runs a program of this machine with arguments that ask for its version or that check lets through.
func foreground(ctx context.Context, p *machine.Process, path string, args []string, check func([]string) error) int {
	if v := args[1:]; len(v) != 1 || v[0] != "-v" && v[0] != "--version" {
		if err := check(v); err != nil {
			p.Errln(err.Error())
			return 1
		}
	}
	cmd := spawn.Command(ctx, path, args[1:]...)
	cmd.Stdout = textWriter(p.Out)
	cmd.Stderr = textWriter(p.Err)
	if err := cmd.Run(); err != nil {
		code := cmd.ProcessState.ExitCode()
		if code <= 0 {
			p.Errln("stand-in: run " + path + ": " + err.Error())
			code = 1
		}
		return code
	}
	return 0
}

// textWriter passes a program's text on with Windows' line ends.
type textWriter func(string)

// Write passes b on.
func (w textWriter) Write(b []byte) (int, error) {
	w(strings.ReplaceAll(string(b), "\r\n", "\n"))
	return len(b), nil
}

// Hostname is hostname.exe.
func Hostname(_ context.Context, p *machine.Process, _ []string) int {
	p.Outln(machine.ComputerName)
	return 0
}

// Whoami is whoami.exe.
func Whoami(_ context.Context, p *machine.Process, _ []string) int {
	if p.Command.System {
		p.Outln(`nt authority\system`)
		return 0
	}
	p.Outln(strings.ToLower(machine.ComputerName + `\` + p.Machine.User()))
	return 0
}
