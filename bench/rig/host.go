package rig

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// hostFacts are the facts of this host that decide as much as the guest's settings.
func (r *Rig) hostFacts() json.RawMessage {
	facts := map[string]any{
		"vnettune":           r.means.Version,
		"kernel":             kernel(),
		"cpu":                cpuModel(),
		"governor":           firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
		"congestion_control": firstLine("/proc/sys/net/ipv4/tcp_congestion_control"),
		"no_metrics_save":    firstLine("/proc/sys/net/ipv4/tcp_no_metrics_save"),
		"iperf3":             r.Meter.Version.Text,
		"data_address":       r.Target.Address,
	}
	if lab := r.means.Lab; lab != nil {
		facts["lab"] = lab.Facts
	}
	text, err := json.Marshal(facts)
	if err != nil {
		panic(err) // strings and the lab's own plain values
	}
	return text
}

// Machine is what decides on this host as much as the guest's settings do.
type Machine struct {
	Kernel    string   `json:"kernel"`
	CPU       string   `json:"cpu"`
	Governors []string `json:"governors"` // of all processors, each once; none where the frequency is not ours to choose
}

// ThisMachine looks at the host.
func ThisMachine() (Machine, error) {
	m := Machine{Kernel: kernel(), CPU: cpuModel()}
	files, err := filepath.Glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
	for _, f := range files {
		if g := firstLine(f); g != "" && !slices.Contains(m.Governors, g) {
			m.Governors = append(m.Governors, g)
		}
	}
	return m, err
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
