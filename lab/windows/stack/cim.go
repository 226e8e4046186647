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
// its enums. Automatic has no values. 254 is NotConfigured of AutoTuningLevelGroupPolicy, by one program
// that shows these objects; no document has its number (not verified: ask a guest, Get-CimInstance
// -Namespace root/StandardCimv2 MSFT_NetTCPSetting).
func CIMTemplates(tcp TCP) []CIMTemplate {
	out := []CIMTemplate{{Name: "Automatic", Values: map[string]any{}}}
	g := tcp.Global
	for _, t := range templates {
		v := tcp.Templates[t.Netsh]
		out = append(out, CIMTemplate{t.CIM, map[string]any{
			"MinRto":                          number(v["minrto"]),
			"InitialCongestionWindow":         number(v["icw"]),
			"CongestionProvider":              strings.ToUpper(v["congestionprovider"]),
			"CwndRestart":                     onOffNumber(v["enablecwndrestart"]),
			"DelayedAckTimeout":               number(v["delayedacktimeout"]),
			"DelayedAckFrequency":             number(v["delayedackfrequency"]),
			"MemoryPressureProtection":        1,
			"AutoTuningLevelLocal":            levelNumber(g["autotuninglevel"]), // "global set writes all templates"
			"AutoTuningLevelEffective":        0,
			"AutoTuningLevelGroupPolicy":      254,
			"EcnCapability":                   onOffNumber(g["ecncapability"]),
			"Timestamps":                      onOffNumber(g["timestamps"]),
			"InitialRto":                      number(g["initialrto"]),
			"ScalingHeuristics":               onOffNumber(g["wsh"]),
			"DynamicPortRangeStartPort":       number(g[DynamicPort]),
			"DynamicPortRangeNumberOfPorts":   MaxPort - number(g[DynamicPort]) + 1,
			"AutomaticUseCustom":              0,
			"NonSackRttResiliency":            onOffNumber(g["nonsackrttresiliency"]),
			"ForceWS":                         onOffNumber(g["forcews"]),
			"MaxSynRetransmissions":           number(g["maxsynretransmissions"]),
			"AutoReusePortRangeStartPort":     0,
			"AutoReusePortRangeNumberOfPorts": 0,
		}})
	}
	return out
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
