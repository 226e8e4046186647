package processes

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"vnettune/lab/windows/console"
)

// Started is a process that a command line started and that runs on by itself.
type Started struct {
	ID    int
	Image string // such as iperf3.exe
	Path  string
	Line  string
	Began time.Time

	host int          // process id on the machine below; 0 if there is none
	ends time.Time    // if there is none: when it ends by itself
	sham net.Listener // in place of a process, by a fault
}

// Host is what the table needs of the machine under it.
type Host interface {
	Now() time.Time
	// Start runs argv detached from the caller and returns its process id. Its standard
	// error goes to the end of the file stderr; "" throws it away.
	Start(argv []string, stderr string) (int, error)
	// Stop ends a process that Start began.
	Stop(pid int) error
	// Running says whether a process that Start began has not ended.
	Running(pid int) bool
	// IPerf is the path of the real iperf3 on this machine.
	IPerf() string
	// IPerf2 is the path of the real iperf on this machine; "" if there is none.
	IPerf2() string
	// IPerfLog is the path of what its server says went wrong, on this machine.
	IPerfLog() string
}

// Sham stands in for an iperf3 server until its listener closes.
type Sham = func(net.Listener)

// Table is what runs. It is safe for concurrent use.
type Table struct {
	host Host
	sham Sham             // in place of every iperf3; nil for the real one
	root string           // folder of Windows
	now  func() time.Time // the guest's clock

	mu   sync.Mutex // guards what follows
	byID map[int]*Started
	// servers are those of the script "iperf", by their places: the first and the second. nil where there is none.
	servers [2]*Started
}

// NewTable is an empty table of a machine.
func NewTable(host Host, sham Sham, root string, now func() time.Time) *Table {
	return &Table{host: host, sham: sham, root: root, now: now, byID: map[int]*Started{}}
}

// Process ids as Windows gives them, multiples of 4: those of real processes follow
// from theirs, those of played ones count up from playedPID.
const (
	realPID   = 1000
	playedPID = 1 << 24
)

// Return values of Win32_Process.Create (Microsoft's page on the method).
const (
	CreateDone    = 0
	createNoPath  = 9
	createInvalid = 21
)

// Start starts a process that outlives its caller, as Win32_Process.Create does, and returns its id
// and the method's return value. An error is a refusal of the stand-in's.
func (t *Table) Start(line string) (pid, code int, err error) {
	args := console.SplitArgs(line)
	if len(args) == 0 {
		return 0, createInvalid, nil
	}
	s := &Started{Image: console.ProgramName(args[0]) + ".exe", Line: line}
	switch {
	case strings.EqualFold(args[0], IPerfExe):
		if err := CheckIPerfArgs(args[1:]); err != nil {
			return 0, 0, err
		}
		s.Path = IPerfExe
	case strings.EqualFold(args[0], IPerf2Exe) && t.host.IPerf2() != "":
		if err := CheckIPerf2Args(args[1:]); err != nil {
			return 0, 0, err
		}
		s.Path = IPerf2Exe
	case console.ProgramName(args[0]) == "ping":
		count, err := PingArgs(args[1:])
		if err != nil {
			return 0, 0, err
		}
		s.Path, s.ends = t.root+`\system32\ping.exe`, t.host.Now().Add(pingTime(count))
	default:
		return 0, createNoPath, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Began = t.now()
	var began error
	switch s.Path {
	case IPerfExe:
		began = t.startReal(s, args[1:], "")
	case IPerf2Exe:
		s.host, began = t.host.Start(append([]string{t.host.IPerf2()}, args[1:]...), "")
	}
	if began != nil {
		return 0, 0, console.Refusef("stand-in: start %s: %v", s.Path, began)
	}
	if s.host != 0 {
		s.ID = realPID + 4*s.host
	} else {
		for s.ID = playedPID; t.byID[s.ID] != nil; s.ID += 4 {
		}
	}
	t.byID[s.ID] = s
	return s.ID, CreateDone, nil
}

// startReal starts the real iperf3, or what stands for it.
func (t *Table) startReal(s *Started, args []string, stderr string) error {
	if t.sham != nil {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(iperfPort(args)))
		if err != nil {
			return err
		}
		go t.sham(l)
		s.sham, s.host = l, os.Getpid()
	} else {
		pid, err := t.host.Start(append([]string{t.host.IPerf()}, args...), stderr)
		if err != nil {
			return err
		}
		s.host = pid
	}
	return nil
}

// End ends a process; false if there is none of that id.
func (t *Table) End(pid int) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.byID[pid]
	if s == nil || !t.alive(s) {
		return false, nil
	}
	delete(t.byID, pid)
	return true, t.end(s)
}

func (t *Table) end(s *Started) error {
	switch {
	case s.sham != nil:
		return s.sham.Close()
	case s.host == 0:
		return nil
	}
	if err := t.host.Stop(s.host); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end process %d: %w", s.ID, err)
	}
	return nil
}

// Close ends everything that was started.
func (t *Table) Close() error {
	all := t.StopServers()
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
func (t *Table) alive(s *Started) bool {
	switch {
	case s.sham != nil:
		return true
	case s.host != 0:
		return t.host.Running(s.host)
	}
	return t.host.Now().Before(s.ends)
}

// Running lists what runs, by process id: two that are always there and what was
// started. The list of a real xp is longer, and nobody needs the rest of it.
func (t *Table) Running() []Started {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []Started{{ID: 0, Image: "System Idle Process"}, {ID: 4, Image: "System"}} // not verified: ask a guest, tasklist
	for pid, s := range t.byID {
		if !t.alive(s) {
			delete(t.byID, pid)
			continue
		}
		list = append(list, *s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

// Matches says whether a process is meant by an id or an image name.
func (s Started) Matches(pid, image string) bool {
	return (pid == "" || strconv.Itoa(s.ID) == pid) && (image == "" || strings.EqualFold(s.Image, image))
}

// StartServer starts a server beside those that run, in the first place that is free, and gives the
// path of its errors on this machine.
func (t *Table) StartServer(port int) (pid int, log string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for place := range t.servers {
		if t.servers[place] != nil {
			continue
		}
		s := &Started{Path: IPerfExe}
		if err := t.startReal(s, []string{"-s", "-p", strconv.Itoa(port)}, t.logOf(place)); err != nil {
			return 0, "", err
		}
		s.ID = s.host
		if s.sham != nil {
			s.ID += place // all of them are this process
		}
		t.servers[place] = s
		return s.ID, t.logOf(place), nil
	}
	return 0, "", console.Refusef("stand-in: more than %d servers of iperf3 are not played", len(t.servers))
}

// logOf is the path of what the server of a place said went wrong.
func (t *Table) logOf(place int) string {
	if place == 0 {
		return t.host.IPerfLog()
	}
	return t.host.IPerfLog() + ".second"
}

// StopServers ends the running servers, if there are any, and deletes their logs.
func (t *Table) StopServers() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all error
	for place := range t.servers {
		all = errors.Join(all, t.stopServer(place))
	}
	return all
}

// EndServer ends the running server of that process id and deletes its log; false if there is none.
func (t *Table) EndServer(pid int) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for place, s := range t.servers {
		if s != nil && s.ID == pid {
			return true, t.stopServer(place)
		}
	}
	return false, nil
}

// stopServer ends the server of a place; call it with mu held.
func (t *Table) stopServer(place int) error {
	var err error
	if s := t.servers[place]; s != nil {
		err = t.end(s)
	}
	t.servers[place] = nil
	if gone := os.Remove(t.logOf(place)); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// ServerLog is the end of what the server of a place, from 0, said went wrong since its start, at most that
// many bytes.
func (t *Table) ServerLog(place int, most int64) (string, error) {
	f, err := os.Open(t.logOf(place))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		_, err = f.Seek(max(0, size-most), io.SeekStart)
		if err != nil {
			return "", err
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, most))
	return string(text), err
}

// Servers are the process ids of the running servers, by their places.
func (t *Table) Servers() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []int
	for _, s := range t.servers {
		if s != nil {
			all = append(all, s.ID)
		}
	}
	return all
}
