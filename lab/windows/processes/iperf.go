package processes

import (
	"slices"
	"strconv"

	"vnettune/lab/windows/console"
)

// iperfFlags are the arguments of iperf3 that are handed to the real one, with the
// count of theirs. There is no file of this machine among them.
var iperfFlags = map[string]int{
	"-s": 0, "--server": 0, "-p": 1, "--port": 1, "-1": 0, "--one-off": 0, "-i": 1, "--interval": 1, "-f": 1, "--format": 1,
	"-J": 0, "--json": 0, "-V": 0, "--verbose": 0, "-4": 0, "--version4": 0, "--forceflush": 0, "-B": 1, "--bind": 1,
}

// iperfDefaultPort is where iperf3 listens without -p (iperf3's manual).
const iperfDefaultPort = 5201

// CheckIPerfArgs lets through the arguments of a server.
func CheckIPerfArgs(args []string) error {
	for i := 0; i < len(args); i++ {
		n, ok := iperfFlags[args[i]]
		if !ok || i+n >= len(args) {
			return console.Refusef("stand-in: iperf3 is played as a server, and not with the argument %s", args[i])
		}
		i += n
	}
	if !slices.Contains(args, "-s") && !slices.Contains(args, "--server") {
		return console.Refusal("stand-in: iperf3 is played as a server only; use -s")
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
