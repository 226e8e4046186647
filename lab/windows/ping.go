package windows

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	pingDefault  = 4 // echo requests (Microsoft's page on ping)
	pingInterval = time.Second
)

// pingArgs reads the arguments after "ping" and returns the count of requests. Only
// the machine itself is played as a target: this is how XP waits.
func pingArgs(args []string) (count int, err error) {
	count = pingDefault
	target := ""
	for i := 0; i < len(args); i++ {
		switch o := strings.ToLower(args[i]); {
		case o == "-n" || o == "/n" || o == "-w" || o == "/w":
			if i+1 == len(args) {
				return 0, refusef("Value must be supplied for option %s.", args[i])
			}
			i++
			n, err := strconv.Atoi(args[i])
			if err != nil || n < 1 {
				return 0, refusef("Bad value for option %s, valid range is from 1 to 4294967295.", args[i-1])
			}
			if o[1] == 'n' {
				count = n
			}
		case strings.HasPrefix(o, "-") || strings.HasPrefix(o, "/") || target != "":
			return 0, refusef("Bad option %s.", args[i])
		default:
			target = o
		}
	}
	if target != "127.0.0.1" && target != "localhost" {
		return 0, refusef("stand-in: ping is played to 127.0.0.1 only")
	}
	return count, nil
}

// pingTime is how long a ping of itself takes: a second between two requests.
func pingTime(count int) time.Duration { return time.Duration(count-1) * pingInterval }

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
