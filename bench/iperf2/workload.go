package iperf2

import (
	"net/netip"
	"strconv"
	"time"

	"vnettune/results/record"
)

// Target is the guest's iperf2 servers, one for each protocol, as the host reaches them.
type Target struct {
	Bind    string // address of this host to measure from; "" leaves it to the routes
	Address string // the guest's address under test
	Port    int    // TCP and UDP port of the servers

	Server Version       // of the servers; zero when it is not known
	RTT    time.Duration // of the path; 0 when it is not known
}

// Args are the arguments of a client that measures w against t.
//
// The text form is asked for, in bits and bytes (-f b): the CSV form (-y C) leaves the server's
// report out. Rates are given in bit/s: of a suffix M iperf2 makes 1,048,576.
func Args(t Target, w record.Workload) []string {
	args := []string{"-c", t.Address, "-p", strconv.Itoa(t.Port)}
	if a, err := netip.ParseAddr(t.Address); err == nil && a.Is6() && !a.Is4In6() {
		args = append(args, "-V")
	}
	if t.Bind != "" {
		args = append(args, "-B", t.Bind)
	}
	args = append(args, "-f", "b", "-t", strconv.Itoa(w.Seconds))
	if w.Protocol == record.UDP {
		return append(args, "-u", "-l", strconv.Itoa(w.Length), "-b", strconv.FormatFloat(record.BitRate(w.Rate), 'f', 0, 64))
	}
	return append(args, "-P", strconv.Itoa(streams(w)), "-Z", congestion(w))
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
