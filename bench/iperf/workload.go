package iperf

import (
	"net/netip"
	"strconv"
)

// Protocols and directions of a Workload.
const (
	TCP       = "tcp"
	UDP       = "udp"
	ToGuest   = "to-guest"   // the host sends
	FromGuest = "from-guest" // the guest sends (iperf3 -R)
)

// Workload is one kind of measurement: one way, one transport.
type Workload struct {
	Protocol   string // TCP or UDP
	Direction  string // ToGuest or FromGuest
	Streams    int    // parallel streams; 0 means 1
	Seconds    int    // measured seconds, at least 1
	Omit       int    // seconds run before the measured ones and left out of every figure
	Congestion string // TCP towards the guest: the host's congestion control; "" means DefaultCongestion
	Rate       string // UDP: offered rate of each stream as iperf3 takes it (bit/s, suffix K, M or G)
	Length     int    // UDP: payload bytes of a datagram
}

// DefaultCongestion is the host's congestion control where a workload names
// none. It is always passed: the host's own default decides more than most
// settings under test.
const DefaultCongestion = "cubic"

func (w Workload) streams() int { return max(w.Streams, 1) }

// Target is the guest's iperf3 server as the host reaches it.
type Target struct {
	Bind    string // address of this host to measure from; "" leaves it to the routes
	Address string // the guest's address under test
	Port    int    // TCP and UDP port of the server
}

// Args are the arguments of a client of version v that measures w against t.
//
// The congestion control is passed only when the host sends. iperf3 hands -C on
// to its server, so with -R it would replace the very setting of the guest that
// is under test.
func Args(v Version, t Target, w Workload) []string {
	args := []string{"-c", t.Address, "-p", strconv.Itoa(t.Port), family(t.Address)}
	if t.Bind != "" {
		args = append(args, "-B", t.Bind)
	}
	args = append(args, "-J", "-i", "1", "-t", strconv.Itoa(w.Seconds))
	if w.Omit > 0 {
		args = append(args, "-O", strconv.Itoa(w.Omit))
	}
	args = append(args, "-P", strconv.Itoa(w.streams()))
	switch {
	case w.Protocol == UDP:
		args = append(args, "-u", "-l", strconv.Itoa(w.Length), "-b", w.Rate)
	case w.Direction == ToGuest:
		args = append(args, "-C", w.congestion())
	}
	if w.Direction == FromGuest {
		args = append(args, "-R")
	}
	if v.AtLeast(3, 6) {
		args = append(args, "--connect-timeout", "3000")
	}
	// A sending client refuses --rcv-timeout.
	if w.Direction == FromGuest && v.AtLeast(3, 10) {
		args = append(args, "--rcv-timeout", "5000")
	}
	return args
}

func (w Workload) congestion() string {
	if w.Congestion == "" {
		return DefaultCongestion
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
