package windows

import (
	"context"
	"fmt"
	"time"
)

// ping is ping.exe. Texts: Microsoft's pages on troubleshooting XP.
func (p *process) ping(ctx context.Context, args []string) int {
	count, err := pingArgs(args[1:])
	if err != nil {
		p.outln(err.Error())
		return 1
	}
	p.outln("\nPinging 127.0.0.1 with 32 bytes of data:\n")
	for i := range count {
		if i > 0 {
			select {
			case <-time.After(pingInterval):
			case <-ctx.Done():
				return 1
			}
		}
		p.outln("Reply from 127.0.0.1: bytes=32 time<1ms TTL=128")
	}
	p.out(fmt.Sprintf("\nPing statistics for 127.0.0.1:\n    Packets: Sent = %d, Received = %[1]d, Lost = 0 (0%% loss),\n"+
		"Approximate round trip times in milli-seconds:\n    Minimum = 0ms, Maximum = 0ms, Average = 0ms\n", count))
	return 0
}
