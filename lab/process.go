package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// process names one process for good: a process id is used again, the pair of id and
// start time is not.
type process struct {
	pid   int
	start uint64 // clock ticks since the host's boot
}

// errGone is a process that has ended.
var errGone = errors.New("process has ended")

// findProcess names the process that has the id now.
func findProcess(pid int) (process, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, errGone
	}
	start, state, err := parseStat(b)
	if err != nil {
		return process{}, fmt.Errorf("process %d: %w", pid, err)
	}
	if state == 'Z' || state == 'X' {
		return process{}, errGone
	}
	return process{pid: pid, start: start}, nil
}

// parseStat reads state and start time, the fields 3 and 22 of proc_pid_stat(5).
func parseStat(stat []byte) (start uint64, state byte, err error) {
	// The name, field 2, may hold anything, parentheses included.
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, 0, errors.New("unreadable stat file")
	}
	fields := bytes.Fields(stat[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return 0, 0, errors.New("unreadable stat file")
	}
	start, err = strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("unreadable stat file: start time: %w", err)
	}
	return start, fields[0][0], nil
}

// alive says whether this very process still runs.
func (p process) alive() bool {
	now, err := findProcess(p.pid)
	return err == nil && now == p
}

// signal sends to this very process and to no other that has got its id: the kernel
// holds the id from pidfd_open on, and the start time is compared behind it.
func (p process) signal(s syscall.Signal) error {
	handle, err := os.FindProcess(p.pid) // opens a pidfd
	if err != nil {
		return errGone
	}
	defer handle.Release()
	if !p.alive() {
		return errGone
	}
	if err := handle.Signal(s); errors.Is(err, os.ErrProcessDone) {
		return errGone
	} else if err != nil {
		return fmt.Errorf("process %d: %w", p.pid, err)
	}
	return nil
}

// Times of end.
const (
	endGrace = 5 * time.Second
	endPoll  = 10 * time.Millisecond
)

// end asks the process to end, kills it when it does not within endGrace, and
// waits until it is gone.
func (p process) end() error {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := p.signal(s); errors.Is(err, errGone) {
			return nil
		} else if err != nil {
			return err
		}
		for limit := time.Now().Add(endGrace); time.Now().Before(limit); time.Sleep(endPoll) {
			if !p.alive() {
				return nil
			}
		}
	}
	return fmt.Errorf("process %d does not end", p.pid)
}
