package document

import (
	"strings"

	"vnettune/results/record"
)

// errorClasses maps iperf3's words to classes, first match first. Words moved
// between versions ("error - " in front until 3.9, longer texts since 3.14), so
// each rule asks for parts of the text, never for all of it.
var errorClasses = []struct {
	class string
	parts []string // all of them occur, in lower case
}{
	{record.ServerBusy, []string{"server is busy"}},
	{record.ServerTerminated, []string{"server has terminated"}},
	{record.ServerTerminated, []string{"server test duration expired"}},
	{record.Interrupted, []string{"the client has terminated"}},

	{record.DataConnectionFailed, []string{"unable to connect stream"}},
	{record.ConnectionRefused, []string{"unable to connect", "connection refused"}},
	// 3.9 says so of every server that cannot be connected to, whatever the reason.
	{record.ConnectionRefused, []string{"unable to send control message", "bad file descriptor"}},
	{record.ConnectTimeout, []string{"unable to connect", "timed out"}},
	{record.NoRoute, []string{"no route to host"}},
	{record.NoRoute, []string{"unreachable"}},
	{record.BadArguments, []string{"name or service not known"}},
	{record.BadArguments, []string{"cannot assign requested address"}},
	{record.PeerLost, []string{"unable to connect", "connection reset"}},

	{record.BadArguments, []string{"parameter error"}},
	{record.BadArguments, []string{"unable to connect", "invalid argument"}}, // a link-local address without its zone
	{record.BadArguments, []string{"unable to set "}},                        // congestion control, segment size, buffers, affinity
	{record.BadArguments, []string{"socket buffer size"}},
	{record.BadArguments, []string{"unable to bind"}},
	{record.BadArguments, []string{"larger than server limit"}},
	{record.BadArguments, []string{"maximum permitted limit"}},
	{record.BadArguments, []string{"unrecognized option"}},
	{record.BadArguments, []string{"invalid option"}},
	{record.BadArguments, []string{"unknown option"}},
	{record.BadArguments, []string{"option requires an argument"}},
	{record.BadArguments, []string{"usage: iperf"}},

	{record.UnsupportedByServer, []string{"unknown control message"}},
	{record.UDPBlocked, []string{"unable to read from stream socket", "temporarily unavailable"}},

	{record.PeerLost, []string{"control socket has closed unexpectedly"}},
	{record.PeerLost, []string{"control message"}},
	{record.PeerLost, []string{"unable to read from stream socket"}},
	{record.PeerLost, []string{"unable to write to stream socket"}},
	{record.PeerLost, []string{"control socket:"}},
	{record.PeerLost, []string{"stream socket has closed unexpectedly"}},
	{record.PeerLost, []string{"unable to send parameters"}},
	{record.PeerLost, []string{"unable to send cookie"}},
	{record.PeerLost, []string{"unable to send results"}},
	{record.PeerLost, []string{"unable to receive results"}},
	{record.PeerLost, []string{"idle timeout"}},
	{record.PeerLost, []string{"connection reset by peer"}},
	{record.PeerLost, []string{"broken pipe"}},
	{record.PeerLost, []string{"transport endpoint is not connected"}},
}

// ClassOfError is the class of a text that iperf3 gave as its error. Both ways at
// once is what servers before 3.7 do not know: they drop the second connection.
func ClassOfError(text string, bidir bool) string {
	text = strings.TrimSpace(strings.ToLower(text))
	if strings.HasSuffix(text, "unable to connect to server:") { // 3.1.x, of a name that does not resolve
		return record.BadArguments
	}
	if bidir && (strings.Contains(text, "connection reset by peer") || strings.Contains(text, "unable to receive results")) {
		return record.UnsupportedByServer
	}
	for _, rule := range errorClasses {
		if containsAll(text, rule.parts) {
			return rule.class
		}
	}
	return record.Failed
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// ErrorLine is the line that tells what was wrong: usage texts surround it.
func ErrorLine(text string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "error") || strings.Contains(line, "option") && strings.Contains(line, ": ") {
			return strings.TrimSpace(line)
		}
	}
	return firstLine(text)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}
