package windows

import (
	"io"
	"net"
	"strings"
)

// sham is what stands in for the iperf3 server; nil when the real one runs.
func (f Faults) sham() func(net.Listener) {
	switch {
	case f.IPerfFails:
		return hangUp
	case f.IPerfBusy:
		return sayBusy
	case f.IPerfHangs:
		return sayNothing
	}
	return nil
}

// Of iperf3's protocol: a client sends a cookie of that many bytes (COOKIE_SIZE in
// iperf.h), a server that has another client answers with the state ACCESS_DENIED,
// which is -1 (iperf_api.h).
const (
	iperfCookie = 37
	iperfDenied = 0xff
)

// versionText is what an iperf3 prints of itself; behind a dash, of a Windows build, the
// version of its Cygwin (iperf3/FACTS 3).
func versionText(v string) string {
	number, cygwin, windows := strings.Cut(v, "-")
	text := "iperf " + number
	if windows {
		text += "\nCYGWIN_NT-10.0 " + computerName + " " + cygwin + "(0.297/5/3) 2016-04-21 22:14 x86_64"
	}
	return text
}

// sayBusy refuses every client as a server does that is in a run with another.
func sayBusy(l net.Listener) {
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

// sayNothing takes connections and leaves them open until the port closes.
func sayNothing(l net.Listener) {
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
