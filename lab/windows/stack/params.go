package stack

import (
	"sort"
	"strconv"
	"strings"

	"vnettune/lab/windows/console"
)

// Param is one parameter of a netsh command: which releases have it, what it accepts and what it
// is at first.
type Param struct {
	Key        string // netsh tag
	Label      string // of `show`, English; "" if no row is shown
	has        on     // the releases whose netsh has it
	shown      on     // those that show it, where they are others
	values     []word // accepted words, "default" apart; nil for a number
	min, max   int    // of a number
	def        string // built-in value ("default" writes it), where begins has no other
	begins     []begin
	unverified string // key of Faults.Allow without which a release that open names does not have it
	open       on
	fixed      on // the releases that do not let it be changed
	source     string
}

// word is a value, and the releases that take it; others take it only if it is unverified there and
// a switch picks that.
type word struct {
	text string
	on   on
}

func words(texts ...string) []word {
	all := []word{}
	for _, t := range texts {
		all = append(all, word{text: t})
	}
	return all
}

var (
	onOff     = words("disabled", "enabled")
	levels    = []string{"disabled", "highlyrestricted", "restricted", "normal", "experimental"}
	providing = []word{
		{"ctcp", on{}},
		{"dctcp", on{}},
		{"cubic", on{first: w10v1703}},     // template.congestionprovider: selectable from 1703
		{"newreno", on{first: server2016}}, // template.congestionprovider: no sample before
		{"bbr2", on{first: w11v24H2}},      // template.congestionprovider: seen on 11 24H2
		{"none", none},
	}
)

const (
	only2012  = "docs/facts/windows-answers.md D1: inferred for 2012, open for 2012 R2: not verified: ask a guest, netsh int tcp dump"
	sample14  = "docs/facts/windows-samples.md 1.4"
	sample15  = "docs/facts/windows-samples.md 1.5"
	sample24  = "docs/facts/windows-samples.md 2.4"
	asServers = "docs/facts/windows-answers.md, recordings: servers have ECN enabled and Fast Open disabled, clients the reverse"
)

// params are the parameters of `netsh interface tcp set global` in the order of the dump
// (docs/facts/windows-samples.md 2.4; of 2012 and 2012 R2 no dump was found: it is played with the
// rows of their show global, in the order of docs/facts/windows-answers.md D1). English labels:
// docs/facts/windows-samples.md 1.4 and 1.5 where they have the row, else not verified: ask a
// guest, netsh int tcp show global; rows in the order of docs/facts/windows-samples.md 1.6.
var params = []Param{
	{Key: "rss", Label: "Receive-Side Scaling State", values: onOff, def: "enabled", source: "tcp.rss"},
	// 2016 shows the three of 2012 (docs/facts/windows-samples.md 1.5), and its dump has none.
	{Key: "chimney", Label: "Chimney Offload State", shown: on{last: server2016}, values: words("disabled", "enabled", "automatic"), def: "disabled", unverified: "chimney", open: on{first: server2016}, source: "tcp.chimney; " + only2012},
	{Key: "netdma", Label: "NetDMA State", has: on{last: server2012R2}, shown: on{last: server2016}, values: onOff, def: "disabled", source: "tcp.netdma; " + only2012},
	{Key: "dca", Label: "Direct Cache Access (DCA)", has: on{last: server2012R2}, shown: on{last: server2016}, values: onOff, def: "disabled", source: "tcp.dca; " + only2012},
	{Key: "autotuninglevel", Label: "Receive Window Auto-Tuning Level", values: words(levels...), def: "normal", source: "tcp.autotuninglevel"},
	{Key: "congestionprovider", Label: "Add-On Congestion Control Provider", values: []word{}, def: "default", begins: []begin{{on{last: server2012R2}, "none", sample14}}, source: "tcp.congestionprovider; anything but default is unverified"},
	{Key: "ecncapability", Label: "ECN Capability", values: onOff, def: "disabled", begins: []begin{
		{on{first: server2012R2, last: server2012R2}, "disabled", sample15},
		{on{servers: true}, "enabled", sample14 + "; " + asServers},
	}, source: "tcp.ecncapability"},
	{Key: "timestamps", Label: "RFC 1323 Timestamps", values: []word{{"disabled", on{}}, {"enabled", on{}}, {"allowed", on{first: server2022}}}, def: "disabled", begins: []begin{
		{on{first: w11v22H2}, "allowed", "tcp.timestamps: newer builds; which build brought it is not verified: ask a guest, netsh int tcp show global"},
	}, source: "tcp.timestamps; allowed is illegal before Server 2022/11"},
	{Key: "initialrto", Label: "Initial RTO", min: 300, max: 3000, def: "1000", begins: []begin{{on{last: server2019}, "3000", "docs/facts/windows-samples.md 1.4, 2.4, 3.1"}}, source: "tcp.initialrto"},
	{Key: "rsc", Label: "Receive Segment Coalescing State", values: onOff, def: "enabled", source: "tcp.rsc"},
	{Key: "nonsackrttresiliency", Label: "Non Sack Rtt Resiliency", has: on{first: server2012R2}, values: onOff, def: "disabled", source: "tcp.nonsackrttresiliency; " + sample15},
	{Key: "maxsynretransmissions", Label: "Max SYN Retransmissions", has: on{first: server2012R2}, min: 2, max: 8, def: "4", begins: []begin{{on{last: server2019}, "2", sample15 + ", 2.4"}}, source: "tcp.maxsynretransmissions"},
	{Key: "fastopen", Label: "Fast Open", has: on{first: server2016}, values: onOff, def: "enabled", begins: []begin{{on{servers: true}, "disabled", sample15 + "; " + asServers}}, source: "tcp.fastopen"},
	{Key: "fastopenfallback", Label: "Fast Open Fallback", has: on{first: server2019}, values: onOff, def: "enabled", source: "tcp.fastopenfallback"},
	{Key: "hystart", Label: "HyStart", has: on{first: server2019}, values: onOff, def: "enabled", source: "tcp.hystart"},
	{Key: "prr", Label: "Proportional Rate Reduction", has: on{first: w10v2004}, values: onOff, def: "enabled", source: "tcp.prr: from about 2004 on; " + sample24},
	{Key: "pacingprofile", Label: "Pacing Profile", has: on{first: server2019}, values: words("off", "initialwindow", "slowstart", "always"), def: "off", source: "tcp.pacingprofile"},
}

// heuristicsParams are those of `set heuristics`, in positional order.
var heuristicsParams = []Param{
	{Key: "wsh", Label: "Window Scaling heuristics", values: onOff, def: "disabled", source: "tcp.heuristics_wsh"},
	{Key: "forcews", has: on{first: server2012R2}, values: onOff, def: "enabled", begins: []begin{{on{first: server2016, last: server2016}, "disabled", "tcp.heuristics_forcews: 2016 disabled (inferred)"}}, source: "tcp.heuristics_forcews"},
}

// udpParams are those of `netsh interface udp set global`, in the order of its page of the syntax;
// the order of two keys in a dump is not verified: ask a guest, netsh interface udp dump.
var udpParams = []Param{
	{Key: "uro", has: on{first: w11v22H2}, values: onOff, def: "disabled", source: "udp.uro: 11 22H2+ and 2025; " + sample24},
	{Key: "uso", has: on{first: w11v22H2}, values: onOff, def: "enabled", unverified: "uso", source: "udp.uso"},
}

// clientOnly are the clients of 10 and 11, of whose netsh it is not known which template parameters
// they let be changed; servers from 2016 on let all of them be changed
// (docs/facts/windows-settings.md 8).
var clientOnly = on{clients: true}

// templateParams are those of `set supplemental` beside the template itself; def is the
// Internet template's of 10 and later. Labels and row order: docs/facts/windows-samples.md 2.2.
var templateParams = []Param{
	{Key: "minrto", Label: "Minimum RTO (msec)", def: "300", min: 20, max: 300, fixed: clientOnly, source: "template.minrto: reported not changeable on a client"},
	{Key: "icw", Label: "Initial Congestion Window (MSS)", min: 2, max: 64, def: "10", begins: []begin{{on{last: server2012R2}, "4", "template.icw"}}, unverified: "icw", open: clientOnly, source: "template.icw"},
	{Key: "congestionprovider", Label: "Congestion Control Provider", values: providing, def: "cubic", begins: []begin{{on{last: server2016}, "ctcp", "template.congestionprovider"}}, source: "template.congestionprovider, docs/facts/windows-settings.md 8"},
	{Key: "enablecwndrestart", Label: "Enable Congestion Window Restart", values: onOff, def: "disabled", unverified: "enablecwndrestart", open: clientOnly, source: "template.enablecwndrestart"},
	{Key: "delayedacktimeout", Label: "Delayed ACK timeout (msec)", min: 10, max: 600, def: "40", begins: []begin{{on{last: server2016}, "50", "template.delayedacktimeout"}}, unverified: "delayedacktimeout", open: clientOnly, source: "template.delayedacktimeout"},
	{Key: "delayedackfrequency", Label: "Delayed ACK frequency", has: on{first: server2016}, min: 1, max: 255, def: "2", source: "template.delayedackfrequency: not in the listing of 2012; writable on a client"},
	{Key: "rack", Label: "Enable RACK", has: on{first: server2016}, values: onOff, def: "enabled", source: "template.rack: writable on a client"},
	{Key: "taillossprobe", Label: "Enable Tail Loss Probe", has: on{first: server2016}, values: onOff, def: "enabled", source: "template.taillossprobe: writable on a client"},
}

// Global, Heuristics, Supplemental and UDP are the parameters of `netsh interface tcp set` and udp set that the
// release has for certain, and those that a switch picks.
func (r Release) Global(allows Allowed) []Param     { return r.with(params, allows) }
func (r Release) Heuristics(allows Allowed) []Param { return r.with(heuristicsParams, allows) }
func (r Release) UDP(allows Allowed) []Param        { return r.with(udpParams, allows) }
func (r Release) Supplemental(allows Allowed) []Param {
	return r.with(templateParams, allows)
}

func (r Release) with(list []Param, allows Allowed) []Param {
	var all []Param
	for _, p := range list {
		if p.has.is(r) && (p.unverified == "" || !p.open.is(r) || allows(p.unverified)) {
			all = append(all, p)
		}
	}
	return all
}

// Shown are the rows of `show global`, and of `show heuristics`.
func (r Release) Shown() []Param {
	var all []Param
	for _, p := range params {
		rows := p.has
		if p.shown != (on{}) {
			rows = p.shown
		}
		if p.Label != "" && rows.is(r) {
			all = append(all, p)
		}
	}
	return all
}

// ShownSupplemental are the rows of `show supplemental`.
func (r Release) ShownSupplemental() []Param { return r.with(templateParams, all) }

// Dumped are the parameters in the line of a dump: chimney is not in it where a switch picks it.
func (r Release) Dumped() []Param { return r.with(params, func(string) bool { return false }) }

// Def is what the parameter is on a release until somebody sets it.
func (p Param) Def(r Release) string {
	for _, b := range p.begins {
		if b.on.is(r) {
			return b.value
		}
	}
	return p.def
}

// LabelOn is the label of its row: 2016 still prints `TCP Fast Open` (docs/facts/windows-samples.md
// 1.5).
func (p Param) LabelOn(r Release) string {
	if p.Key == "fastopen" && r.Build == server2016 {
		return "TCP " + p.Label
	}
	return p.Label
}

// Accept brings what a user gave for p into the value to store. An error is the text that
// netsh prints, exit code 1 (a value that is not acceptable is named with its tag: not
// verified: ask a guest, netsh int tcp set global autotuninglevel=wide).
func (p Param) Accept(r Release, given, def string, allows Allowed) (string, error) {
	v := strings.ToLower(given)
	if v == "default" {
		return def, nil
	}
	bad := console.Refusef("%s is not an acceptable value for %s.\nThe parameter is incorrect.\n", given, p.Key)
	if p.values == nil {
		n, err := strconv.Atoi(v)
		if err != nil || n < p.min || n > p.max || p.fixed != (on{}) && p.fixed.is(r) {
			return "", bad
		}
		return strconv.Itoa(n), nil
	}
	for _, w := range p.values {
		if w.text != v {
			continue
		}
		if _, open := unverified[v]; !w.on.is(r) && !(open && allows(v)) {
			return "", bad
		}
		return v, nil
	}
	return "", bad
}

// FindParam finds a parameter by its tag.
func FindParam(list []Param, key string) (Param, bool) {
	for _, p := range list {
		if p.Key == key {
			return p, true
		}
	}
	return Param{}, false
}

// unverified lists what docs/facts/windows-settings.md does not know of a Windows, with
// the entry that says so: the keys of Faults.Allow.
var unverified = map[string]string{
	"congestionprovider":   "tcp.congestionprovider: command result on 8+ unverified",
	"chimney":              "tcp.chimney: exact removal build UNVERIFIED",
	"icw":                  "docs/facts/windows-settings.md 8: read-only via PowerShell on a client, netsh not seen",
	"enablecwndrestart":    "docs/facts/windows-settings.md 8: read-only via PowerShell on a client, netsh not seen",
	"delayedacktimeout":    "docs/facts/windows-settings.md 8: read-only via PowerShell on a client, netsh not seen",
	"bbr2":                 "template.congestionprovider: seen on 11 24H2 only",
	"none":                 "template.congestionprovider: legal by the syntax page, no sample from 10",
	"udp":                  "udp.uro: absent on 10, no sample of the context from 10",
	"uso":                  "udp.uso: newest builds by the page of the syntax, in no sample of a dump",
	"defaultreceivewindow": "afd.DefaultReceiveWindow: effect size on NT6+ unknown",
	"defaultsendwindow":    "afd.DefaultSendWindow: effect size on NT6+ unknown",
}

// Allowed says whether a switch picks an answer for what is unverified.
type Allowed func(key string) bool

// IsUnverified says whether a key may be allowed.
func IsUnverified(key string) bool { return unverified[strings.ToLower(key)] != "" }

// Allowable are the keys that may be allowed.
func Allowable() []string {
	keys := make([]string, 0, len(unverified))
	for k := range unverified {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
