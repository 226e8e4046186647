package programs

import (
	"context"
	"fmt"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
)

// Ping is ping.exe. Texts: Microsoft's pages on troubleshooting XP.
func Ping(ctx context.Context, p *machine.Process, args []string) int {
	count, err := processes.PingArgs(args[1:])
	if err != nil {
		p.Outln(err.Error())
		return 1
	}
	p.Outln("\nPinging 127.0.0.1 with 32 bytes of data:\n")
	for i := range count {
		if i > 0 {
			select {
			case <-time.After(processes.PingInterval):
			case <-ctx.Done():
				return 1
			}
		}
		p.Outln("Reply from 127.0.0.1: bytes=32 time<1ms TTL=128")
	}
	p.Out(fmt.Sprintf("\nPing statistics for 127.0.0.1:\n    Packets: Sent = %d, Received = %[1]d, Lost = 0 (0%% loss),\n"+
		"Approximate round trip times in milli-seconds:\n    Minimum = 0ms, Maximum = 0ms, Average = 0ms\n", count))
	return 0
}
