package lab_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vnettune/lab"
)

// agent is as much of a guest agent's client as it takes to run a program.
// Protocol: qga/qapi-schema.json of QEMU.
type agent struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dialAgent(t *testing.T, socket string) *agent {
	t.Helper()
	if socket == "" {
		t.Fatal("the lab has no guest agent")
	}
	var conn net.Conn
	var err error
	for range 500 { // the agent starts once WinRM answers
		if conn, err = net.Dial("unix", socket); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(90 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &agent{t, conn, bufio.NewReader(conn)}
}

func (a *agent) execute(command string, arguments, result any) error {
	a.t.Helper()
	if err := json.NewEncoder(a.conn).Encode(map[string]any{"execute": command, "arguments": arguments}); err != nil {
		a.t.Fatal(err)
	}
	line, err := a.in.ReadBytes('\n')
	if err != nil {
		a.t.Fatalf("%s: %v", command, err)
	}
	var answer struct {
		Return json.RawMessage
		Error  *struct{ Desc string }
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		a.t.Fatalf("%s: %v: %s", command, err, line)
	}
	if answer.Error != nil {
		return os.ErrInvalid
	}
	if result != nil {
		if err := json.Unmarshal(answer.Return, result); err != nil {
			a.t.Fatalf("%s: %v: %s", command, err, line)
		}
	}
	return nil
}

// run runs a program to its end.
func (a *agent) run(input, path string, args ...string) (stdout string, code int) {
	a.t.Helper()
	var started struct{ PID int }
	err := a.execute("guest-exec", map[string]any{
		"path": path, "arg": args, "capture-output": true, "input-data": base64.StdEncoding.EncodeToString([]byte(input)),
	}, &started)
	if err != nil {
		a.t.Fatalf("%s: not started", path)
	}
	for {
		var status struct {
			Exited   bool
			ExitCode int
			Out      []byte `json:"out-data"`
			Err      []byte `json:"err-data"`
		}
		if err := a.execute("guest-exec-status", map[string]any{"pid": started.PID}, &status); err != nil {
			a.t.Fatal("the status of a program that runs is refused")
		}
		if status.Exited {
			return string(status.Out) + string(status.Err), status.ExitCode
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// mustPlay checks that the agent's programs are those of the personality.
func (a *agent) mustPlay(kind string) {
	a.t.Helper()
	if out, code := a.run("", "cmd.exe", "/c", "ver & whoami"); code != 0 || out != "\r\nMicrosoft Windows [Version 10.0.19045]\r\nnt authority\\system\r\n" {
		a.t.Errorf("cmd: %q, exit code %d", out, code)
	}
	out, code := a.run("", `C:\Windows\System32\reg.exe`, "query", `HKLM\SOFTWARE\vnettune`, "/v", "StandIn")
	if code != 0 || !strings.HasSuffix(strings.TrimSpace(out), "    "+kind) {
		a.t.Errorf("reg: %q, exit code %d", out, code)
	}
	if out, code := a.run("", "schtasks.exe", "/query", "/tn", `\vnettune\revert`); code != 1 {
		a.t.Errorf("schtasks: %q, exit code %d", out, code)
	}
	// A script that the guest does not know comes to its PowerShell all the same.
	if out, code := a.run("{}", "powershell.exe", "-NoProfile", "-EncodedCommand", "eAA="); code != 1 || !strings.Contains(out, "SHA-256") {
		a.t.Errorf("powershell: %q, exit code %d", out, code)
	}
}

// processesWith are the ids of the processes that have a word on their command line.
func processesWith(t *testing.T, word string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(word)) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestFastLabAgent(t *testing.T) {
	needFast(t)
	if _, err := exec.LookPath("/usr/sbin/qemu-ga"); err != nil {
		t.Skip("THE GUEST AGENT IS NOT TESTED: no qemu-ga; run: apt-get install qemu-guest-agent")
	}
	m := newManager(t, "")
	i := upFast(t, m, "agent")
	a := dialAgent(t, i.AgentSocket)
	a.mustPlay("lab-fast")
	// The file system is the host's, and so would be what these do.
	for _, command := range []string{"guest-shutdown", "guest-file-open", "guest-fsfreeze-freeze", "guest-set-time"} {
		var about struct {
			Commands []struct {
				Name    string
				Enabled bool
			} `json:"supported_commands"`
		}
		if err := a.execute("guest-info", map[string]any{}, &about); err != nil {
			t.Fatal("guest-info is refused")
		}
		for _, c := range about.Commands {
			if c.Name == command && c.Enabled {
				t.Errorf("%s is enabled", command)
			}
		}
	}
	if _, code := a.run("", "shutdown.exe", "/r", "/t", "1", "/f"); code != 0 {
		t.Errorf("shutdown: exit code %d", code)
	}
	waitFor(t, i.KeeperLog, "boot 2: first answer")
	waitForCount(t, i.Console, "guest agent: process", 2)
	dialAgent(t, i.AgentSocket).mustPlay("lab-fast")
	agents := processesWith(t, i.AgentSocket)
	if len(agents) != 1 {
		t.Errorf("agents %v, want one", agents)
	}
	if err := m.Down(t.Context(), "agent"); err != nil {
		t.Fatal(err)
	}
	for _, pid := range agents {
		waitEnd(t, pid)
	}
}

// waitForCount waits until a log has said something so many times.
func waitForCount(t *testing.T, path, text string, n int) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(path); err == nil && bytes.Count(b, []byte(text)) >= n {
			return
		}
	}
	t.Fatalf("%s never said %q %d times", path, text, n)
}

const vlanKey = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`

// mustLoseItsNetwork gives the guest a VLAN that the lab's network does not have: after
// the reboot WinRM is out of reach, and the guest agent is the way back.
func mustLoseItsNetwork(t *testing.T, i lab.Info, boots int) {
	t.Helper()
	a := dialAgent(t, i.AgentSocket)
	if out, code := a.run("", "reg.exe", "add", vlanKey, "/v", "VlanID", "/t", "REG_SZ", "/d", "7", "/f"); code != 0 {
		t.Fatalf("reg add: %q, exit code %d", out, code)
	}
	ask(t, i, "output hostname") // nothing changes before the reboot
	a.restart(i, boots+1)
	if out, err := asked(t, i, "output hostname"); err == nil {
		t.Errorf("WinRM answers %q from a VLAN that nobody is in", out)
	}
	a = dialAgent(t, i.AgentSocket)
	if out, code := a.run("", "reg.exe", "add", vlanKey, "/v", "VlanID", "/t", "REG_SZ", "/d", "0", "/f"); code != 0 {
		t.Fatalf("reg add over the agent: %q, exit code %d", out, code)
	}
	a.restart(i, boots+2)
	waitFor(t, i.KeeperLog, "boot "+strconv.Itoa(boots+2)+": first answer")
	if log, err := os.ReadFile(i.KeeperLog); err != nil || strings.Contains(string(log), "boot "+strconv.Itoa(boots+1)+": first answer") {
		t.Errorf("the boot without a network answered (%v):\n%s", err, log)
	}
	ask(t, i, "output hostname")
}

// restart asks for a reboot and waits until the new boot's agent has started.
func (a *agent) restart(i lab.Info, boot int) {
	a.t.Helper()
	if out, code := a.run("", "shutdown.exe", "/r", "/t", "1", "/f"); code != 0 {
		a.t.Fatalf("shutdown: %q, exit code %d", out, code)
	}
	waitForCount(a.t, i.Console, "guest agent: process", boot)
}

func TestFastLabInAVLAN(t *testing.T) {
	needFast(t)
	if _, err := exec.LookPath("/usr/sbin/qemu-ga"); err != nil {
		t.Skip("THE GUEST AGENT IS NOT TESTED: no qemu-ga; run: apt-get install qemu-guest-agent")
	}
	m := newManager(t, "")
	i := upFast(t, m, "vlan")
	mustLoseItsNetwork(t, i, 1)
}
