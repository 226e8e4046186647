package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/bench"
	"vnettune/results"
)

// hostFault is something that goes wrong on this side.
type hostFault struct {
	exits []int
	says  string // what the harness must say

	wrap  func(dir string, argv []string) []string // what the harness is started behind; nil: nothing
	outer bool                                     // the harness is started outside of the lab, which it enters by itself
	after bench.EventKind                          // when act is called: at the first such event
	step  string                                   // of a step, at the first of that name; "": of any
	act   func(*hostScene)
	swaps bool // it puts another file in the store's place, which therefore shows nothing
}

// hostScene is what a fault of the host can act on.
type hostScene struct {
	t     *testing.T
	lab   *ownLab
	store string
	p     *os.Process // that was started
	undo  func()      // called when the harness has ended; nil for nothing
}

// smallDisk puts the harness on a file system of that size, in a mount namespace of its own
// that ends with it. The store is kept beside it.
func smallDisk(size string) func(string, []string) []string {
	return func(dir string, argv []string) []string {
		small := filepath.Join(dir, "small")
		argv = slices.Clone(argv)
		at := slices.Index(argv, "--store") + 1
		store := argv[at]
		argv[at] = filepath.Join(small, filepath.Base(store))
		script := `mkdir "$1" && mount -t tmpfs -o size="$2" none "$1" || exit 99
			to=$3; small=$1; shift 3; "$@"; code=$?; cp "$small"/*.db "$to" 2>/dev/null; exit $code`
		return append([]string{"unshare", "-m", "sh", "-c", script, "sh", small, size, dir}, argv...)
	}
}

// shortReader has somebody read so many lines of what the harness prints, who then ends.
func shortReader(lines int) func(string, []string) []string {
	return func(_ string, argv []string) []string {
		return append([]string{"bash", "-o", "pipefail", "-c", `n=$1; shift; { "$@" 2>&3 | head -n "$n"; } 3> >(head -n "$n" >&2)`, "bash", fmt.Sprint(lines)}, argv...)
	}
}

// onLine does what is to happen once the event was told.
func (h *hostFault) onLine(scene *hostScene) func(string, *os.Process) {
	done := h.act == nil
	return func(line string, p *os.Process) {
		var e bench.Event
		if done || json.Unmarshal([]byte(line), &e) != nil || e.Kind != h.after || h.step != "" && e.Step != h.step {
			return
		}
		done = true
		scene.p = p
		h.act(scene)
	}
}

// sends gives the harness a signal.
func sends(s syscall.Signal) func(*hostScene) {
	return func(scene *hostScene) {
		if err := scene.p.Signal(s); err != nil {
			scene.t.Error(err)
		}
	}
}

// stops stops the harness for a time, as a debugger, a suspended machine or Ctrl-Z does.
func stops(d time.Duration) func(*hostScene) {
	return func(scene *hostScene) {
		sends(syscall.SIGSTOP)(scene)
		time.AfterFunc(d, func() { _ = scene.p.Signal(syscall.SIGCONT) })
	}
}

// locks has another program keep the store locked for a time.
func locks(d time.Duration) func(*hostScene) {
	return func(scene *hostScene) { scene.undo = lockStore(scene.t, scene.store, d) }
}

// swapStore does something to the store's file.
func swapStore(do func(path string) error) func(*hostScene) {
	return func(scene *hostScene) {
		if err := do(scene.store); err != nil {
			scene.t.Error(err)
		}
	}
}

// otherStore is what may be done to a store under a harness that uses it, by what it is called.
var otherStore = map[string]func(path string) error{
	"is removed": os.Remove,
	"is emptied": func(path string) error { return os.Truncate(path, 0) },
	"is replaced by a copy of an hour ago": func(path string) error {
		if err := copyStore(path, path+".old"); err != nil {
			return err
		}
		db, err := sql.Open("sqlite", path+".old")
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec("DROP TRIGGER event_no_delete; DELETE FROM event; VACUUM")
		return errors.Join(err, os.Rename(path+".old", path))
	},
	"is overwritten by another file": func(path string) error {
		return os.WriteFile(path, []byte(strings.Repeat("no store\n", 10_000)), 0o600)
	},
}

func copyStore(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// lockStore has another connection hold the database for a time, or until unlock is
// called.
func lockStore(t *testing.T, path string, d time.Duration) (unlock func()) {
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Error(err)
		return func() {}
	}
	conn, err := db.Conn(context.Background())
	if err == nil {
		_, err = conn.ExecContext(context.Background(), "BEGIN EXCLUSIVE")
	}
	if err != nil {
		t.Error(err)
		return func() {}
	}
	unlock = sync.OnceFunc(func() {
		_ = conn.Close() // which rolls back
		_ = db.Close()
	})
	time.AfterFunc(d, unlock)
	return unlock
}

// checkHost checks what the harness said of its own side.
func (o *faultOutcome) checkHost(said string) {
	if !slices.Contains(o.host.exits, o.exit) {
		o.bad("exit code %d, expected one of %v: %s", o.exit, o.host.exits, o.words)
	}
	if !strings.Contains(said, o.host.says) {
		o.bad("it does not say %q: %s", o.host.says, said)
	}
}

// hostCases are the faults of the host that one campaign can show.
func hostCases() []faultCase {
	var all []faultCase
	add := func(point, what string, h hostFault, classes ...string) {
		all = append(all, faultCase{point: point, what: what, host: &h, classes: classes})
	}
	full := []int{exitFailed, exitUsage, exitPartial, exitUnrestored}
	for _, size := range []string{"8k", "96k", "112k", "128k", "136k", "144k"} {
		add("the disk is full", "with room for "+size+"B", hostFault{wrap: smallDisk(size), exits: full, says: "free some space"})
	}
	add("the disk is not full", "with room for 8 MiB", hostFault{wrap: smallDisk("8m"), exits: []int{exitDone}})
	const written = "another process writes the store"
	add("the store is locked by another program", "for 2 s after the first boot", hostFault{after: bench.EventBoot, act: locks(2 * time.Second), exits: []int{exitDone}})
	add("the store is locked by another program", "from the first boot on", hostFault{after: bench.EventBoot, act: locks(time.Hour), exits: []int{exitFailed, exitUnrestored}, says: written})
	add("the store is locked by another program", "from the restore on", hostFault{after: bench.EventRestore, act: locks(time.Hour), exits: []int{exitFailed, exitUnrestored}, says: written})
	for _, at := range []bench.EventKind{bench.EventStart, bench.EventStep, bench.EventRun, bench.EventBoot} {
		when := "at the first event `" + string(at) + "`"
		const cleans = ": restoring the guest; once more leaves it changed"
		add("Ctrl-C", when, hostFault{after: at, act: sends(syscall.SIGINT), exits: []int{exitInterrupted}, says: cleans})
		add("SIGTERM", when, hostFault{after: at, act: sends(syscall.SIGTERM), exits: []int{exitTerminated}, says: cleans})
		add("SIGHUP: the window is closed", when, hostFault{after: at, act: sends(syscall.SIGHUP), exits: []int{exitTerminated}, says: cleans})
		add("the process that was started is killed", when, hostFault{after: at, outer: true, act: sends(syscall.SIGKILL), exits: []int{exitKilled}})
		add("SIGSTOP for 8 s", when, hostFault{after: at, act: stops(8 * time.Second), exits: []int{exitDone, exitPartial}},
			noNumber, rebootFailed, readBackFailed, serverFailed, writeFailed)
	}
	for _, lines := range []int{1, 3, 6, 9} {
		add("SIGPIPE: who reads what it prints ends", fmt.Sprintf("after %d lines", lines), hostFault{wrap: shortReader(lines), exits: []int{exitDone}})
	}
	for _, at := range []bench.EventKind{bench.EventStep, bench.EventRun, bench.EventBoot, bench.EventRestore} {
		for _, what := range slices.Sorted(maps.Keys(otherStore)) {
			add("the store "+what, "at the first event `"+string(at)+"`",
				hostFault{after: at, act: swapStore(otherStore[what]), swaps: true, exits: []int{exitFailed, exitUsage, exitUnrestored}, says: "c.db"})
		}
	}
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGXCPU} {
		add(unix.SignalName(s), "at the first event `run`", hostFault{after: bench.EventRun, act: sends(s), exits: []int{exitTerminated}, says: "terminated: restoring the guest; once more leaves it changed"})
	}
	for _, s := range []syscall.Signal{syscall.SIGPIPE, syscall.SIGXFSZ} {
		add(unix.SignalName(s), "at the first event `run`", hostFault{after: bench.EventRun, act: sends(s), exits: []int{exitDone}})
	}
	return grouped("On the host", all)
}

// A store on a read-only file system is refused before the guest is touched, whether it
// is there or not; and so is one that another process runs.
func TestStoresThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: stores that cannot be written: %v", err)
	}
	c := faultCase{}
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "stores")
	if err := os.WriteFile(file, []byte(c.campaign("ro")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	l := upFaultLab(t, "ro", "", nil)
	before := l.installed()
	readOnly := `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 99; shift; exec "$@"`
	run := func(store string) []string {
		return []string{self(t), "run", file, "--store", store, "--format", "json"}
	}
	refused := func(name string, argv []string, want string) {
		t.Helper()
		exit, events, said := l.watch(faultLimit, argv, nil)
		if exit != exitFailed && exit != exitUsage || !strings.Contains(said, want) || events != "" {
			t.Errorf("%s: exit code %d, said %q, want %q; events: %s", name, exit, said, want, events)
		}
		if left := changes(before, l.installed()); len(left) > 0 {
			t.Errorf("%s: the guest was changed: %v", name, left)
		}
	}
	// One that has a boot of two.
	store := filepath.Join(folder, "c.db")
	stop := hostFault{after: bench.EventBoot, act: sends(syscall.SIGTERM)}
	if exit, _, said := l.watch(faultLimit, run(store), stop.onLine(&hostScene{t: t, lab: l, store: store})); exit != exitTerminated {
		t.Fatalf("exit code %d: %s", exit, said)
	}
	ro := func(argv []string) []string {
		return append([]string{"unshare", "-m", "sh", "-c", readOnly, "sh", folder}, argv...)
	}
	refused("a read-only store", ro(run(store)), store)
	refused("a new store on a read-only file system", ro(run(filepath.Join(folder, "new.db"))), "new.db")

	s, err := results.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Lock(); err != nil {
		t.Fatal(err)
	}
	refused("a store that another process runs", run(store), results.ErrRunning.Error())
	s.Close()
	exit, _, said := l.watch(faultLimit, run(store), nil)
	if exit != exitDone {
		t.Errorf("afterwards: exit code %d: %s", exit, said)
	}
	checkWhole(t, store)
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("afterwards: the guest is left changed: %v", left)
	}
}

// TestABootOfAFullDiskIsTakenUp: what was measured while the disk was full is kept in a file,
// which is named, and the next run has it in its store and measures only what is still to do.
func TestABootOfAFullDiskIsTakenUp(t *testing.T) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a boot of a full disk: %v", err)
	}
	kept := regexp.MustCompile(`the boot is kept in (\S+\.json);`)
	for _, size := range []string{"144k", "136k", "128k", "120k", "152k", "160k"} { // how much the store needs before its first boot is SQLite's
		dir := t.TempDir()
		file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
		if err := os.WriteFile(file, []byte(faultCase{}.campaign("full"+size)), 0o600); err != nil {
			t.Fatal(err)
		}
		l := upFaultLab(t, "full"+size, "", nil)
		run := []string{self(t), "run", file, "--store", store, "--format", "json"}
		exit, _, said := l.watch(faultLimit, smallDisk(size)(dir, run), nil)
		found := kept.FindStringSubmatch(said)
		if found == nil {
			continue
		}
		if exit == exitDone || !strings.Contains(said, "free some space") {
			t.Errorf("exit code %d: %s", exit, said)
		}
		if _, err := os.Stat(found[1]); err != nil {
			t.Fatal(err)
		}
		exit, events, said := l.watch(faultLimit, run, nil)
		if exit != exitDone || strings.Count(events, "is in the store now") != 1 || !strings.Contains(said, "done: 2 boots") {
			t.Errorf("the next run: exit code %d: %s%s", exit, events, said)
		}
		if _, err := os.Stat(found[1]); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file is still there: %v", err)
		}
		checkWhole(t, store)
		return
	}
	t.Error("no size of the disk has room for a store and none for a boot")
}
