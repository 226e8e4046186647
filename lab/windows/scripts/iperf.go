package windows

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

type iperfInput struct {
	Action string `json:"action"`
	Exe    string `json:"exe"`
	Port   int    `json:"port"`
}

type iperfAnswer struct {
	Exe       string `json:"exe"`
	Version   string `json:"version"`
	PID       *int   `json:"pid"`
	Listening bool   `json:"listening"`
}

// startLimit is how long a start waits for the port, startPoll how often it looks.
const (
	startLimit = 5 * time.Second
	startPoll  = 20 * time.Millisecond
)

// playIPerf plays the contract "iperf".
func (m *Machine) playIPerf(ctx context.Context, in iperfInput) (any, error) {
	if m.faults().IPerfMissing || !strings.EqualFold(in.Exe, iperfExe) {
		return nil, scriptErrorf("exe", "%s does not exist", in.Exe)
	}
	if in.Port < 1 || in.Port > 65535 {
		return nil, scriptErrorf("port", "%d is not a TCP port", in.Port)
	}
	version, err := m.iperfVersion(ctx)
	if err != nil {
		return nil, scriptErrorf("exe", "%v", err)
	}
	switch in.Action {
	case "start":
		err = m.processes().startServer(in.Port)
		if err == nil {
			m.awaitPort(ctx, in.Port)
		}
	case "stop":
		err = m.processes().stopServer()
	case "status":
	default:
		return nil, scriptErrorf("action", "%q is none of start, stop, status", in.Action)
	}
	if err != nil {
		return nil, scriptErrorf(in.Action, "%v", err)
	}
	a := iperfAnswer{Exe: in.Exe, Version: version, Listening: m.machineHost().Listening(in.Port)}
	if pid, ok := m.processes().serverID(); ok {
		a.PID = &pid
	}
	return a, nil
}

// iperfVersion is what the real iperf3 prints with -v, or what a fault says.
func (m *Machine) iperfVersion(ctx context.Context) (string, error) {
	if v := m.faults().IPerfVersion; v != "" {
		return versionText(v), nil
	}
	path := m.machineHost().IPerf()
	out, err := exec.CommandContext(ctx, path, "-v").Output()
	if err != nil {
		return "", fmt.Errorf("run %s -v: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// awaitPort waits until the port listens, the limit is over or ctx ends; the
// answer says what came of it.
func (m *Machine) awaitPort(ctx context.Context, port int) {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	tick := time.NewTicker(startPoll)
	defer tick.Stop()
	for !m.machineHost().Listening(port) {
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
// version of its Cygwin (iperf3/FACTS 3).
func versionText(v string) string {
	number, cygwin, windows := strings.Cut(v, "-")
	text := "iperf " + number
	if windows {
		text += "\nCYGWIN_NT-10.0 " + computerName + " " + cygwin + "(0.297/5/3) 2016-04-21 22:14 x86_64"
	}
	return text
}
