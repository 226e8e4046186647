package windows

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
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

// processHost is what the table needs of the machine under it.
type processHost interface {
	Now() time.Time
	// Start runs argv detached from the caller and returns its process id.
	Start(argv []string) (int, error)
	// Stop ends a process that Start began.
	Stop(pid int) error
	// Running says whether a process that Start began has not ended.
	Running(pid int) bool
	// IPerf is the path of the real iperf3 on this machine.
	IPerf() string
}

// sham stands in for an iperf3 server until its listener closes.
type sham = func(net.Listener)

// processTable is what runs. It is safe for concurrent use.
type processTable struct {
	host processHost
	sham sham             // in place of every iperf3; nil for the real one
	root string           // folder of Windows
	now  func() time.Time // the guest's clock

	mu     sync.Mutex // guards what follows
	byID   map[int]*started
	server *started // of the script "iperf"; nil where there is none
}

// newProcessTable is an empty table of a machine.
func newProcessTable(host processHost, sham sham, root string, now func() time.Time) *processTable {
	return &processTable{host: host, sham: sham, root: root, now: now, byID: map[int]*started{}}
}

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
func (t *processTable) startLine(line string) (pid, code int, err error) {
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
		s.path, s.ends = t.root+`\system32\ping.exe`, t.host.Now().Add(pingTime(count))
	default:
		return 0, createNoPath, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.began = t.now()
	if s.path == iperfExe {
		if err := t.startReal(s, args[1:]); err != nil {
			return 0, 0, refusef("stand-in: start %s: %v", s.path, err)
		}
		s.pid = realPID + 4*s.host
	} else {
		for s.pid = playedPID; t.byID[s.pid] != nil; s.pid += 4 {
		}
	}
	t.byID[s.pid] = s
	return s.pid, createDone, nil
}

// startReal starts the real iperf3, or what stands for it.
func (t *processTable) startReal(s *started, args []string) error {
	if t.sham != nil {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(iperfPort(args)))
		if err != nil {
			return err
		}
		go t.sham(l)
		s.sham, s.host = l, os.Getpid()
	} else {
		pid, err := t.host.Start(append([]string{t.host.IPerf()}, args...))
		if err != nil {
			return err
		}
		s.host = pid
	}
	return nil
}

// endProcess ends a process; false if there is none of that id.
func (t *processTable) endProcess(pid int) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.byID[pid]
	if s == nil || !t.alive(s) {
		return false, nil
	}
	delete(t.byID, pid)
	return true, t.end(s)
}

func (t *processTable) end(s *started) error {
	switch {
	case s.sham != nil:
		return s.sham.Close()
	case s.host == 0:
		return nil
	}
	if err := t.host.Stop(s.host); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end process %d: %w", s.pid, err)
	}
	return nil
}

// endAll ends everything that was started.
func (t *processTable) endAll() error {
	all := t.stopServer()
	t.mu.Lock()
	defer t.mu.Unlock()
	for pid, s := range t.byID {
		delete(t.byID, pid)
		if t.alive(s) {
			all = errors.Join(all, t.end(s))
		}
	}
	return all
}

// alive says whether a process has not ended by itself; call it with mu held.
func (t *processTable) alive(s *started) bool {
	switch {
	case s.sham != nil:
		return true
	case s.host != 0:
		return t.host.Running(s.host)
	}
	return t.host.Now().Before(s.ends)
}

// running lists what runs, by process id: two that are always there and what was
// started. The list of a real xp is longer, and nobody needs the rest of it.
func (t *processTable) running() []started {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []started{{pid: 0, image: "System Idle Process"}, {pid: 4, image: "System"}} // general knowledge
	for pid, s := range t.byID {
		if !t.alive(s) {
			delete(t.byID, pid)
			continue
		}
		list = append(list, *s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].pid < list[j].pid })
	return list
}

// matches says whether a process is meant by an id or an image name.
func (s started) matches(pid, image string) bool {
	return (pid == "" || strconv.Itoa(s.pid) == pid) && (image == "" || strings.EqualFold(s.image, image))
}

// startServer ends a running server and starts one anew.
func (t *processTable) startServer(port int) error {
	if err := t.stopServer(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &started{path: iperfExe}
	if err := t.startReal(s, []string{"-s", "-p", strconv.Itoa(port)}); err != nil {
		return err
	}
	s.pid = s.host
	t.server = s
	return nil
}

// stopServer ends the running server; none is as good.
func (t *processTable) stopServer() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.server
	t.server = nil
	if s == nil {
		return nil
	}
	return t.end(s)
}

// serverID is the process id of the running server; false where there is none.
func (t *processTable) serverID() (pid int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server == nil {
		return 0, false
	}
	return t.server.pid, true
}
