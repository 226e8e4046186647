package windows

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

// started is a process that a command line started and that runs on by itself.
type started struct {
	pid   int
	image string // such as iperf3.exe
	path  string
	line  string
	began time.Time

	host int          // process id on the machine below; 0 where there is none
	ends time.Time    // of one without: when it ends by itself
	sham net.Listener // in place of a process, by a fault
}

// processTable is what runs, by process id.
type processTable map[int]*started

// Process ids as Windows gives them, multiples of 4: those of real processes follow
// from theirs, those of played ones count up from playedPID.
const (
	realPID   = 1000
	playedPID = 1 << 24
)

// Return values of Win32_Process.Create (Microsoft's page on the method).
const (
	createDone    = 0
	createNoPath  = 9
	createInvalid = 21
)

// startLine starts a process that outlives its caller, as Win32_Process.Create does,
// and returns its id and the method's return value. An error is a refusal of the
// stand-in's.
func (m *Machine) startLine(line string) (pid, code int, err error) {
	args := splitArgs(line)
	if len(args) == 0 {
		return 0, createInvalid, nil
	}
	s := &started{image: programName(args[0]) + ".exe", line: line}
	switch {
	case strings.EqualFold(args[0], iperfExe):
		if err := checkIPerfArgs(args[1:]); err != nil {
			return 0, 0, err
		}
		s.path = iperfExe
	case programName(args[0]) == "ping":
		count, err := pingArgs(args[1:])
		if err != nil {
			return 0, 0, err
		}
		root := m.ed.environment(m.cfg.User)["SYSTEMROOT"]
		s.path, s.ends = root+`\system32\ping.exe`, m.host.Now().Add(pingTime(count))
	default:
		return 0, createNoPath, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.began = m.now()
	if s.path == iperfExe {
		if err := m.startReal(s, args[1:]); err != nil {
			return 0, 0, refusef("stand-in: start %s: %v", s.path, err)
		}
	} else {
		for s.pid = playedPID; m.started[s.pid] != nil; s.pid += 4 {
		}
	}
	m.started[s.pid] = s
	return s.pid, createDone, nil
}

// startReal starts the real iperf3, or what stands for it.
func (m *Machine) startReal(s *started, args []string) error {
	if sham := m.cfg.Faults.sham(); sham != nil {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(iperfPort(args)))
		if err != nil {
			return err
		}
		go sham(l)
		s.sham, s.host = l, os.Getpid()
	} else {
		pid, err := m.host.Start(append([]string{m.host.IPerf()}, args...))
		if err != nil {
			return err
		}
		s.host = pid
	}
	s.pid = realPID + 4*s.host
	return nil
}

// endProcess ends a process; false if there is none of that id.
func (m *Machine) endProcess(pid int) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.started[pid]
	if s == nil || !m.alive(s) {
		return false, nil
	}
	delete(m.started, pid)
	return true, m.end(s)
}

func (m *Machine) end(s *started) error {
	switch {
	case s.sham != nil:
		return s.sham.Close()
	case s.host == 0:
		return nil
	}
	if err := m.host.Stop(s.host); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end process %d: %w", s.pid, err)
	}
	return nil
}

// endAll ends everything that was started by a command line.
func (m *Machine) endAll() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all error
	for pid, s := range m.started {
		delete(m.started, pid)
		if m.alive(s) {
			all = errors.Join(all, m.end(s))
		}
	}
	return all
}

// alive says whether a process has not ended by itself; call it with mu held.
func (m *Machine) alive(s *started) bool {
	switch {
	case s.sham != nil:
		return true
	case s.host != 0:
		return m.host.Running(s.host)
	}
	return m.host.Now().Before(s.ends)
}

// running lists what runs, by process id: two that are always there and what was
// started. The list of a real xp is longer, and nobody needs the rest of it.
func (m *Machine) running() []started {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []started{{pid: 0, image: "System Idle Process"}, {pid: 4, image: "System"}} // general knowledge
	for pid, s := range m.started {
		if !m.alive(s) {
			delete(m.started, pid)
			continue
		}
		list = append(list, *s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].pid < list[j].pid })
	return list
}
