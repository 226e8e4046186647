package processes

import (
	"strconv"
	"strings"
	"time"

	"vnettune/lab/windows/console"
)

const (
	pingDefault  = 4           // echo requests (Microsoft's page on ping)
	PingInterval = time.Second // between two requests
)

// PingArgs reads the arguments after "ping" and returns the count of requests. Only
// the machine itself is played as a target: this is how XP waits.
func PingArgs(args []string) (count int, err error) {
	count = pingDefault
	target := ""
	for i := 0; i < len(args); i++ {
		switch o := strings.ToLower(args[i]); {
		case o == "-n" || o == "/n" || o == "-w" || o == "/w":
			if i+1 == len(args) {
				return 0, console.Refusef("Value must be supplied for option %s.", args[i])
			}
			i++
			n, err := strconv.Atoi(args[i])
			if err != nil || n < 1 {
				return 0, console.Refusef("Bad value for option %s, valid range is from 1 to 4294967295.", args[i-1])
			}
			if o[1] == 'n' {
				count = n
			}
		case strings.HasPrefix(o, "-") || strings.HasPrefix(o, "/") || target != "":
			return 0, console.Refusef("Bad option %s.", args[i])
		default:
			target = o
		}
	}
	if target != "127.0.0.1" && target != "localhost" {
		return 0, console.Refusef("stand-in: ping is played to 127.0.0.1 only")
	}
	return count, nil
}

// pingTime is how long a ping of itself takes: a second between two requests.
func pingTime(count int) time.Duration { return time.Duration(count-1) * PingInterval }
