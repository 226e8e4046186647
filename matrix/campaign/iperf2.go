package campaign

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Where iperf2 is, where nothing is said: its own port, and beside the guest's iperf3.
const (
	DefaultIperf2Port  = 5001
	DefaultIperf2      = `C:\vnettune\iperf.exe`
	defaultHostsIperf2 = "iperf"
)

// MeasuresByIPerf2 says whether a workload needs iperf2.
func (c Campaign) MeasuresByIPerf2() bool {
	return slices.ContainsFunc(c.Workloads, record.Workload.ByIPerf2)
}

// NeedsIPerf3 says whether the campaign needs iperf3 on both ends: all do but those that measure by iperf2 alone.
func (c Campaign) NeedsIPerf3() bool { return record.NeedIPerf3(c.Workloads) }

// oneRate is a rate of iperf2, which has none that stands for as fast as it goes.
var oneRate = regexp.MustCompile(`^([0-9]*[1-9][0-9]*(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*)[KMG]?$`)

// iperf2 reads a workload that iperf2 measures. Its name carries the tool's: figures of two tools are none of
// one workload.
func (w object) iperf2(protocol string) record.Workload {
	if protocol == record.Latency {
		w.bad("tool", "iperf2 measures no latency of requests and responses", "delete the key: the meter does, where it runs")
		protocol = record.TCP
	}
	w.refuse("iperf2 leaves no seconds out", "omit")
	w.refuse("only the meter has it", "offload", "request", "response", "per_second", "load")
	one := record.Workload{
		Name: w.name("name"), Protocol: protocol, Tool: record.ToolIPerf2, Direction: record.ToGuest,
		Streams: DefaultStreams, Seconds: w.integer("seconds"),
	}
	if n := w.get("direction"); n != nil && (n.kind != scalar || n.text != record.ToGuest) {
		w.bad("direction", "iperf2 measures to the guest only: for the other way its guest would have to connect back to this host, through this host's firewall",
			"legal: "+record.ToGuest+"; the other way is measured by iperf3, where the guest has one")
	}
	if protocol == record.UDP {
		w.refuse("UDP has no congestion control", "congestion")
		w.refuse("iperf2's server does not tell parallel streams of UDP apart, and may die of them", "streams")
		w.require("UDP is sent at a stated rate, such as 50M: iperf2's own default is 1 Mbit/s", "rate")
		w.require("UDP is sent in datagrams of a stated size, such as 1472: versions differ in their default", "length")
		if n := w.get("rate"); n != nil && n.kind == mapping {
			w.bad("rate", "only iperf3 looks for a rate", "give one rate")
		} else {
			one.Rate = w.like("rate", matching{like: oneRate, what: "bit/s above 0, such as 50M, which are 50,000,000"})
		}
		one.Length = w.integer("length")
	} else {
		w.refuse("only UDP is sent at a stated rate", "rate")
		w.refuse("only iperf3 sends a stream in messages of a stated size", "length")
		one.Streams = w.integer("streams")
		one.Congestion = w.matching("congestion")
	}
	switch {
	case one.Name == "":
		one.Name = describe(one)
	case !strings.HasPrefix(one.Name, record.ToolIPerf2+"-"):
		one.Name = record.ToolIPerf2 + "-" + one.Name
	}
	return one
}

// iperf2On refuses iperf2 where nothing starts it, and on xp a program that no command line takes.
func (c Campaign) iperf2On(g matrix.Generation) *matrix.DesignError {
	r := c.Guest.Remote
	switch {
	case !c.MeasuresByIPerf2():
		return nil
	case g != matrix.XP:
		return &matrix.DesignError{Path: []string{"workloads"},
			Msg:  fmt.Sprintf("iperf2 is started on guests of generation xp only, and this is %s", g),
			Hint: "delete tool: iperf2; iperf3 or the meter measure there"}
	case r == nil || xpProgram.MatchString(r.Iperf2):
		return nil
	}
	return &matrix.DesignError{Path: []string{"guest", "iperf2"},
		Msg:  fmt.Sprintf("%q cannot be started on a guest of generation xp", r.Iperf2),
		Hint: `give the whole path, letters, digits and _.- only and no spaces, such as ` + DefaultIperf2}
}

// iperf2Alone refuses to have iperf2, where workloads need it, share a port or a program with another, and to
// have a peer measure by it.
func (o object) iperf2Alone(c Campaign) {
	if !c.MeasuresByIPerf2() {
		return
	}
	if c.Peer != nil {
		o.bad("peer", "iperf2 runs on this host alone", "measure from a peer with iperf3 alone (no tool: iperf2), or from this host")
	}
	r := c.Guest.Remote
	if r == nil {
		return
	}
	guest := object{r: o.r, n: o.get("guest"), path: "guest"}
	switch port := c.Guest.Iperf2Port; {
	case port == c.Guest.IperfPort:
		guest.bad("iperf2_port", fmt.Sprintf("iperf3 and iperf2 cannot both listen on port %d of the guest", port), "give one of guest.iperf_port and guest.iperf2_port another")
	case port == r.Control.Port && r.Control.Host == r.Data:
		guest.bad("iperf2_port", fmt.Sprintf("WinRM and iperf2 cannot both listen on port %d of the guest", port), "give guest.iperf2_port another")
	}
	if strings.EqualFold(r.Iperf, r.Iperf2) {
		guest.bad("iperf2", fmt.Sprintf("%q is guest.iperf as well: each is ended when the other is started", r.Iperf2), "iperf 2 and iperf3 are two programs; name both")
	}
}
