package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/lab"
	"vnettune/results"
)

// world is the folders of one user who runs a campaign on a lab that the campaign brings
// up and takes down.
type world struct {
	t           *testing.T
	file, store string
	env         []string
	labs        lab.Manager
}

// worldName is the name of its campaign, and so of its lab.
const worldName = "ends"

func newWorld(t *testing.T) *world {
	t.Helper()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: how a campaign ends: %v", err)
	}
	run, err := os.MkdirTemp("", "vnt") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := &world{t: t, file: filepath.Join(dir, "c.yaml"), store: filepath.Join(dir, "c.db"),
		env: append(os.Environ(), "XDG_STATE_HOME="+dir, "XDG_RUNTIME_DIR="+run),
		labs: lab.Manager{State: filepath.Join(dir, "vnettune", "labs"),
			Runtime: filepath.Join(run, fmt.Sprintf("vnettune-%d", os.Getuid()))}}
	if err := os.WriteFile(w.file, []byte(strings.Replace(fmt.Sprintf(killCampaign, 1, ""), "name: kill", "name: "+worldName, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := contextFor(time.Minute)
		defer cancel()
		if t.Failed() {
			_ = w.labs.Logs(worldName, t.Output()) // there is none where no lab is left
		}
		if err := w.labs.Down(ctx, worldName); err != nil && !errors.Is(err, lab.ErrNotUp) {
			t.Error(err)
		}
		os.RemoveAll(run)
	})
	return w
}

// command is the program as its user starts it, without the race detector: the labs that it
// brings up are made of it. The faults' campaigns run under the detector.
func (w *world) command(args ...string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.Command(program(w.t), args...)
	cmd.Env = w.env
	return cmd
}

// started is a campaign that runs.
type started struct {
	*exec.Cmd
	t      *testing.T
	events *bufio.Scanner
	said   *strings.Builder
}

// run starts the campaign; its events are read from the pipe of its standard output.
func (w *world) run(cmd *exec.Cmd) *started {
	w.t.Helper()
	r := &started{Cmd: cmd, t: w.t, said: &strings.Builder{}}
	cmd.Stderr = r.said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	r.events = bufio.NewScanner(out)
	return r
}

func (w *world) runCampaign() *started {
	w.t.Helper()
	return w.run(w.command("run", w.file, "--store", w.store, "--format", "json"))
}

// killed is a campaign all of whose processes are killed while its guest is changed.
func (w *world) killed() {
	w.t.Helper()
	r := w.runCampaign()
	r.until(bench.EventRun)
	for _, pid := range []int{r.Process.Pid, childOf(w.t, r.Process.Pid)} {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			w.t.Fatal(err)
		}
	}
	r.end()
}

// until reads events until the first of that kind.
func (r *started) until(kind bench.EventKind) {
	r.t.Helper()
	for r.events.Scan() {
		var e bench.Event
		if json.Unmarshal(r.events.Bytes(), &e) == nil && e.Kind == kind {
			return
		}
	}
	_ = r.Wait()
	r.t.Fatalf("the campaign ended without the event %q: %s", kind, r.said)
}

// end reads what is left and gives the exit code; -1 for a signal.
func (r *started) end() int {
	for r.events.Scan() {
	}
	_ = r.Wait() // how it ended is its exit code
	return r.ProcessState.ExitCode()
}

// eventually waits for what comes soon; the limit is only against a test that hangs.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// restored checks that the store ended the session with the guest as it was found.
func (w *world) restored(outcome string) {
	w.t.Helper()
	s, err := results.OpenReadOnly(w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	kept := read(w.t, s)
	if kept.Changed {
		w.t.Error("the store says that the guest is changed")
	}
	if len(kept.Sessions) != 1 || kept.Sessions[0].Outcome != outcome {
		w.t.Errorf("sessions %+v, want one that was %s", kept.Sessions, outcome)
	}
	if told := toldKinds(w.t, s); !slices.Contains(told, bench.EventRestored) {
		w.t.Errorf("the store's events are %v, want that the guest was restored", told)
	}
}

// toldKinds are the kinds of the events that a store keeps of what was told.
func toldKinds(t *testing.T, s *results.Store) []bench.EventKind {
	t.Helper()
	events, err := s.Events()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []bench.EventKind
	for _, e := range events {
		if e.Kind != rig.StoredEvent {
			continue
		}
		var told bench.Event
		if err := json.Unmarshal([]byte(e.Text), &told); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, told.Kind)
	}
	return kinds
}

func (w *world) labIsUp() bool {
	_, err := w.labs.Status(worldName)
	return !errors.Is(err, lab.ErrNotUp)
}

// A window that is closed hangs up twice, by its shell and by the kernel: the guest is
// restored all the same.
func TestAHangupRestoresTheGuest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runCampaign()
	r.until(bench.EventRun)
	for range 3 {
		if err := r.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if code := r.end(); code != exitTerminated {
		t.Errorf("exit code %d, want %d: %s", code, exitTerminated, r.said)
	}
	w.restored("interrupted")
	if w.labIsUp() {
		t.Error("the lab is still up")
	}
}

// A campaign behind nohup goes on when its terminal is gone.
func TestAHangupThatIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cmd := w.command()
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `trap "" HUP; exec vnettune run "$1" --store "$2" --format json`, "sh", w.file, w.store}
	r := w.run(cmd)
	r.until(bench.EventRun)
	if err := r.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != exitDone {
		t.Errorf("exit code %d, want %d: %s", code, exitDone, r.said)
	}
	w.restored("done")
}

// A terminal that lets none but its foreground write (stty tostop) does not stop the
// process that works in the lab: it hears what is to end it.
func TestATerminalThatStopsWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	master, slave := openTerminal(t)
	modes, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	modes.Lflag |= unix.TOSTOP
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, modes); err != nil {
		t.Fatal(err)
	}
	cmd := w.command("run", w.file, "--store", w.store)
	cmd.Env = append(cmd.Env, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	slave.Close()
	signalled := false
	var shown strings.Builder
	for chunk := make([]byte, 4096); ; {
		n, err := master.Read(chunk)
		if err != nil {
			break
		}
		shown.Write(chunk[:n])
		if !signalled && (strings.Contains(shown.String(), "baseline") || strings.Contains(shown.String(), "autotuning-off")) {
			signalled = true
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitTerminated || !signalled {
		t.Errorf("%v, want exit code %d; it had shown %s", err, exitTerminated, &shown)
	}
	w.restored("interrupted")
}

// A real terminal goes while the campaign writes its status line on it.
func TestATerminalThatGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	master, slave := openTerminal(t)
	cmd := w.command("run", w.file, "--store", w.store)
	cmd.Env = append(cmd.Env, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var shown strings.Builder
	for chunk := make([]byte, 4096); !strings.Contains(shown.String(), "baseline") && !strings.Contains(shown.String(), "autotuning-off"); {
		n, err := master.Read(chunk)
		if err != nil {
			t.Fatalf("the campaign ended: %s", &shown)
		}
		shown.Write(chunk[:n])
	}
	master.Close()
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitTerminated {
		t.Errorf("%v, want exit code %d; it had shown %s", err, exitTerminated, &shown)
	}
	w.restored("interrupted")
}

// openTerminal makes a terminal: the end of a window, and that of its programs.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("NOT TESTED: a terminal that goes: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("NOT TESTED: a terminal that goes: %v", err)
	}
	return master, slave
}

// Whoever reads standard output and standard error ends, as head does: the campaign goes
// on to its end, and what it could not say is in its store.
func TestOutputThatIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cmd := w.command("run", w.file, "--store", w.store, "--format", "json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	words, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	words.Close()
	if _, err := io.ReadFull(out, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	_ = cmd.Wait() // how it ended is its exit code
	if code := cmd.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit code %d, want %d: %s", code, exitDone, cmd.ProcessState)
	}
	w.restored("done")
	checkWhole(t, w.store)
	s, err := results.OpenReadOnly(w.store)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := []bench.EventKind{bench.EventStart, bench.EventWarning, bench.EventRestore, bench.EventRestored, bench.EventDone}
	if told := slices.Compact(toldKinds(t, s)); !slices.Equal(told, want) {
		t.Errorf("the store's events are %v, want %v", told, want)
	}
}

// A reader that stops, and does not end, holds nothing up: a pager on its first page.
func TestAReaderThatStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cmd := w.command("run", w.file, "--store", w.store, "--format", "json")
	out, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := unix.FcntlInt(out.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	stuck := time.AfterFunc(2*time.Minute, func() { out.Close() }) // so that it ends at all
	_ = cmd.Wait()                                                 // how it ended is its exit code
	if !stuck.Stop() {
		t.Error("the campaign waited for its reader")
	}
	if code := cmd.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	w.restored("done")
	if n, err := unix.IoctlGetInt(int(out.Fd()), unix.TIOCINQ); err != nil || n < 3000 {
		t.Errorf("%d bytes wait in the pipe, %v: the test needs a full one", n, err)
	}
}

// The process that its user started is killed: the one in the lab restores the guest, by
// one death that counts once, and the lab ends when nobody is left in it.
func TestTheProcessThatStartedACampaignDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runCampaign()
	r.until(bench.EventRun)
	if err := r.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != -1 { // when the last has closed standard output
		t.Fatalf("exit code %d of a process that was killed", code)
	}
	w.restored("interrupted")
	eventually(t, "the lab ends", func() bool { return !w.labIsUp() })
}

// Both are killed: the guest is changed, so the lab stays up for its restore, after which
// it ends.
func TestEveryProcessOfACampaignDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.killed()
	time.Sleep(time.Second) // several looks of the keeper
	if !w.labIsUp() {
		t.Fatal("the lab has ended, and its guest is changed")
	}
	shown, _ := w.command("report", w.store).CombinedOutput() // there may be nothing to rank yet
	if !strings.Contains(strings.Join(strings.Fields(string(shown)), " "), "the guest is left changed: vnettune restore "+w.store) {
		t.Errorf("the report does not say that the guest is changed: %s", shown)
	}
	out, err := w.command("restore", w.store).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitDone || !strings.Contains(string(out), "read back after a reboot") {
		t.Errorf("restore: exit code %d: %s", code, out)
	}
	if w.labIsUp() {
		t.Error("the lab is still up")
	}
	if out, err := w.command("restore", w.store).CombinedOutput(); err != nil || !strings.Contains(string(out), "nothing is to be put back") {
		t.Errorf("once more: %v: %s", err, out)
	}
	if w.labIsUp() {
		t.Error("a restore with nothing to do brought the lab up")
	}
}

// A restore whose store cannot take that it was done leaves the lab up: the store would ask
// for a guest that had ended with it.
func TestARestoreThatIsNotNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.killed()
	db, err := sql.Open("sqlite", "file:"+w.store+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	foreign, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.command("restore", w.store).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitFailed || !strings.Contains(string(out), "does not say that the guest was restored") || !w.labIsUp() {
		t.Errorf("exit code %d, the lab is up: %t: %s", code, w.labIsUp(), out)
	}
	if err := foreign.Rollback(); err != nil {
		t.Fatal(err)
	}
	out, err = w.command("restore", w.store).CombinedOutput()
	if err != nil || w.labIsUp() {
		t.Errorf("once more: %v, the lab is up: %t: %s", err, w.labIsUp(), out)
	}
}

// A lab that another state folder knows is not said to have ended.
func TestARestoreWithAnotherStateFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.killed()
	cmd := w.command("restore", "--yes", w.store)
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitUnrestored || !strings.Contains(string(out), "is up (process ") || strings.Contains(string(out), "any more") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if out, err := w.command("restore", w.store).CombinedOutput(); err != nil {
		t.Errorf("by its own folder: %v: %s", err, out)
	}
}

// A command that has nothing to clean up ends at the first signal.
func TestACommandWithoutAGuestEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command("vnettune", "rank", "-")
		in, err := cmd.StdinPipe() // nobody writes
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		if _, err := in.Write(make([]byte, 1<<20)); err != nil { // more than a pipe holds: it is read
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		in.Close()
		if code := cmd.ProcessState.ExitCode(); code != signalCode(s) {
			t.Errorf("%s: exit code %d, want %d", s, code, signalCode(s))
		}
	}
}

// The process in the lab is killed alone: the one outside says that the guest is changed,
// how to put it back, and that the lab stays up.
func TestTheProcessInTheLabDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runCampaign()
	r.until(bench.EventRun)
	if err := syscall.Kill(childOf(t, r.Process.Pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != exitUnrestored || !strings.Contains(r.said.String(), "vnettune restore "+w.store) ||
		!strings.Contains(r.said.String(), "the lab stays up") || !w.labIsUp() {
		t.Errorf("exit code %d, the lab is up: %t; it said %s", code, w.labIsUp(), r.said)
	}
}

// childOf is the one child of a process.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	all := slices.DeleteFunc(childrenOf(t, pid), func(n int) bool { // the keeper is one, too
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", n))
		return err != nil || !strings.Contains(string(text), "\x00run\x00")
	})
	if len(all) != 1 {
		t.Fatalf("the children of process %d are %v", pid, all)
	}
	return all[0]
}

// childrenOf are the processes that a process has started.
func childrenOf(t *testing.T, pid int) (all []int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			continue // a thread that has ended meanwhile
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, n)
		}
	}
	return all
}

// Ctrl-C is heard from the first moment on: while the lab comes up, while the process in
// it starts, and afterwards.
func TestAnInterruptAtTheBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	random := rand.New(rand.NewPCG(testSeed(t), 0))
	for range 15 {
		cmd := w.command("run", w.file, "--store", w.store)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(random.IntN(300)) * time.Millisecond
		time.Sleep(after)
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		// Before the program hears anything it is ended as every program is.
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		deaf := ok && status.Signaled() && status.Signal() == syscall.SIGINT && said.Len() == 0
		if code := cmd.ProcessState.ExitCode(); code != exitInterrupted && !deaf || strings.Contains(said.String(), "panic") {
			t.Errorf("after %v: %v, want exit code %d: %s", after, cmd.ProcessState, exitInterrupted, &said)
		}
		if w.labIsUp() {
			t.Fatalf("after %v: the lab is still up", after)
		}
	}
}

// A lab that is brought up by somebody who is killed meanwhile does not stay.
func TestALabUpThatIsKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	folder := filepath.Join(w.labs.State, worldName)
	keeper := func() int {
		text, err := os.ReadFile(filepath.Join(folder, "keeper.pid"))
		if err != nil {
			return 0
		}
		pid, _ := strconv.Atoi(strings.Fields(string(text) + " 0 ")[0])
		return pid
	}
	for range 5 {
		cmd := w.command("lab", "up", "--kind", "fast", worldName)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the lab has a keeper", func() bool { return keeper() > 0 })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(folder, "stay")); err == nil {
			t.Log("killed too late: the lab is up")
		} else {
			pid := keeper()
			eventually(t, "the keeper ends", func() bool { return syscall.Kill(pid, 0) != nil })
		}
		ctx, cancel := contextFor(time.Minute)
		if err := w.labs.Down(ctx, worldName); err != nil {
			t.Error(err)
		}
		cancel()
	}
}

// halt lets a process stand still until goOn.
func halt(t *testing.T, p *os.Process) { t.Helper(); tell(t, p, syscall.SIGSTOP) }

func goOn(t *testing.T, p *os.Process) { t.Helper(); tell(t, p, syscall.SIGCONT) }

func tell(t *testing.T, p *os.Process, s syscall.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// report says during a run that there is one, which process it is, and since when; restore
// leaves the guest to it.
func TestAReportDuringARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runCampaign()
	r.until(bench.EventStart)
	r.until(bench.EventStep) // the session is stored
	working, err := os.FindProcess(childOf(t, r.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	halt(t, working)                                        // it would be done before the questions are
	out, _ := w.command("report", w.store).CombinedOutput() // there may be nothing to rank yet
	said := strings.Join(strings.Fields(string(out)), " ")
	want := fmt.Sprintf("a run of this campaign is going on (process %d on ", working.Pid)
	if !strings.Contains(said, want) || !strings.Contains(said, ", since 20") || strings.Contains(said, "vnettune restore") {
		t.Errorf("report says %s, want %q", out, want)
	}
	out, err = w.command("restore", w.store).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitFailed || !strings.Contains(string(out), "another vnettune (process ") || strings.Contains(string(out), "left changed") {
		t.Errorf("restore during the run: exit code %d: %s", code, out)
	}
	goOn(t, working)
	if code := r.end(); code != exitDone {
		t.Errorf("exit code %d: %s", code, r.said)
	}
	if out, err := w.command("report", w.store).CombinedOutput(); err != nil || strings.Contains(string(out), "is going on") {
		t.Errorf("afterwards: %v: %s", err, out)
	}
}

// A lab in which a campaign works is not taken down, unless by force: the campaign ends
// then, since its guest did.
func TestLabDownUnderACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runCampaign()
	r.until(bench.EventRun)
	out, err := w.command("lab", "down", worldName).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitFailed || !strings.Contains(string(out), "--force") || !w.labIsUp() {
		t.Errorf("exit code %d, the lab is up: %t: %s", code, w.labIsUp(), out)
	}
	r.until(bench.EventBoot)
	if out, err := w.command("lab", "down", "--force", worldName).CombinedOutput(); err != nil || w.labIsUp() {
		t.Errorf("by force: %v, the lab is up: %t: %s", err, w.labIsUp(), out)
	}
	if code := r.end(); code != exitUnrestored || strings.Contains(r.said.String(), "the lab stays up") || !strings.Contains(r.said.String(), "cannot be restored any more") {
		t.Errorf("exit code %d, want %d; it said %s", code, exitUnrestored, r.said)
	}
}

// Of two runs of one campaign one is refused, and does not take the other's lab down.
func TestTwoRunsOfOneCampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.runCampaign()
	second := w.runCampaign()
	codes := []int{second.end(), first.end()}
	slices.Sort(codes)
	if codes[0] != exitDone || codes[1] != exitFailed {
		t.Errorf("exit codes %v, want one that is done and one that failed:\n%s\n%s", codes, first.said, second.said)
	}
	w.restored("done")
	checkWhole(t, w.store)
	if w.labIsUp() {
		t.Error("the lab is still up")
	}
}

// A campaign with nothing left to do says so, and touches no guest.
func TestAFinishedCampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if code := w.runCampaign().end(); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	for _, args := range [][]string{{"run", w.file, "--store", w.store}, {"restore", w.store}} {
		out, err := w.command(args...).CombinedOutput()
		if err != nil || strings.Contains(string(out), "setting up the stand-in guest") {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
	again := w.runCampaign()
	again.until(bench.EventDone)
	if code := again.end(); code != exitDone || !strings.Contains(again.said.String(), "done: 2 boots") {
		t.Errorf("exit code %d: %s", code, again.said)
	}
	w.restored("done") // by its one session
}

// What a campaign sets on this host is put back when it ends, and after a crash by restore, which needs no guest for it.
func TestTheHostIsPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.file, append(text, "host: {set: {congestion_control: reno}}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	up, err := w.command("lab", "up", worldName, "--kind", "fast").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, up)
	}
	congestion := func() string {
		t.Helper()
		out, err := w.command("lab", "exec", worldName, "--host", "--", "cat", "/proc/sys/net/ipv4/tcp_congestion_control").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	was := congestion()
	if was == "reno" {
		t.Skip("NOT TESTED: what a campaign sets on this host: it is reno already")
	}
	w.killed()
	if now := congestion(); now != "reno" {
		t.Errorf("congestion control is %q while the campaign runs, want reno", now)
	}
	shown, _ := w.command("report", w.store).CombinedOutput()
	if !strings.Contains(strings.Join(strings.Fields(string(shown)), " "), "the host that measured was left as the campaign set it (host.set, link): vnettune restore "+w.store) {
		t.Errorf("the report does not say that the host is set: %s", shown)
	}
	out, err := w.command("restore", w.store).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "this host is as it was") || !strings.Contains(string(out), "read back after a reboot") {
		t.Errorf("restore: %v: %s", err, out)
	}
	if now := congestion(); now != was {
		t.Errorf("congestion control is %q after restore, want %s", now, was)
	}
	if out, err := w.command("restore", w.store).CombinedOutput(); err != nil || strings.Contains(string(out), "this host is as it was") {
		t.Errorf("once more: %v: %s", err, out)
	}
	out, err = w.command("run", w.file, "--store", w.store).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitDone || !strings.Contains(string(out), "congestion_control is reno") || congestion() != was {
		t.Errorf("run: exit code %d, congestion control is %q, want %s: %s", code, congestion(), was, out)
	}
	if out, err := w.command("lab", "down", worldName).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// The conditions of a link end with the run that has them; a program that was killed meanwhile leaves them to restore.
func TestTheLinkIsPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "workloads:")
	if err := os.WriteFile(w.file, []byte(before+"workloads: [{direction: to-guest, seconds: 3, omit: 0, link: {rate: 300M}}]\nblocks: 1\nrepetitions: 1\nsettle: 0s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := w.command("lab", "up", worldName, "--kind", "fast").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	shaped := func() bool {
		t.Helper()
		out, err := w.command("lab", "exec", worldName, "--host", "--", "tc", "qdisc", "show").CombinedOutput()
		if err != nil {
			t.Skipf("NOT TESTED: how the conditions of a link end: %v: %s", err, out)
		}
		return strings.Contains(string(out), "qdisc tbf 766f:")
	}
	if shaped() {
		t.Fatal("the link has conditions before there is a campaign")
	}
	left := false
	for range 5 { // a run that ends at just that moment takes its conditions away
		r := w.runCampaign()
		eventually(t, "the link has the conditions of a run", shaped)
		for _, pid := range []int{r.Process.Pid, childOf(t, r.Process.Pid)} {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		r.end()
		if left = shaped(); left {
			break
		}
	}
	if !left {
		t.Fatal("no conditions stayed of five programs that were killed while a run had them")
	}
	shown, _ := w.command("report", w.store).CombinedOutput()
	if !strings.Contains(strings.Join(strings.Fields(string(shown)), " "), "was left as the campaign set it (host.set, link): vnettune restore "+w.store) {
		t.Errorf("the report does not say that the link has conditions: %s", shown)
	}
	out, err := w.command("restore", w.store).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "this host is as it was") {
		t.Errorf("restore: %v: %s", err, out)
	}
	if shaped() {
		t.Error("the link has conditions after restore")
	}
	out, err = w.command("run", w.file, "--store", w.store).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitDone || shaped() {
		t.Errorf("run: exit code %d, conditions left: %t: %s", code, shaped(), out)
	}
	if out, err := w.command("lab", "down", worldName).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
