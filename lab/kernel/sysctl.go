package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Files below /proc/sys/net/ipv4. Source: Documentation/networking/ip-sysctl.rst.
const (
	sysctlCongestion    = "tcp_congestion_control"
	sysctlReceive       = "tcp_rmem"
	sysctlSend          = "tcp_wmem"
	sysctlECN           = "tcp_ecn"
	sysctlTimestamps    = "tcp_timestamps"
	sysctlWindowScaling = "tcp_window_scaling"
	sysctlSynRetries    = "tcp_syn_retries"
)

var sysctlNames = []string{
	sysctlCongestion, sysctlReceive, sysctlSend, sysctlECN, sysctlTimestamps, sysctlWindowScaling, sysctlSynRetries,
}

func sysctlPath(name string) string { return filepath.Join("/proc/sys/net/ipv4", name) }

func readSysctl(name string) (string, error) {
	b, err := os.ReadFile(sysctlPath(name))
	if err != nil {
		return "", fmt.Errorf("read kernel setting: %w", err)
	}
	return strings.Join(strings.Fields(string(b)), " "), nil
}

// writeSysctl writes and reads back: some of these files accept what they ignore.
func writeSysctl(name, value string) error {
	if err := os.WriteFile(sysctlPath(name), []byte(value), 0o644); err != nil {
		return fmt.Errorf("write kernel setting: %w", err)
	}
	got, err := readSysctl(name)
	if err != nil {
		return err
	}
	if got != value {
		return fmt.Errorf("kernel setting %s: wrote %q, reads %q", name, value, got)
	}
	return nil
}

// sysctlsFor gives every file's value under s, given the kernel's own ones.
func sysctlsFor(s Settings, own map[string]string) map[string]string {
	v := make(map[string]string, len(own))
	for name, value := range own {
		v[name] = value
	}
	delete(v, sysctlCongestion) // has a fallback of its own: applyCongestion
	if s.ReceiveWindow != 0 {
		v[sysctlReceive] = receiveBuffers(s.ReceiveWindow, own[sysctlReceive])
	}
	if s.SendBuffer != 0 {
		// Not doubled, as SO_SNDBUF is: a stream's data lies in pages, and the kernel's
		// bookkeeping beside it is small. Measured on Linux 6.1 over a round trip of
		// 2.6 ms: 136 KiB gave 430 to 480 Mbit/s, theory 429; twice as much 690.
		v[sysctlSend] = triple(own[sysctlSend], s.SendBuffer, s.SendBuffer)
	}
	for name, b := range map[string]*bool{
		sysctlECN: s.ECN, sysctlTimestamps: s.Timestamps, sysctlWindowScaling: s.WindowScaling,
	} {
		if b != nil {
			v[name] = map[bool]string{false: "0", true: "1"}[*b]
		}
	}
	if s.SynRetries != 0 {
		v[sysctlSynRetries] = strconv.Itoa(s.SynRetries)
	}
	return v
}

// triple is a "min default max" with the minimum of own.
func triple(own string, def, max int) string {
	min, _, _ := strings.Cut(own, " ")
	return fmt.Sprintf("%s %d %d", min, def, max)
}

func (k *Kernel) applySysctls(s Settings, r *Report) {
	fields := map[string]string{
		sysctlReceive: "ReceiveWindow", sysctlSend: "SendBuffer", sysctlECN: "ECN", sysctlTimestamps: "Timestamps",
		sysctlWindowScaling: "WindowScaling", sysctlSynRetries: "SynRetries",
	}
	values := sysctlsFor(s, k.sysctls)
	for _, name := range sysctlNames {
		value, ok := values[name]
		if !ok {
			continue
		}
		if got, err := readSysctl(name); err == nil && got == value {
			continue
		}
		if err := writeSysctl(name, value); err != nil {
			r.miss(fields[name], err)
		}
	}
}
