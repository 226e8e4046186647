package campaign

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vnettune/results/record"
)

// Defaults of a workload.
const (
	DefaultStreams = 1
	DefaultSeconds = 3
	DefaultOmit    = 1
)

// bothWays stands for one workload in each direction.
const bothWays = "both"

var (
	rate       = regexp.MustCompile(`^(0|[0-9]*[1-9][0-9]*)(\.[0-9]+)?[KMG]?$`)
	congestion = regexp.MustCompile(`^[a-z][a-z0-9_]{0,15}$`)
)

var workloadKeys = group{
	{"name", title{MaxName}, "What results call the workload; made of its fields unless given.", ""},
	{"protocol", word{record.TCP, []string{record.TCP, record.UDP, record.Latency}}, "What is measured; latency is requests of the host and the guest's responses.", ""},
	{"tool", word{toolIPerf, []string{toolIPerf, record.ToolIPerf2, record.ToolMeter}}, "What measures: iperf3; iperf 2.x for guests of xp; or vnettune's own meter, which latency has in any case.", ""},
	{"direction", word{bothWays, []string{record.ToGuest, record.FromGuest, bothWays, record.AtOnce}}, "Who sends; both makes two workloads, one after the other; at-once is one of TCP by iperf3 in which both send.", ""},
	{"streams", whole{DefaultStreams, 1, 128}, "Parallel streams.", ""},
	{"seconds", whole{DefaultSeconds, 1, 3600}, "Measured time in seconds.", ""},
	{"omit", whole{DefaultOmit, 0, 60}, "Seconds run before those and left out of every figure.", ""},
	{"congestion", matching{otherwise: record.DefaultCongestion, like: congestion, what: "a congestion control of this host, such as cubic or reno"}, "The host's congestion control, for TCP that the host sends.", ""},
	{"rate", either{matching{like: rate, what: "bit/s as iperf3 takes them, such as 200M (0: as fast as it goes)"}, ladderKeys}, "UDP: offered bit/s of each stream, suffix K, M or G; 0 is as fast as it goes. Or a ladder: {from: 50M, to: 2G, loss_below: 0.5%}.", ""},
	{"length", either{whole{0, leastDatagram, mostDatagram}, several{of: whole{0, leastDatagram, mostDatagram}, some: true, once: true}}, "UDP: payload bytes of a datagram. TCP of iperf3: bytes of a message. A list makes a workload of each.", ""},
	{"offload", truth{}, "UDP of the meter: with USO at the sender and URO at the receiver.", ""},
	{"request", whole{DefaultMessage, leastMessage, mostMessage}, "Latency: bytes of a request.", ""},
	{"response", whole{DefaultMessage, leastMessage, mostMessage}, "Latency: bytes of a response.", ""},
	{"per_second", whole{0, 0, 1_000_000}, "Latency: requests a second at fixed times; 0 is one after the other.", ""},
	{"load", word{noLoad, []string{noLoad, record.ToGuest, record.FromGuest}}, "Latency: which way streams of TCP run meanwhile.", ""},
	{"link", linkKeys, "Conditions that the link to the guest has while the workload runs.", ""},
}

const ladderRate = "bit/s as iperf3 takes them, such as 200M"

var ladderKeys = group{
	{"from", matching{like: rate, what: ladderRate}, "The lowest rate of the ladder.", "a ladder begins there"},
	{"to", matching{like: rate, what: ladderRate}, "The highest rate of the ladder.", "a ladder ends there"},
	{"loss_below", number{DefaultLossBelow, 0, 50, "%"}, "The loss, in percent, below which a rate holds.", ""},
}

// workloads reads the workloads; without any, TCP is measured both ways.
func (o object) workloads() []record.Workload {
	if !o.has("workloads") {
		return directions(stream(DefaultSeconds), bothWays)
	}
	if n := o.get("workloads"); n != nil && n.kind == scalar {
		return preset(o.word("workloads"))
	}
	var all []record.Workload
	for _, item := range o.items("workloads") {
		if item.n.kind == scalar && slices.Contains(presets, item.n.text) {
			o.r.bad(item.n, item.path, item.n.text+" stands for a whole list", "write workloads: "+item.n.text)
			continue
		}
		all = append(all, item.workload()...)
	}
	if n := o.get("workloads"); n != nil && n.kind == list && len(n.items) == 0 {
		o.bad("workloads", "the list is empty", "delete the key to measure TCP both ways")
	}
	o.uniqueWorkloads(all)
	return all
}

func (o object) workload() []record.Workload {
	w := o.r.object(o.n, o.path, workloadKeys)
	protocol := w.word("protocol")
	tool := w.word("tool")
	if tool == record.ToolIPerf2 {
		return []record.Workload{w.iperf2(protocol)}
	}
	if protocol == record.Latency {
		return []record.Workload{w.latency()}
	}
	w.refuse("only the protocol latency asks and answers", "request", "response", "per_second", "load")
	if tool == record.ToolMeter {
		w.refuse("the meter takes this host's congestion control as it is: net.ipv4.tcp_congestion_control sets it", "congestion")
	} else {
		w.refuse("iperf3 hands datagrams over one by one; tool: meter can do otherwise", "offload")
	}
	direction := w.word("direction")
	one := record.Workload{
		Name:       w.name("name"),
		Protocol:   protocol,
		Streams:    w.integer("streams"),
		Seconds:    w.integer("seconds"),
		Omit:       w.integer("omit"),
		Congestion: w.matching("congestion"),
		Ladder:     w.ladder(),
		Link:       w.link(),
		Rate:       w.rate(),
	}
	lengths := w.lengths()
	if direction == record.AtOnce && (one.Protocol != record.TCP || tool == record.ToolMeter) {
		w.bad("direction", "only TCP by iperf3 is measured both ways at once", "take "+bothWays+", which measures one way after the other, or delete protocol and tool")
	}
	if one.Protocol == record.UDP {
		if one.Climbs() && tool == record.ToolMeter {
			w.bad("rate", "only iperf3 looks for a rate", "give one rate, or delete tool")
		}
		w.require("UDP is sent at a stated rate, such as 200M: iperf3's own default is 1 Mbit/s", "rate")
		if !w.has("length") {
			lengths = []int{0}
		}
		w.require("UDP is sent in datagrams of a stated size, such as 1472: versions differ in their default", "length")
		w.refuse("UDP has no congestion control", "congestion")
	} else {
		w.refuse("only UDP is sent at a stated rate", "rate")
		w.refuse("only UDP is sent in datagrams", "offload")
		if tool == record.ToolMeter {
			w.refuse("only iperf3 sends a stream in messages of a stated size", "length")
		}
		if direction == record.FromGuest {
			w.refuse("the guest sends, with its own", "congestion")
		}
	}
	if tool == record.ToolMeter {
		one.Tool, one.Congestion, one.Offload = record.ToolMeter, "", w.flag("offload")
	}
	var all []record.Workload
	for _, length := range lengths {
		sized := one
		if sized.Length = length; one.Name != "" && len(lengths) > 1 {
			sized.Name = fmt.Sprintf("%s-l%d", one.Name, length)
		}
		all = append(all, directions(sized, direction)...)
	}
	w.linked(all)
	return all
}

// Sizes of datagrams and messages, in bytes.
const (
	leastDatagram = 16
	mostDatagram  = 65507
	leastMessage  = 8 // of requests and responses
	mostMessage   = 1 << 20
)

// lengths are the sizes of datagrams or messages that a workload has, one or several; 0 without any.
func (o object) lengths() []int {
	n := o.get("length")
	if n == nil || n.kind != list {
		return []int{o.integer("length")}
	}
	var all []int
	for _, item := range o.items("length") {
		size := item.integerHere(formOf[whole](o, "length"))
		if slices.Contains(all, size) {
			o.r.bad(item.n, item.path, fmt.Sprintf("%d stands twice in the list", size), "delete one")
		} else if size > 0 {
			all = append(all, size)
		}
	}
	if len(n.items) == 0 {
		o.bad("length", "the list is empty", "give one size, or several")
	}
	return all
}

// rate is one rate; "" where the file has a ladder instead.
func (o object) rate() string {
	if n := o.get("rate"); n != nil && n.kind == mapping {
		return ""
	}
	return o.matching("rate")
}

// DefaultLossBelow is the loss below which a rate of a ladder holds, in percent.
const DefaultLossBelow = 0.5

// ladder is the search of the highest rate with little loss; empty where the file names one rate, or none.
func (o object) ladder() record.Ladder {
	n := o.get("rate")
	if n == nil || n.kind != mapping {
		return record.Ladder{}
	}
	g := o.r.object(n, o.path+".rate", ladderKeys)
	l := record.Ladder{From: g.matching("from"), To: g.matching("to"), LossBelow: g.number("loss_below")}
	if from, to := record.BitRate(l.From), record.BitRate(l.To); from == 0 || from > 0 && to > 0 && to <= from {
		at := "to"
		if from == 0 {
			at = "from"
		}
		g.bad(at, fmt.Sprintf("a ladder from %s to %s has no rungs", l.From, l.To), "legal: from above 0, and to above it")
	}
	return l
}

// toolIPerf is how a file names iperf3, which is what measures where nothing is said.
const toolIPerf = "iperf3"

// Defaults of a workload of the protocol latency.
const (
	DefaultMessage = 64 // bytes of a request, and of a response
	noLoad         = "none"
)

// latency reads a workload of requests and responses, which the meter alone can measure.
func (w object) latency() record.Workload {
	const asked = "of requests and responses nothing is known but their sizes and how many there are: the host asks, the guest answers"
	w.refuse(asked, "direction", "congestion", "rate", "length", "offload")
	one := record.Workload{
		Name: w.name("name"), Protocol: record.Latency, Tool: record.ToolMeter, Direction: record.ToGuest,
		Seconds:   w.integer("seconds"),
		Omit:      w.integer("omit"),
		Request:   w.integer("request"),
		Response:  w.integer("response"),
		PerSecond: w.integer("per_second"),
		Link:      w.link(),
	}
	if w.has("tool") && w.wordOf("tool", record.ToolMeter, toolIPerf, record.ToolMeter) != record.ToolMeter {
		w.bad("tool", "iperf3 measures no latency of requests and responses", "delete the key: the meter does")
	}
	if load := w.word("load"); load != noLoad {
		one.Load, one.Streams = load, w.integer("streams")
	} else {
		w.refuse("without load there are no streams", "streams")
	}
	if one.Name == "" {
		one.Name = describeLatency(one)
	}
	return one
}

// describeLatency is the name of a workload of requests and responses that was given none.
func describeLatency(w record.Workload) string {
	parts := []string{record.Latency}
	if w.Load != "" {
		parts = append(parts, "under", w.Load)
	}
	if w.Streams > 1 {
		parts = append(parts, fmt.Sprintf("P%d", w.Streams))
	}
	if w.PerSecond > 0 {
		parts = append(parts, fmt.Sprintf("%dps", w.PerSecond))
	}
	if w.Request != DefaultMessage || w.Response != DefaultMessage {
		parts = append(parts, fmt.Sprintf("%d-%d", w.Request, w.Response))
	}
	return strings.Join(append(parts, describeLink(w.Link)...), "-")
}

// directions makes one workload for each direction. What only the sending host
// uses is kept only where the host sends.
func directions(w record.Workload, direction string) []record.Workload {
	ways := []string{direction}
	if direction == bothWays {
		ways = []string{record.ToGuest, record.FromGuest}
	}
	var all []record.Workload
	for _, d := range ways {
		one := w
		one.Direction = d
		if one.Protocol == record.UDP || d == record.FromGuest {
			one.Congestion = ""
		}
		switch {
		case w.Name == "":
			one.Name = describe(one)
		case direction == bothWays:
			one.Name = w.Name + "-" + d
		}
		all = append(all, one)
	}
	return all
}

// describe is the name of a workload that was given none: what tells it apart.
func describe(w record.Workload) string {
	parts := []string{w.Protocol, w.Direction}
	if !w.ByIPerf3() {
		parts = append([]string{w.Tool}, parts...)
	}
	if w.Streams > 1 {
		parts = append(parts, fmt.Sprintf("P%d", w.Streams))
	}
	if w.Protocol == record.TCP && w.Length > 0 {
		parts = append(parts, fmt.Sprintf("l%d", w.Length))
	}
	if w.Protocol == record.UDP {
		rate := w.Rate
		if l := w.Ladder; w.Climbs() {
			rate = l.From + ".." + l.To
		}
		parts = append(parts, rate, fmt.Sprintf("l%d", w.Length))
	}
	if w.Offload {
		parts = append(parts, "offload")
	}
	return strings.Join(append(parts, describeLink(w.Link)...), "-")
}

func (o object) uniqueWorkloads(all []record.Workload) {
	seen := map[string]bool{}
	for _, w := range all {
		if seen[w.Name] {
			o.bad("workloads", fmt.Sprintf("two workloads are called %q", w.Name), "give each a name of its own")
		}
		seen[w.Name] = true
	}
}
