package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/lab"
	"vnettune/lab/guest"
)

// ownLab is a lab in folders of its own, so that many run side by side.
type ownLab struct {
	t       *testing.T
	manager lab.Manager
	info    lab.Info
	env     []string
	memory  int64 // the most bytes that a command in it had in memory
}

// upLab brings a fast lab up.
func upLab(t *testing.T, name string) *ownLab {
	t.Helper()
	return upLabOf(t, lab.Options{Name: name, Kind: lab.KindFast, Executable: program(t)})
}

// upFaultLab brings a fast lab up that misbehaves.
func upFaultLab(t *testing.T, name, language string, faults []string) *ownLab {
	t.Helper()
	return upLabOf(t, lab.Options{Name: name, Kind: lab.KindFast, Language: language, Faults: faults, Executable: program(t)})
}

func upLabOf(t *testing.T, o lab.Options) *ownLab {
	t.Helper()
	runtime, err := os.MkdirTemp("", "vnt") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	cache, err := xdgFolder("XDG_CACHE_HOME", ".cache") // of the packages that a virtual machine is made of
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	l := &ownLab{t: t, manager: lab.Manager{
		State:   filepath.Join(state, "vnettune", "labs"),
		Cache:   cache,
		Runtime: filepath.Join(runtime, fmt.Sprintf("vnettune-%d", os.Getuid())),
	}}
	if l.info, err = l.manager.Up(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endLab(t, l.manager, o.Name) })
	l.env = []string{insideEnv + "=" + o.Name, "XDG_STATE_HOME=" + state, "XDG_RUNTIME_DIR=" + runtime}
	return l
}

// enter is a command in the lab's namespaces that takes its folders for the user's.
func (l *ownLab) enter(args []string, env ...string) *exec.Cmd {
	return lab.Enter(l.info, args, append(slices.Clone(l.env), env...))
}

// outside is vnettune as a user of the host's calls it whose folders are the lab's.
func (l *ownLab) outside(args ...string) *exec.Cmd {
	cmd := exec.Command("vnettune", args...)      // by testscript.Main
	cmd.Env = append(cmd.Environ(), l.env[1:]...) // not that it is inside
	return cmd
}

// installed is what the guest's disk holds of settings, by path. What every boot
// changes is left out.
func (l *ownLab) installed() map[string]string {
	l.t.Helper()
	disk, err := guest.OpenDisk(filepath.Join(l.manager.State, l.info.Name, "disk"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer disk.Close()
	text, err := disk.Load()
	if err != nil {
		l.t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		l.t.Fatal(err)
	}
	all := map[string]string{}
	flatten("", document, all)
	return all
}

// flatten spreads a document of JSON over its paths. A key or value of the registry
// stands for its name, so that an order does not matter.
func flatten(path string, node any, into map[string]string) {
	switch n := node.(type) {
	case map[string]any:
		for k, v := range n {
			if path == "" && slices.Contains([]string{"boots", "events"}, k) {
				continue // counted up by each boot
			}
			if path == "/deadman" && k == "done" {
				continue // the dead-man switch's record of what it did stays
			}
			if k != "name" {
				flatten(path+"/"+k, v, into)
			}
		}
	case []any:
		for i, v := range n {
			at := fmt.Sprint(i)
			if named, ok := v.(map[string]any); ok && named["name"] != nil {
				at = fmt.Sprint(named["name"])
			}
			if at != "BootId" { // counted up by each boot
				flatten(path+"/"+at, v, into)
			}
		}
	default:
		into[path] = fmt.Sprint(n)
	}
}

// changes lists what differs between two states of a guest.
func changes(before, after map[string]string) []string {
	var all []string
	for path, was := range before {
		if is, ok := after[path]; !ok {
			all = append(all, path+" is gone")
		} else if is != was {
			all = append(all, fmt.Sprintf("%s was %s, is %s", path, was, is))
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			all = append(all, path+" is new")
		}
	}
	slices.Sort(all)
	return all
}

// run runs vnettune inside the lab and returns its exit code.
func (l *ownLab) run(limit time.Duration, args ...string) (exit int, stdout, stderr string) {
	l.t.Helper()
	return l.watch(limit, append([]string{self(l.t)}, args...), nil)
}

// What ends a harness beside its own exit codes.
const (
	exitNever  = -1  // it had to be killed because its limit was over
	exitKilled = 137 // by SIGKILL
)

// watch runs a command inside the lab and tells of every line that it writes.
func (l *ownLab) watch(limit time.Duration, argv []string, onLine func(line string, p *os.Process)) (exit int, stdout, stderr string) {
	l.t.Helper()
	return l.follow(lab.Enter(l.info, argv, l.env), limit, onLine)
}

// watchOuter runs vnettune as its user does, outside of the lab.
func (l *ownLab) watchOuter(limit time.Duration, args []string, onLine func(line string, p *os.Process)) (exit int, stdout, stderr string) {
	l.t.Helper()
	return l.follow(l.outside(args...), limit, onLine)
}

// follow runs a command to its end, and to that of all who write what it writes.
func (l *ownLab) follow(cmd *exec.Cmd, limit time.Duration, onLine func(line string, p *os.Process)) (exit int, stdout, stderr string) {
	l.t.Helper()
	var out, err strings.Builder
	cmd.Stderr = &err
	pipe, e := cmd.StdoutPipe()
	if e == nil {
		e = cmd.Start()
	}
	if e != nil {
		l.t.Fatal(e)
	}
	late := time.AfterFunc(limit, func() {
		_ = cmd.Process.Kill()
		_ = pipe.Close() // others may hold it open
	})
	ended, watched := make(chan struct{}), make(chan int64)
	go func() {
		for most := int64(0); ; {
			most = max(most, residentOf(cmd.Process.Pid))
			select {
			case <-ended:
				watched <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	for scan := bufio.NewScanner(pipe); scan.Scan(); {
		out.WriteString(scan.Text() + "\n")
		if onLine != nil {
			onLine(scan.Text(), cmd.Process)
		}
	}
	close(ended)
	l.memory = max(l.memory, <-watched)
	_ = cmd.Wait() // how it ended is its exit code
	if !late.Stop() {
		return exitNever, out.String(), err.String()
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), out.String(), err.String()
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// residentOf is the most bytes of memory that a process had until now; 0 for one that is gone.
func residentOf(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return 0
}
