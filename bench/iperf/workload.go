package iperf

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"vnettune/bench/iperf/document"
	"vnettune/results/record"
)

// Target is the guest's iperf3 server as the host reaches it.
type Target struct {
	Bind    string // address of this host to measure from; "" leaves it to the routes
	Address string // the guest's address under test
	Port    int    // TCP and UDP port of the server
	Second  int    // TCP port of the guest's second server, for what goes both ways at once; 0 without one

	Server Version       // of the server; zero when it is not known
	RTT    time.Duration // of the path, by a TCP connection to the server; 0 when it is not known
}

// Ports are those on which servers are to listen, the first server's first.
func (t Target) Ports() []int {
	if t.Second == 0 {
		return []int{t.Port}
	}
	return []int{t.Port, t.Second}
}

// PortsTo ends with the port of a server: of one of both ways at once, by its direction, or of the first for "".
func (t Target) PortsTo(way string) []int {
	if way == record.FromGuest {
		return t.Ports()
	}
	return []int{t.Port}
}

// Args are the arguments of a client of version v that measures w against t.
//
// The congestion control is passed only when the host sends. iperf3 hands -C on
// to its server, so with -R it would replace the very setting of the guest that
// is under test.
func Args(v Version, t Target, w record.Workload) []string {
	args := []string{"-c", t.Address, "-p", strconv.Itoa(t.Port), family(t.Address)}
	if t.Bind != "" {
		args = append(args, "-B", t.Bind)
	}
	args = append(args, "-J", "-i", "1", "-t", strconv.Itoa(w.Seconds))
	if w.Omit > 0 {
		args = append(args, "-O", strconv.Itoa(w.Omit))
	}
	args = append(args, "-P", strconv.Itoa(streams(w)))
	switch {
	case w.Protocol == record.UDP:
		args = append(args, "-u", "-l", strconv.Itoa(w.Length), "-b", w.Rate)
	case w.Direction == record.ToGuest:
		args = append(args, "-C", congestion(w))
	}
	if w.Protocol == record.TCP && w.Length > 0 {
		args = append(args, "-l", strconv.Itoa(w.Length))
	}
	switch paced := w.Rate != ""; {
	case w.Protocol != record.TCP:
	case paced:
		args = append(args, "-b", w.Rate)
	case w.Length > 0:
		args = append(args, "-N") // each message at once
	}
	if w.Direction == record.FromGuest {
		args = append(args, "-R")
	}
	if v.AtLeast(3, 6) {
		args = append(args, "--connect-timeout", "3000")
	}
	// A sending client refuses --rcv-timeout.
	if w.Direction == record.FromGuest && v.AtLeast(3, 10) {
		args = append(args, "--rcv-timeout", "5000")
	}
	return args
}

// streams is the number of parallel streams of w.
func streams(w record.Workload) int { return max(w.Streams, 1) }

// congestion is the host's congestion control for w.
func congestion(w record.Workload) string {
	if w.Congestion == "" {
		return record.DefaultCongestion
	}
	return w.Congestion
}

// family pins the address family, so that a name with two addresses cannot
// change the path between two runs.
func family(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
		return "-6"
	}
	return "-4"
}

// askedOf is what w asks of the client, measured against t.
func askedOf(t Target, w record.Workload) document.Asked {
	a := document.Asked{
		Seconds: float64(w.Seconds), Omit: float64(w.Omit), Streams: streams(w),
		Protocol: strings.ToUpper(w.Protocol), Reverse: w.Direction == record.FromGuest,
		Server: t.Server, RTT: t.RTT.Seconds(),
	}
	if w.Protocol == record.TCP && w.Direction == record.ToGuest {
		a.Congestion = congestion(w)
	}
	return a
}
