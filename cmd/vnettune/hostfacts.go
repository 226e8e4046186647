package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"vnettune/bench/iperf"
	"vnettune/matrix/campaign"
)

// hostFacts are the facts of this host that decide as much as the guest's settings.
// address is the one that is measured, which the campaign may give by name.
func hostFacts(c campaign.Campaign, v iperf.Version, address string) json.RawMessage {
	facts := map[string]any{
		"vnettune":           version(),
		"kernel":             kernel(),
		"cpu":                cpuModel(),
		"governor":           firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
		"congestion_control": firstLine("/proc/sys/net/ipv4/tcp_congestion_control"),
		"no_metrics_save":    firstLine("/proc/sys/net/ipv4/tcp_no_metrics_save"),
		"iperf3":             v.Text,
		"data_address":       address,
	}
	if c.Guest.Lab != nil {
		if info, err := campaignLab(c); err == nil {
			facts["lab"] = info
		}
	}
	text, err := json.Marshal(facts)
	if err != nil {
		panic(err) // strings and the lab's own plain values
	}
	return text
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// firstLine is the first line of a file; "" when there is none.
func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
