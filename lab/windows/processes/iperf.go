package processes

import (
	"io"
	"net"
	"slices"
	"strconv"

	"vnettune/lab/windows/console"
)

// iperfFlags are the arguments that are handed to the real iperf3, with the number of values each
// takes. None names a file of this machine.
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

// Of iperf3's protocol: a client sends a cookie of that many bytes (COOKIE_SIZE in iperf.h), a
// server that has another client answers with the state ACCESS_DENIED, which is -1 (iperf_api.h).
const (
	iperfCookie = 37
	iperfDenied = 0xff
)

// SayBusy refuses every client as a server does that is in a run with another.
func SayBusy(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if _, err := io.CopyN(io.Discard, c, iperfCookie); err != nil {
				return
			}
			_, _ = c.Write([]byte{iperfDenied}) // a client that is gone needs no answer
		}()
	}
}

// SayNothing takes connections and leaves them open until the port closes.
func SayNothing(l net.Listener) {
	var open []net.Conn
	for {
		c, err := l.Accept()
		if err != nil {
			break
		}
		open = append(open, c)
	}
	for _, c := range open {
		c.Close()
	}
}

// IPerfExe is the one iperf3 that the stand-in's file system holds.
const IPerfExe = `C:\vnettune\iperf3.exe`

// IPerf2Exe is the one iperf2 of a stand-in whose host has an iperf.
const IPerf2Exe = `C:\vnettune\iperf.exe`

// CheckIPerf2Args lets through the arguments of a server of iperf2.
func CheckIPerf2Args(args []string) error {
	for rest := args; len(rest) > 0; rest = rest[1:] {
		switch {
		case rest[0] == "-s" || rest[0] == "-u":
		case (rest[0] == "-p" || rest[0] == "-l") && len(rest) > 1:
			rest = rest[1:]
		default:
			return console.Refusef("stand-in: iperf2 is played as a server, and not with the argument %s", rest[0])
		}
	}
	if !slices.Contains(args, "-s") {
		return console.Refusal("stand-in: iperf2 is played as a server only; use -s")
	}
	return nil
}

// HangUp ends every connection at once, so that every run of iperf3 fails.
func HangUp(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}
