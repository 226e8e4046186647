package windows

import (
	"strconv"
	"strings"
)

// param is one parameter of a netsh command: what it accepts and begins with on
// this Windows.
type param struct {
	key        string   // netsh tag
	label      string   // of `show`, English; "" where no row is shown
	values     []string // accepted words, "default" apart; nil for a number
	min, max   int      // of a number
	def        string   // built-in value ("default" writes it)
	unverified string   // key of Faults.Allow without which the parameter is unknown
	source     string
}

// globalParams are the parameters of `netsh interface tcp set global` in the
// order of the dump (SAMPLES 2.4 without prr, as 1903+ prints it). English
// labels: SAMPLES 1.4 and 1.5 where they have the row, else general knowledge,
// rows in the order of SAMPLES 1.6.
var globalParams = []param{
	{key: "rss", label: "Receive-Side Scaling State", values: onOff, def: "enabled", source: "tcp.rss"},
	{key: "autotuninglevel", label: "Receive Window Auto-Tuning Level", values: levels, def: "normal", source: "tcp.autotuninglevel"},
	{key: "congestionprovider", label: "Add-On Congestion Control Provider", values: []string{}, def: "default", source: "tcp.congestionprovider; anything but default is unverified"},
	{key: "ecncapability", label: "ECN Capability", values: onOff, def: "disabled", source: "tcp.ecncapability"},
	{key: "timestamps", label: "RFC 1323 Timestamps", values: onOff, def: "disabled", source: "tcp.timestamps; allowed is illegal before Server 2022/11"},
	{key: "initialrto", label: "Initial RTO", min: 300, max: 3000, def: "1000", source: "tcp.initialrto"},
	{key: "rsc", label: "Receive Segment Coalescing State", values: onOff, def: "enabled", source: "tcp.rsc"},
	{key: "nonsackrttresiliency", label: "Non Sack Rtt Resiliency", values: onOff, def: "disabled", source: "tcp.nonsackrttresiliency"},
	{key: "maxsynretransmissions", label: "Max SYN Retransmissions", min: 2, max: 8, def: "4", source: "tcp.maxsynretransmissions"},
	{key: "fastopen", label: "Fast Open", values: onOff, def: "enabled", source: "tcp.fastopen"},
	{key: "fastopenfallback", label: "Fast Open Fallback", values: onOff, def: "enabled", source: "tcp.fastopenfallback"},
	{key: "hystart", label: "HyStart", values: onOff, def: "enabled", source: "tcp.hystart"},
	{key: "prr", label: "Proportional Rate Reduction", values: onOff, def: "enabled", unverified: "prr", source: "tcp.prr"},
	{key: "pacingprofile", label: "Pacing Profile", values: []string{"off", "initialwindow", "slowstart", "always"}, def: "off", source: "tcp.pacingprofile"},
	{key: "chimney", values: []string{"disabled", "enabled", "automatic"}, def: "disabled", unverified: "chimney", source: "tcp.chimney: gone from the dump"},
}

// heuristicsParams are those of `set heuristics`, in positional order.
var heuristicsParams = []param{
	{key: "wsh", label: "Window Scaling heuristics", values: onOff, def: "disabled", source: "tcp.heuristics_wsh"},
	{key: "forcews", values: onOff, def: "enabled", source: "tcp.heuristics_forcews"},
}

// templateParams are those of `set supplemental` beside the template itself;
// def is the Internet template's. Labels and row order: SAMPLES 2.2.
var templateParams = []param{
	{key: "minrto", label: "Minimum RTO (msec)", def: "300", values: []string{}, source: "template.minrto: reported not changeable on a client"},
	{key: "icw", label: "Initial Congestion Window (MSS)", min: 2, max: 64, def: "10", unverified: "icw", source: "template.icw"},
	{key: "congestionprovider", label: "Congestion Control Provider", values: []string{"ctcp", "dctcp", "cubic", "newreno", "bbr2", "none"}, def: "cubic", source: "template.congestionprovider, catalogue section 8"},
	{key: "enablecwndrestart", label: "Enable Congestion Window Restart", values: onOff, def: "disabled", unverified: "enablecwndrestart", source: "template.enablecwndrestart"},
	{key: "delayedacktimeout", label: "Delayed ACK timeout (msec)", min: 10, max: 600, def: "40", unverified: "delayedacktimeout", source: "template.delayedacktimeout"},
	{key: "delayedackfrequency", label: "Delayed ACK frequency", min: 1, max: 255, def: "2", source: "template.delayedackfrequency: writable on a client"},
	{key: "rack", label: "Enable RACK", values: onOff, def: "enabled", source: "template.rack: writable on a client"},
	{key: "taillossprobe", label: "Enable Tail Loss Probe", values: onOff, def: "enabled", source: "template.taillossprobe: writable on a client"},
}

var (
	onOff  = []string{"disabled", "enabled"}
	levels = []string{"disabled", "highlyrestricted", "restricted", "normal", "experimental"}
)

// accept brings what a user gave for p into the value to store. An error is the
// text that netsh prints, exit code 1 (general knowledge: a value that is not
// acceptable is named with its tag).
func (p param) accept(given, def string, allows allowed) (string, error) {
	v := strings.ToLower(given)
	if v == "default" {
		return def, nil
	}
	bad := refusef("%s is not an acceptable value for %s.\nThe parameter is incorrect.\n", given, p.key)
	if p.values == nil {
		n, err := strconv.Atoi(v)
		if err != nil || n < p.min || n > p.max {
			return "", bad
		}
		return strconv.Itoa(n), nil
	}
	for _, w := range p.values {
		if w != v {
			continue
		}
		if _, open := unverified[v]; open && !allows(v) {
			return "", bad
		}
		return v, nil
	}
	return "", bad
}

// known says whether this Windows has p at all.
func (p param) known(allows allowed) bool { return p.unverified == "" || allows(p.unverified) }

func findParam(list []param, key string, allows allowed) (param, bool) {
	for _, p := range list {
		if p.key == key && p.known(allows) {
			return p, true
		}
	}
	return param{}, false
}
