package stack

import (
	"sort"
	"strconv"
	"strings"

	"vnettune/lab/windows/console"
)

// Param is one parameter of a netsh command: what it accepts and what it is at first on this
// Windows.
type Param struct {
	Key        string   // netsh tag
	Label      string   // of `show`, English; "" if no row is shown
	values     []string // accepted words, "default" apart; nil for a number
	min, max   int      // of a number
	Def        string   // built-in value ("default" writes it)
	unverified string   // key of Faults.Allow without which the parameter is unknown
	source     string
}

// GlobalParams are the parameters of `netsh interface tcp set global` in the order of the dump
// (docs/facts/windows-samples.md 2.4 without prr, as 1903+ prints it). English labels:
// docs/facts/windows-samples.md 1.4 and 1.5 where they have the row, else not verified: ask a
// guest, netsh int tcp show global; rows in the order of docs/facts/windows-samples.md 1.6.
var GlobalParams = []Param{
	{Key: "rss", Label: "Receive-Side Scaling State", values: onOff, Def: "enabled", source: "tcp.rss"},
	{Key: "autotuninglevel", Label: "Receive Window Auto-Tuning Level", values: levels, Def: "normal", source: "tcp.autotuninglevel"},
	{Key: "congestionprovider", Label: "Add-On Congestion Control Provider", values: []string{}, Def: "default", source: "tcp.congestionprovider; anything but default is unverified"},
	{Key: "ecncapability", Label: "ECN Capability", values: onOff, Def: "disabled", source: "tcp.ecncapability"},
	{Key: "timestamps", Label: "RFC 1323 Timestamps", values: onOff, Def: "disabled", source: "tcp.timestamps; allowed is illegal before Server 2022/11"},
	{Key: "initialrto", Label: "Initial RTO", min: 300, max: 3000, Def: "1000", source: "tcp.initialrto"},
	{Key: "rsc", Label: "Receive Segment Coalescing State", values: onOff, Def: "enabled", source: "tcp.rsc"},
	{Key: "nonsackrttresiliency", Label: "Non Sack Rtt Resiliency", values: onOff, Def: "disabled", source: "tcp.nonsackrttresiliency"},
	{Key: "maxsynretransmissions", Label: "Max SYN Retransmissions", min: 2, max: 8, Def: "4", source: "tcp.maxsynretransmissions"},
	{Key: "fastopen", Label: "Fast Open", values: onOff, Def: "enabled", source: "tcp.fastopen"},
	{Key: "fastopenfallback", Label: "Fast Open Fallback", values: onOff, Def: "enabled", source: "tcp.fastopenfallback"},
	{Key: "hystart", Label: "HyStart", values: onOff, Def: "enabled", source: "tcp.hystart"},
	{Key: "prr", Label: "Proportional Rate Reduction", values: onOff, Def: "enabled", unverified: "prr", source: "tcp.prr"},
	{Key: "pacingprofile", Label: "Pacing Profile", values: []string{"off", "initialwindow", "slowstart", "always"}, Def: "off", source: "tcp.pacingprofile"},
	{Key: "chimney", values: []string{"disabled", "enabled", "automatic"}, Def: "disabled", unverified: "chimney", source: "tcp.chimney: gone from the dump"},
}

// HeuristicsParams are those of `set heuristics`, in positional order.
var HeuristicsParams = []Param{
	{Key: "wsh", Label: "Window Scaling heuristics", values: onOff, Def: "disabled", source: "tcp.heuristics_wsh"},
	{Key: "forcews", values: onOff, Def: "enabled", source: "tcp.heuristics_forcews"},
}

// TemplateParams are those of `set supplemental` beside the template itself; def is the
// Internet template's. Labels and row order: docs/facts/windows-samples.md 2.2.
var TemplateParams = []Param{
	{Key: "minrto", Label: "Minimum RTO (msec)", Def: "300", values: []string{}, source: "template.minrto: reported not changeable on a client"},
	{Key: "icw", Label: "Initial Congestion Window (MSS)", min: 2, max: 64, Def: "10", unverified: "icw", source: "template.icw"},
	{Key: "congestionprovider", Label: "Congestion Control Provider", values: []string{"ctcp", "dctcp", "cubic", "newreno", "bbr2", "none"}, Def: "cubic", source: "template.congestionprovider, docs/facts/windows-settings.md 8"},
	{Key: "enablecwndrestart", Label: "Enable Congestion Window Restart", values: onOff, Def: "disabled", unverified: "enablecwndrestart", source: "template.enablecwndrestart"},
	{Key: "delayedacktimeout", Label: "Delayed ACK timeout (msec)", min: 10, max: 600, Def: "40", unverified: "delayedacktimeout", source: "template.delayedacktimeout"},
	{Key: "delayedackfrequency", Label: "Delayed ACK frequency", min: 1, max: 255, Def: "2", source: "template.delayedackfrequency: writable on a client"},
	{Key: "rack", Label: "Enable RACK", values: onOff, Def: "enabled", source: "template.rack: writable on a client"},
	{Key: "taillossprobe", Label: "Enable Tail Loss Probe", values: onOff, Def: "enabled", source: "template.taillossprobe: writable on a client"},
}

var (
	onOff  = []string{"disabled", "enabled"}
	levels = []string{"disabled", "highlyrestricted", "restricted", "normal", "experimental"}
)

// Accept brings what a user gave for p into the value to store. An error is the text that
// netsh prints, exit code 1 (a value that is not acceptable is named with its tag: not
// verified: ask a guest, netsh int tcp set global autotuninglevel=wide).
func (p Param) Accept(given, def string, allows Allowed) (string, error) {
	v := strings.ToLower(given)
	if v == "default" {
		return def, nil
	}
	bad := console.Refusef("%s is not an acceptable value for %s.\nThe parameter is incorrect.\n", given, p.Key)
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

// Known says whether this Windows has p at all.
func (p Param) Known(allows Allowed) bool { return p.unverified == "" || allows(p.unverified) }

// FindParam finds a parameter that this Windows has.
func FindParam(list []Param, key string, allows Allowed) (Param, bool) {
	for _, p := range list {
		if p.Key == key && p.Known(allows) {
			return p, true
		}
	}
	return Param{}, false
}

// unverified lists what docs/facts/windows-settings.md does not know of this Windows, with
// the entry that says so: the keys of Faults.Allow.
var unverified = map[string]string{
	"congestionprovider":   "tcp.congestionprovider: command result on 8+ unverified",
	"chimney":              "tcp.chimney: exact removal build UNVERIFIED",
	"prr":                  "tcp.prr: later builds of 10 only, absent from a 1903-class dump",
	"icw":                  "docs/facts/windows-settings.md 8: read-only via PowerShell on a client, netsh not seen",
	"enablecwndrestart":    "docs/facts/windows-settings.md 8: read-only via PowerShell on a client, netsh not seen",
	"delayedacktimeout":    "docs/facts/windows-settings.md 8: read-only via PowerShell on a client, netsh not seen",
	"bbr2":                 "template.congestionprovider: seen on 11 24H2 only",
	"none":                 "template.congestionprovider: legal by the syntax page, no sample from 10",
	"udp":                  "udp.uro: absent on 10, no sample of the context from 10",
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
