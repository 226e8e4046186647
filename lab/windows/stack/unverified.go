package stack

import (
	"sort"
	"strings"
)

// unverified lists what the catalogue does not know of this Windows, with the
// entry that says so: the keys of Faults.Allow.
var unverified = map[string]string{
	"congestionprovider":   "tcp.congestionprovider: command result on 8+ unverified",
	"chimney":              "tcp.chimney: exact removal build UNVERIFIED",
	"prr":                  "tcp.prr: later builds of 10 only, absent from a 1903-class dump",
	"icw":                  "catalogue section 8: read-only via PowerShell on a client, netsh not seen",
	"enablecwndrestart":    "catalogue section 8: read-only via PowerShell on a client, netsh not seen",
	"delayedacktimeout":    "catalogue section 8: read-only via PowerShell on a client, netsh not seen",
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
