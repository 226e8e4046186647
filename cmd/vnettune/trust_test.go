package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
)

// strangeCampaign leads to a guest that a stranger named.
const strangeCampaign = `name: strange
guest:
  control: %s
  data: 127.0.0.1
  user: Administrator
  password_file: key
  generation: w10
  rescue: {dead_man: off}
design: list
arms:
  - set: {tcp.autotuninglevel: disabled}
limits: {answer: 3s, command: 15s, reboot: {ask: 15s, going_down: 8s, down: 5s, up: 15s, ready: 15s}}
`

// stranger is a store that somebody else made, which leads to a port that counts who comes.
type stranger struct {
	dir, store string
	came       *atomic.Int32
}

func newStranger(t *testing.T) stranger {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := stranger{dir: t.TempDir(), came: new(atomic.Int32)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.came.Add(1)
			c.Close()
		}
	}()
	text := fmt.Sprintf(strangeCampaign, "http://"+l.Addr().String())
	c, err := campaign.Parse("strange.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	s.store = filepath.Join(s.dir, "strange.db")
	store, err := results.Create(s.store, results.Campaign{Name: "strange", File: "strange.yaml", Text: []byte(text), Generation: "w10", Plan: plan, Seed: c.Seed, Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.SaveOriginals(record.Originals{Generation: "w10", Settings: []record.Original{{
		Place: record.Place{ID: "tcp.autotuninglevel", Kind: string(matrix.NetshGlobal), Name: "autotuninglevel", Template: "Internet"},
		State: record.State{Exists: true, Kind: "word", Data: "normal"},
	}, {
		Place: record.Place{ID: "own.Mine", Kind: string(matrix.Registry), Path: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "Mine", Type: "DWord"},
	}}})
	for name, text := range map[string]string{"strange.yaml": text, "key": "hunter2\n"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
	}
	if err = errors.Join(err, store.NoteChanged(time.Now())); err != nil {
		t.Fatal(err)
	}
	return s
}

// command is vnettune in a session of its own, without a terminal and outside any lab.
func (s stranger) command(t *testing.T, args ...string) *exec.Cmd {
	cmd := exec.Command(self(t), args...)
	cmd.Dir = s.dir
	cmd.Env = append(cmd.Environ(), insideEnv+"=none", "XDG_STATE_HOME="+filepath.Join(s.dir, "state"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// shown is what must be shown before the password goes anywhere.
var shown = []string{"guest: http://127.0.0.1 port ", `user "Administrator"`, `password: from the file "key"`, `campaign: "strange", begun `, "settings that are written there: tcp.autotuninglevel, own.Mine (HKLM", `Tcpip\Parameters\Mine)`}

// A store of a stranger sends the password nowhere unless a person says so.
func TestAStrangersStoreIsNotBelieved(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"restore", "strange.db"}, {"run", "strange.yaml"}} {
		s := newStranger(t)
		out, err := s.command(t, args...).CombinedOutput()
		for _, want := range append(shown, "not known to be made by this user on this host", "there is no terminal to ask", "where: strange.db", "say --yes") {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v does not say %q:\n%s", args, want, out)
			}
		}
		if code := exitCode(exitOf(err)); code != exitUsage || s.came.Load() != 0 {
			t.Errorf("%v: exit code %d, %d connections; want a refusal before any", args, code, s.came.Load())
		}
		out, err = s.command(t, append(args, "--yes")...).CombinedOutput()
		for _, want := range append(shown, "by --yes it is believed") {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v --yes does not say %q:\n%s", args, want, out)
			}
		}
		if code := exitCode(exitOf(err)); code == exitUsage || s.came.Load() == 0 {
			t.Errorf("%v --yes: exit code %d, %d connections; want it to go on\n%s", args, code, s.came.Load(), out)
		}
	}
}

func TestAStrangersStoreIsAskedAboutOnTheTerminal(t *testing.T) {
	t.Parallel()
	for answer, believed := range map[string]bool{"n\n": false, "\n": false, "no\n": false, "y\n": true, "Yes\n": true} {
		s := newStranger(t)
		said, code := onTerminal(t, s.command(t, "restore", "strange.db"), answer)
		for _, want := range append(shown, "Believe it? [y/N]") {
			if !strings.Contains(said, want) {
				t.Errorf("%q: it does not say %q:\n%s", answer, want, said)
			}
		}
		if came := s.came.Load() > 0; came != believed || (code == exitUsage) == believed {
			t.Errorf("%q: exit code %d, reached %v; want it believed %v\n%s", answer, code, came, believed, said)
		}
	}
}

// onTerminal runs a command on a terminal of its own, which answers the question, and gives
// what the terminal showed.
func onTerminal(t *testing.T, cmd *exec.Cmd, answer string) (said string, code int) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("NOT TESTED: a question on the terminal: %v", err)
	}
	defer master.Close()
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skipf("NOT TESTED: a question on the terminal: %v", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("NOT TESTED: a question on the terminal: %v", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr.Setctty = true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	asked := false
	var all strings.Builder
	for b := make([]byte, 4096); ; {
		n, err := master.Read(b)
		all.Write(b[:n])
		if !asked && strings.Contains(all.String(), "[y/N]") {
			asked = true
			if _, err := master.WriteString(answer); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // the other end is closed
			break
		}
	}
	return all.String(), exitCode(exitOf(cmd.Wait()))
}

// A store that this user made on this host is restored without a question, wherever it
// lies, and one in which somebody has put another value since is not.
func TestTheStoreOfOnesOwnCampaignIsBelieved(t *testing.T) {
	t.Parallel()
	needFastLab(t, "a store that was copied and one that was changed")
	name := "believed"
	l := upFaultLab(t, name, "", nil)
	dir := t.TempDir()
	file, store, copied := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db"), filepath.Join(dir, "copied.db")
	if err := os.WriteFile(file, []byte(faultCase{}.campaign(name)), 0o600); err != nil {
		t.Fatal(err)
	}
	if exit, _, said := l.run(faultLimit, "run", file, "--store", store); exit != exitDone {
		t.Fatalf("run: exit code %d: %s", exit, said)
	}
	s, err := results.Open(store)
	if err == nil {
		err = errors.Join(s.NoteChanged(time.Now()), s.Close()) // so that there is something to believe
	}
	text, readErr := os.ReadFile(store)
	if err := errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{store, copied} {
		if exit, _, said := l.run(faultLimit, "restore", path); exit != exitDone {
			t.Errorf("restore %s: exit code %d: %s", path, exit, said)
		}
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	changeOriginals(t, copied)
	argv := []string{"setsid", "-w", self(t), "restore", copied} // without a terminal, whoever runs this test
	if exit, _, said := l.watch(faultLimit, argv, nil); exit != exitUsage || !strings.Contains(said, "not known to be made by this user") {
		t.Errorf("restore of a changed copy: exit code %d: %s", exit, said)
	}
}

// changeOriginals puts another value into a store, as somebody who has the file can.
func changeOriginals(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, stmt := range []string{"DROP TRIGGER originals_no_UPDATE", `UPDATE originals SET data = replace(data, '"data":"normal"', '"data":"disabled"')`} {
		if r, err := db.Exec(stmt); err != nil {
			t.Fatal(err)
		} else if n, _ := r.RowsAffected(); n == 0 && strings.HasPrefix(stmt, "UPDATE") {
			t.Fatal("nothing was changed")
		}
	}
}
