package scripts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/spawn"
)

type iperfInput struct {
	Action string `json:"action"`
	Exe    string `json:"exe"`
	Port   int    `json:"port"`
	Second *int   `json:"second"` // of a second server; nil without one
}

type iperfAnswer struct {
	Exe       string `json:"exe"`
	Version   string `json:"version"`
	PID       *int   `json:"pid"`
	Listening bool   `json:"listening"`
	Second    *bool  `json:"second,omitempty"`
	Log       string `json:"log"`
}

// logBytes is how much of the server's log is answered.
const logBytes = 4096

// startLimit is how long a start waits for the port, startPoll how often it looks.
const (
	startLimit = 5 * time.Second
	startPoll  = 20 * time.Millisecond
)

// playIPerf plays the contract "iperf".
func playIPerf(ctx context.Context, m *machine.Machine, in iperfInput) (any, error) {
	if m.Faults().IPerfMissing || !strings.EqualFold(in.Exe, processes.IPerfExe) {
		return nil, scriptErrorf("exe", "%s does not exist", in.Exe)
	}
	ports := []int{in.Port}
	if in.Second != nil {
		ports = append(ports, *in.Second)
	}
	for _, port := range ports {
		if port < 1 || port > 65535 {
			return nil, scriptErrorf("port", "%d is not a TCP port", port)
		}
	}
	version, err := IPerfVersion(ctx, m)
	if err != nil {
		return nil, scriptErrorf("exe", "%v", err)
	}
	said := ""
	switch in.Action {
	case "start":
		err = m.Processes().StopServers()
		for _, port := range ports {
			if err == nil {
				_, _, err = m.Processes().StartServer(port)
			}
		}
		if err == nil {
			awaitPorts(ctx, m, ports...)
		}
	case "stop":
		err = m.Processes().StopServers()
	case "log":
		said, err = m.Processes().ServerLog(len(ports)-1, logBytes)
	case "status":
	default:
		return nil, scriptErrorf(in.Action, "unknown action")
	}
	if err != nil {
		return nil, scriptErrorf(in.Action, "%v", err)
	}
	a := iperfAnswer{Exe: in.Exe, Version: version, Listening: m.Host().Listening(in.Port), Log: said}
	if in.Second != nil {
		listens := m.Host().Listening(*in.Second)
		a.Second = &listens
	}
	if pids := m.Processes().Servers(); len(pids) > 0 {
		a.PID = &pids[0]
	}
	return a, nil
}

// IPerfVersion is what the real iperf3 prints with -v, or what a fault says.
func IPerfVersion(ctx context.Context, m *machine.Machine) (string, error) {
	if v := m.Faults().IPerfVersion; v != "" {
		return versionText(v), nil
	}
	path := m.Host().IPerf()
	out, err := spawn.Command(ctx, path, "-v").Output()
	if err != nil {
		return "", fmt.Errorf("run %s -v: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// awaitPorts waits until all ports listen, the limit has passed or ctx ends; the script's answer
// says which.
func awaitPorts(ctx context.Context, m *machine.Machine, ports ...int) {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	tick := time.NewTicker(startPoll)
	defer tick.Stop()
	for slices.ContainsFunc(ports, func(port int) bool { return !m.Host().Listening(port) }) {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-tick.C:
		}
	}
}

// versionText is what an iperf3 prints of itself; behind a dash, of a Windows build, the
// version of its Cygwin (docs/facts/iperf3.md 3).
func versionText(v string) string {
	number, cygwin, windows := strings.Cut(v, "-")
	text := "iperf " + number
	if windows {
		text += "\nCYGWIN_NT-10.0 " + machine.ComputerName + " " + cygwin + "(0.297/5/3) 2016-04-21 22:14 x86_64"
	}
	return text
}
