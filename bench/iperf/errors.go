package iperf

import "strings"

// errorClasses maps iperf3's words to classes, first match first. Words moved
// between versions ("error - " in front until 3.9, longer texts since 3.14), so
// each rule asks for parts of the text, never for all of it.
var errorClasses = []struct {
	class string
	parts []string // all of them occur, in lower case
}{
	{ServerBusy, []string{"server is busy"}},
	{ServerTerminated, []string{"server has terminated"}},
	{Interrupted, []string{"the client has terminated"}},

	{DataConnectionFailed, []string{"unable to connect stream"}},
	{ConnectionRefused, []string{"unable to connect", "connection refused"}},
	{ConnectTimeout, []string{"unable to connect", "timed out"}},
	{NoRoute, []string{"no route to host"}},
	{NoRoute, []string{"unreachable"}},
	{BadArguments, []string{"name or service not known"}},
	{BadArguments, []string{"cannot assign requested address"}},
	{PeerLost, []string{"unable to connect", "connection reset"}},

	{BadArguments, []string{"parameter error"}},
	{BadArguments, []string{"unable to set tcp_congestion"}},
	{BadArguments, []string{"unrecognized option"}},
	{BadArguments, []string{"invalid option"}},
	{BadArguments, []string{"unknown option"}},
	{BadArguments, []string{"option requires an argument"}},
	{BadArguments, []string{"usage: iperf"}},

	{UnsupportedByServer, []string{"unknown control message"}},
	{UDPBlocked, []string{"unable to read from stream socket", "temporarily unavailable"}},

	{PeerLost, []string{"control socket has closed unexpectedly"}},
	{PeerLost, []string{"control message"}},
	{PeerLost, []string{"unable to read from stream socket"}},
	{PeerLost, []string{"unable to write to stream socket"}},
	{PeerLost, []string{"unable to send results"}},
	{PeerLost, []string{"unable to receive results"}},
	{PeerLost, []string{"idle timeout"}},
	{PeerLost, []string{"connection reset by peer"}},
	{PeerLost, []string{"broken pipe"}},
	{PeerLost, []string{"transport endpoint is not connected"}},
}

// classOfError is the class of a text that iperf3 gave as its error. Both ways at
// once is what servers before 3.7 do not know: they drop the second connection.
func classOfError(text string, bidir bool) string {
	text = strings.ToLower(text)
	if bidir && (strings.Contains(text, "connection reset by peer") || strings.Contains(text, "unable to receive results")) {
		return UnsupportedByServer
	}
	for _, rule := range errorClasses {
		if containsAll(text, rule.parts) {
			return rule.class
		}
	}
	return Failed
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
