package lab_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/lab"
	"vnettune/trouble"
)

// newManager gives labs of this test's own; whatever happens they end with it.
func newManager(t *testing.T, cache string) lab.Manager {
	t.Helper()
	m := lab.Manager{State: filepath.Join(t.TempDir(), "labs"), Cache: cache, Runtime: t.TempDir()}
	t.Cleanup(func() {
		entries, _ := os.ReadDir(m.State)
		for _, e := range entries {
			if e.IsDir() {
				if err := m.Down(context.Background(), e.Name()); err != nil {
					t.Errorf("clean up: %v", err)
				}
			}
		}
	})
	return m
}

func needFast(t *testing.T) {
	t.Helper()
	for _, program := range []string{"iperf3", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("THE FAST LAB IS NOT TESTED: no %s; run: apt-get install iperf3 util-linux", program)
		}
	}
	if os.Geteuid() != 0 {
		cmd := exec.Command("unshare", "-Urn", "true")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("THE FAST LAB IS NOT TESTED: this host gives its users no namespaces (%s); run the tests as root", bytes.TrimSpace(out))
		}
	}
}

func upFast(t *testing.T, m lab.Manager, name string) lab.Info {
	t.Helper()
	i, err := m.Up(t.Context(), lab.Options{Name: name, Kind: lab.KindFast, Executable: executable(t)})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// footprint is what a lab has on the host.
type footprint struct {
	processes []int
	namespace *os.File // held open: the kernel gives the number of one that is gone to the next
}

func footprintOf(t *testing.T, i lab.Info) footprint {
	t.Helper()
	b, err := os.ReadFile(i.KeeperLog)
	if err != nil {
		t.Fatal(err)
	}
	f := footprint{processes: []int{i.KeeperPID}}
	for _, m := range regexp.MustCompile(`process (\d+)`).FindAllSubmatch(b, -1) {
		pid, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		f.processes = append(f.processes, pid)
	}
	password, err := os.ReadFile(i.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range f.processes {
		line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		if err == nil && bytes.Contains(line, bytes.TrimSpace(password)) { // one that has ended shows nothing
			t.Errorf("process %d shows the password on its command line", pid)
		}
	}
	if f.namespace, err = os.Open("/proc/" + strconv.Itoa(i.KeeperPID) + "/ns/net"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.namespace.Close() })
	return f
}

func (f footprint) mustBeGone(t *testing.T) {
	t.Helper()
	for _, pid := range f.processes {
		waitEnd(t, pid) // the keeper is this process's child, and dead before it is waited for
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		left := f.inNamespace(t) // what a killed keeper began is ended by the kernel, one after the other
		if len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Errorf("still in the lab's network namespace: %v", left)
			break
		}
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if strings.HasPrefix(i.Name, "vnt") {
			t.Errorf("interface %s is left in the host's namespace", i.Name)
		}
	}
}

// inNamespace gives the /proc/PID/ns/net of every process in the lab's network namespace.
func (f footprint) inNamespace(t *testing.T) []string {
	t.Helper()
	lab, err := f.namespace.Stat()
	if err != nil {
		t.Fatal(err)
	}
	namespaces, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(namespaces, func(n string) bool {
		other, err := os.Stat(n)
		return err != nil || !os.SameFile(lab, other)
	})
}

func TestFastLab(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	i := upFast(t, m, "whole")

	again := upFast(t, m, "whole")
	if again.KeeperPID != i.KeeperPID {
		t.Error("a second Up with the same options started another lab")
	}
	if _, err := m.Up(t.Context(), lab.Options{Name: "whole", Kind: lab.KindFast, Executable: executable(t), Faults: []string{"iperf-fails"}}); err == nil || !strings.Contains(trouble.Line(err), "take it down first") {
		t.Errorf("Up with other options: %v", err)
	}
	if got := ask(t, i, "fingerprint"); got != i.Fingerprint {
		t.Errorf("certificate over HTTPS has fingerprint %s, info says %s", got, i.Fingerprint)
	}
	if info, err := os.Stat(i.PasswordFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Dir(i.PasswordFile)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("lab's folder: %v, %v", info.Mode(), err)
	}
	if all, err := m.List(); err != nil || len(all) != 1 || all[0].Name != "whole" {
		t.Errorf("List: %v, %v", all, err)
	}

	ask(t, i, "shutdown /r /t 1") // with 0 the answer is often lost, as on Windows
	waitFor(t, i.KeeperLog, "boot 2: first answer")
	ask(t, i, "hostname")
	var logs bytes.Buffer
	if err := m.Logs("whole", &logs); err != nil || !strings.Contains(logs.String(), "boot 1: the guest reset itself") {
		t.Errorf("logs (%v):\n%s", err, &logs)
	}

	f := footprintOf(t, i)
	if len(f.processes) != 3 {
		t.Errorf("processes %v, want the keeper and two boots", f.processes)
	}
	if err := m.Down(t.Context(), "whole"); err != nil {
		t.Fatal(err)
	}
	f.mustBeGone(t)
	if left, _ := os.ReadDir(m.State); len(left) != 0 {
		t.Errorf("left in the state folder: %v", left)
	}
	if _, err := m.Status("whole"); !errors.Is(err, lab.ErrNotUp) {
		t.Errorf("Status after Down: %v", err)
	}
	if err := m.Down(t.Context(), "whole"); !errors.Is(err, lab.ErrNotUp) {
		t.Errorf("a second Down: %v", err)
	}
}

func TestSettingsOutliveTheReboot(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	i := upFast(t, m, "disk")
	ask(t, i, "netsh interface tcp set global autotuninglevel=disabled")
	waitFor(t, i.Console, "ReceiveWindow=65535")
	before, err := os.ReadFile(i.Console)
	if err != nil {
		t.Fatal(err)
	}
	ask(t, i, "shutdown /r /t 1") // with 0 the answer is often lost, as on Windows
	waitFor(t, i.KeeperLog, "boot 2: first answer")
	after, err := os.ReadFile(i.Console)
	if err != nil {
		t.Fatal(err)
	}
	if second := string(after[len(before):]); !strings.Contains(second, "ReceiveWindow=65535") {
		t.Errorf("the second boot forgot the setting:\n%s", second)
	}
}

func TestKilledKeeperTakesItsGuestAlong(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	i := upFast(t, m, "killed")
	f := footprintOf(t, i)
	if err := syscall.Kill(i.KeeperPID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	f.mustBeGone(t)
	if _, err := m.Status("killed"); !errors.Is(err, lab.ErrNotUp) || !strings.Contains(trouble.Line(err), i.KeeperLog) {
		t.Errorf("Status of a lab without a keeper: %v", err)
	}
	if next := upFast(t, m, "killed"); next.KeeperPID == i.KeeperPID {
		t.Error("the dead lab was returned as up")
	}
}

func TestFailedUpLeavesNothing(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	for name, o := range map[string]lab.Options{
		"generation": {Kind: lab.KindFast, Generation: "w95", Executable: executable(t)},
		"program":    {Kind: lab.KindFast, Executable: "/nonexistent"},
		"engine":     {Kind: lab.KindFast, Executable: executable(t), Engine: t.TempDir()},
	} {
		if _, err := m.Up(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(m.State); len(left) != 0 {
			t.Errorf("%s: left in the state folder: %v", name, left)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Up(ctx, lab.Options{Kind: lab.KindFast, Executable: executable(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(m.State); len(left) != 0 {
		t.Errorf("cancelled: left in the state folder: %v", left)
	}
}

func TestTwoLabsHaveTheSameAddresses(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	a, b := upFast(t, m, "one"), upFast(t, m, "two")
	if a.GuestAddress != b.GuestAddress {
		t.Fatalf("addresses %s and %s", a.GuestAddress, b.GuestAddress)
	}
	if ask(t, a, "fingerprint") == ask(t, b, "fingerprint") {
		t.Error("both names lead to one guest")
	}
}

// waitEnd waits until a process that was told to end has ended.
func waitEnd(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
	}
	t.Fatalf("process %d does not end", pid)
}
