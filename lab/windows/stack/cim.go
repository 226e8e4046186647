package stack

import "strings"

// onOffNumber is the CIM number of a switch: 0 Disabled, 1 Enabled.
func onOffNumber(s string) int {
	if s == "enabled" {
		return 1
	}
	return 0
}

// CIMTemplate is one object of MSFT_NetTCPSetting.
type CIMTemplate struct {
	Name   string         `json:"name"`
	Values map[string]any `json:"values"`
}

// CIMTemplates are the objects of MSFT_NetTCPSetting with the properties and values of
// docs/facts/windows-samples.md 3.1 and the numbers of docs/facts/windows-settings.md for
// its enums. Automatic has no values. Properties that older releases lack: the class's own page, and
// docs/facts/windows-settings.md 8. 254 is NotConfigured of AutoTuningLevelGroupPolicy, by one program
// that shows these objects; no document has its number (not verified: ask a guest, Get-CimInstance
// -Namespace root/StandardCimv2 MSFT_NetTCPSetting).
func (r Release) CIMTemplates(tcp TCP) []CIMTemplate {
	out := []CIMTemplate{{Name: "Automatic", Values: map[string]any{}}}
	g := tcp.Global
	for _, t := range r.Templates() {
		v := tcp.Templates[t.Netsh]
		values := map[string]any{
			"MinRto":                        number(v["minrto"]),
			"InitialCongestionWindow":       number(v["icw"]),
			"CongestionProvider":            providerName(v["congestionprovider"]),
			"CwndRestart":                   onOffNumber(v["enablecwndrestart"]),
			"DelayedAckTimeout":             number(v["delayedacktimeout"]),
			"MemoryPressureProtection":      r.pressure(),
			"AutoTuningLevelLocal":          levelNumber(g["autotuninglevel"]), // "global set writes all templates"
			"AutoTuningLevelEffective":      0,
			"AutoTuningLevelGroupPolicy":    254,
			"EcnCapability":                 onOffNumber(g["ecncapability"]),
			"Timestamps":                    timestampsNumber[g["timestamps"]],
			"InitialRto":                    number(g["initialrto"]),
			"ScalingHeuristics":             onOffNumber(g["wsh"]),
			"DynamicPortRangeStartPort":     number(g[DynamicPort]),
			"DynamicPortRangeNumberOfPorts": MaxPort - number(g[DynamicPort]) + 1,
		}
		if r.Build >= server2012R2 {
			values["AutomaticUseCustom"] = 0
			values["NonSackRttResiliency"] = onOffNumber(g["nonsackrttresiliency"])
			values["ForceWS"] = onOffNumber(g["forcews"])
			values["MaxSynRetransmissions"] = number(g["maxsynretransmissions"])
		}
		if r.Build >= server2016 {
			values["DelayedAckFrequency"] = number(v["delayedackfrequency"])
			values["AutoReusePortRangeStartPort"] = 0
			values["AutoReusePortRangeNumberOfPorts"] = 0
		}
		out = append(out, CIMTemplate{t.CIM, values})
	}
	return out
}

// timestampsNumber is the enum of MSFT_NetTCPSetting.Timestamps.
var timestampsNumber = map[string]int{"disabled": 0, "enabled": 1, "allowed": 2}

// providerName is a provider as Get-NetTCPSetting prints it (docs/facts/windows-answers.md D3); how
// none is printed is not known, and NewReno stands for it.
func providerName(netsh string) string {
	switch netsh {
	case "newreno", "none":
		return "NewReno"
	case "default":
		return "Default"
	}
	return strings.ToUpper(netsh)
}

// pressure is MemoryPressureProtection: enabled on servers, disabled on clients
// (https://github.com/esnet/iperf/issues/1069 for a client; of a server, docs/facts/windows-samples.md 3.1).
func (r Release) pressure() int {
	if r.Server {
		return 1
	}
	return 0
}

// levelNumber is the enum of tcp.autotuninglevel: 0 Disabled .. 4 Experimental.
func levelNumber(level string) int {
	for i, l := range levels {
		if l == level {
			return i
		}
	}
	return -1
}
