package windows

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
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

// iperfExe is the one iperf3 that the stand-in's file system holds.
const iperfExe = `C:\vnettune\iperf3.exe`

// startLimit is how long a start waits for the port, startPoll how often it looks.
const (
	startLimit = 5 * time.Second
	startPoll  = 20 * time.Millisecond
)

// playIPerf plays the contract "iperf".
func (m *Machine) playIPerf(ctx context.Context, in iperfInput) (any, error) {
	if m.cfg.Faults.IPerfMissing || !strings.EqualFold(in.Exe, iperfExe) {
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
		err = m.startIPerf(in.Port)
		if err == nil {
			m.awaitPort(ctx, in.Port)
		}
	case "stop":
		err = m.stopIPerf()
	case "status":
	default:
		return nil, scriptErrorf("action", "%q is none of start, stop, status", in.Action)
	}
	if err != nil {
		return nil, scriptErrorf(in.Action, "%v", err)
	}
	a := iperfAnswer{Exe: in.Exe, Version: version, Listening: m.host.Listening(in.Port)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.iperf != nil {
		a.PID = &m.iperf.pid
	}
	return a, nil
}

// iperfVersion is what the real iperf3 prints with -v, or what a fault says.
func (m *Machine) iperfVersion(ctx context.Context) (string, error) {
	if v := m.cfg.Faults.IPerfVersion; v != "" {
		return versionText(v), nil
	}
	path := m.host.IPerf()
	out, err := exec.CommandContext(ctx, path, "-v").Output()
	if err != nil {
		return "", fmt.Errorf("run %s -v: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// startIPerf ends a running server and starts one anew.
func (m *Machine) startIPerf(port int) error {
	if err := m.stopIPerf(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &iperfServer{}
	if sham := m.cfg.Faults.sham(); sham != nil {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err != nil {
			return err
		}
		s.sham, s.pid = l, os.Getpid()
		go sham(l)
	} else {
		pid, err := m.host.Start([]string{m.host.IPerf(), "-s", "-p", strconv.Itoa(port)})
		if err != nil {
			return err
		}
		s.pid = pid
	}
	m.iperf = s
	return nil
}

// hangUp ends every connection at once, so that every run of iperf3 fails.
func hangUp(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}

// stopIPerf ends the running server; none is as good.
func (m *Machine) stopIPerf() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.iperf
	m.iperf = nil
	switch {
	case s == nil:
		return nil
	case s.sham != nil:
		return s.sham.Close()
	}
	if err := m.host.Stop(s.pid); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end iperf3 server %d: %w", s.pid, err)
	}
	return nil
}

// awaitPort waits until the port listens, the limit is over or ctx ends; the
// answer says what came of it.
func (m *Machine) awaitPort(ctx context.Context, port int) {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	tick := time.NewTicker(startPoll)
	defer tick.Stop()
	for !m.host.Listening(port) {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-tick.C:
		}
	}
}
