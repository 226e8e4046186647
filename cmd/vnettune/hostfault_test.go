package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
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

	space  string          // size of the file system that the store is on; "": that of the test's folder
	after  bench.EventKind // when the following happen: at the first such event
	signal syscall.Signal  // sent to the harness
	frozen time.Duration   // for which the harness is stopped
	locked time.Duration   // for which another process keeps the store locked

	unlock func() // ends that lock
}

// argv puts the harness on a file system of that size, in a mount namespace of its own
// that ends with it. The store is kept beside it.
func (h *hostFault) argv(dir string, argv []string) []string {
	if h.space == "" {
		return argv
	}
	small := filepath.Join(dir, "small")
	argv = slices.Clone(argv)
	at := slices.Index(argv, "--store") + 1
	store := argv[at]
	argv[at] = filepath.Join(small, filepath.Base(store))
	script := `mkdir "$1" && mount -t tmpfs -o size="$2" none "$1" || exit 99
		to=$3; small=$1; shift 3; "$@"; code=$?; cp "$small"/*.db "$to" 2>/dev/null; exit $code`
	return append([]string{"unshare", "-m", "sh", "-c", script, "sh", small, h.space, dir}, argv...)
}

// onLine does what is to happen once the event was told.
func (h *hostFault) onLine(t *testing.T, store string) func(string, *os.Process) {
	var once sync.Once
	return func(line string, p *os.Process) {
		var e bench.Event
		if json.Unmarshal([]byte(line), &e) != nil || e.Kind != h.after {
			return
		}
		once.Do(func() {
			if h.signal != 0 {
				if err := p.Signal(h.signal); err != nil {
					t.Error(err)
				}
			}
			if h.frozen > 0 {
				if err := p.Signal(syscall.SIGSTOP); err != nil {
					t.Error(err)
				}
				time.AfterFunc(h.frozen, func() { _ = p.Signal(syscall.SIGCONT) }) // it may have been killed
			}
			if h.locked > 0 {
				h.unlock = lockStore(t, store, h.locked)
			}
		})
	}
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
	for _, size := range []string{"8k", "96k", "112k", "128k", "136k", "144k"} {
		all = append(all, faultCase{point: "the disk is full", what: "with room for " + size + "B",
			host: &hostFault{space: size, exits: []int{exitFailed, exitUsage, exitPartial, exitUnrestored}, says: "free some space"}})
	}
	all = append(all,
		faultCase{point: "the disk is not full", what: "with room for 8 MiB", host: &hostFault{space: "8m", exits: []int{exitDone}}},
		faultCase{point: "the store is locked by another program", what: "for 2 s after the first boot", host: &hostFault{after: bench.EventBoot, locked: 2 * time.Second, exits: []int{exitDone}}},
		faultCase{point: "the store is locked by another program", what: "from the first boot on", host: &hostFault{after: bench.EventBoot, locked: time.Hour, exits: []int{exitFailed, exitUnrestored}, says: "another process writes the store"}},
		faultCase{point: "the store is locked by another program", what: "from the restore on", host: &hostFault{after: bench.EventRestore, locked: time.Hour, exits: []int{exitFailed, exitUnrestored}, says: "another process writes the store"}})
	for _, at := range []bench.EventKind{bench.EventStart, bench.EventStep, bench.EventRun, bench.EventBoot} {
		all = append(all,
			faultCase{point: "Ctrl-C", what: "at the first event `" + string(at) + "`", host: &hostFault{after: at, signal: syscall.SIGINT, exits: []int{exitInterrupted}, says: "stopping after cleaning up"}},
			faultCase{point: "SIGHUP", what: "at the first event `" + string(at) + "`", host: &hostFault{after: at, signal: syscall.SIGHUP, exits: []int{exitTerminated}, says: "stopping after cleaning up"}},
			faultCase{point: "SIGTERM", what: "at the first event `" + string(at) + "`", host: &hostFault{after: at, signal: syscall.SIGTERM, exits: []int{exitTerminated}, says: "stopping after cleaning up"}})
	}
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGXCPU} {
		all = append(all, faultCase{point: unix.SignalName(s), what: "at the first event `run`", host: &hostFault{after: bench.EventRun, signal: s, exits: []int{exitTerminated}, says: "stopping after cleaning up"}})
	}
	for _, s := range []syscall.Signal{syscall.SIGPIPE, syscall.SIGXFSZ} {
		all = append(all, faultCase{point: unix.SignalName(s), what: "at the first event `run`", host: &hostFault{after: bench.EventRun, signal: s, exits: []int{exitDone}}})
	}
	for _, at := range []bench.EventKind{bench.EventStart, bench.EventRun, bench.EventBoot, bench.EventRestore} {
		all = append(all, faultCase{point: "SIGSTOP", what: "for 5 s from the first event `" + string(at) + "` on", host: &hostFault{after: at, frozen: 5 * time.Second, exits: []int{exitDone}}})
	}
	return grouped("On the host", all)
}

// A store on a read-only file system is refused before the guest is touched, whether it
// is there or not; and so is one that another process runs.
func TestStoresThatCannotBeWritten(t *testing.T) {
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
	stop := hostFault{after: bench.EventBoot, signal: syscall.SIGTERM}
	if exit, _, said := l.watch(faultLimit, run(store), stop.onLine(t, store)); exit != exitTerminated {
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
