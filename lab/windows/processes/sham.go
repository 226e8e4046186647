package processes

import (
	"io"
	"net"
)

// Of iperf3's protocol: a client sends a cookie of that many bytes (COOKIE_SIZE in
// iperf.h), a server that has another client answers with the state ACCESS_DENIED,
// which is -1 (iperf_api.h).
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
