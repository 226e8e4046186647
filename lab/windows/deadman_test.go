package windows

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/machine"
)

// revertScript is the script of the contract "revert" as it is sent, in JSON.
func revertScript(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "apply", "scripts", "revert.ps1"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(sent(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sent is the text of a script as it is sent: without comment lines, empty lines and indentation.
func sent(script string) string {
	var text strings.Builder
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			text.WriteString(line + "\n")
		}
	}
	return text.String()
}

// revertCommands are revert.cmd and revert.reg as they are sent, which do the steps of putBack.
const revertCommands = `"commands": "@echo off\r\n\"powershell.exe\" -File revert.ps1\r\nreg.exe import revert.reg\r\nnetsh.exe interface tcp set global autotuninglevel=wide\r\nnetsh.exe interface tcp set global autotuninglevel=normal\r\n:reboot\r\nshutdown.exe /r /t 5 /f\r\n",
	"registry": "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\AFD\\Parameters]\r\n\"DefaultReceiveWindow\"=-\r\n"`

const (
	valueKey = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\AFD\\Parameters`
	putBack  = `[{"op": "registry-delete", "path": "` + valueKey + `", "name": "DefaultReceiveWindow"},
		{"op": "netsh", "args": ["interface", "tcp", "set", "global", "autotuninglevel=wide"]},
		{"op": "netsh", "args": ["interface", "tcp", "set", "global", "autotuninglevel=normal"]}]`
	dangerous = `{"steps": [{"op": "registry-set", "path": "` + valueKey + `", "name": "DefaultReceiveWindow", "kind": "DWord", "data": "1"},
		{"op": "netsh", "args": ["interface", "tcp", "set", "global", "autotuninglevel=disabled"]}]}`
)

func (l *lab) arm(limit int, steps string) string {
	l.t.Helper()
	return `{"action": "arm", "limit": ` + strconv.Itoa(limit) + `, "script": ` + revertScript(l.t) + `, ` + revertCommands + `, "steps": ` + steps + `}`
}

func (l *lab) deadman(in string) map[string]any {
	l.t.Helper()
	return l.played(contractFor(in), in)
}

// contractFor is the script that takes an action of the dead-man switch.
func contractFor(in string) string {
	if strings.HasPrefix(in, `{"action": "arm"`) {
		return "arm"
	}
	return "deadman"
}

const deadManStatus = `{"action": "status"}`

// changed says whether the dangerous settings are there.
func (l *lab) changed() bool {
	l.t.Helper()
	a := l.played("read", `{"tcp": true, "registry": [{"path": "`+valueKey+`", "name": "DefaultReceiveWindow"}]}`)
	value := a["registry"].([]any)[0].(map[string]any)["exists"] == true
	if netsh := strings.Contains(a["dump"].([]any)[0].(string), "autotuninglevel=disabled"); netsh != value {
		l.t.Errorf("one setting changed without the other: %v", a)
	}
	return value
}

func TestDeadManFires(t *testing.T) {
	never := map[string]any{"armed": false, "due": nil, "fired": nil, "by": nil, "outcome": nil}
	l := newLab(t)
	if d := cmp.Diff(never, l.deadman(deadManStatus)); d != "" {
		t.Errorf("before (-want +got):\n%s", d)
	}
	armed := map[string]any{"armed": true, "due": machine.FileTime(l.host.now.Add(10 * time.Minute)), "fired": nil, "by": nil, "outcome": nil}
	if d := cmp.Diff(armed, l.deadman(l.arm(600, putBack))); d != "" {
		t.Errorf("armed (-want +got):\n%s", d)
	}
	l.played("write", dangerous)
	l.host.pass(10*time.Minute - time.Second)
	if d := cmp.Diff(armed, l.deadman(deadManStatus)); d != "" || !l.changed() || len(l.host.restarts) != 0 {
		t.Errorf("a second before it is due: restarts %v (-want +got):\n%s", l.host.restarts, d)
	}
	l.host.pass(time.Second)
	fired := map[string]any{"armed": false, "due": nil, "fired": armed["due"], "by": nil, "outcome": []any{
		map[string]any{"ok": true, "exit": 0.0, "output": ""},
		map[string]any{"ok": false, "exit": 1.0, "output": "wide is not an acceptable value for autotuninglevel.\r\nThe parameter is incorrect."},
		map[string]any{"ok": true, "exit": 0.0, "output": "Ok."},
	}}
	for _, when := range []string{"fired", "after the reboot"} {
		if d := cmp.Diff(fired, l.deadman(deadManStatus)); d != "" || l.changed() {
			t.Errorf("%s (-want +got):\n%s", when, d)
		}
		if d := cmp.Diff([]time.Duration{0}, l.host.restarts); d != "" {
			t.Errorf("%s: restarts (-want +got):\n%s", when, d)
		}
		l.host.pass(time.Hour)
		l.reboot()
	}
	if d := cmp.Diff(fired, l.deadman(`{"action": "disarm"}`)); d != "" {
		t.Errorf("disarm forgets what it did (-want +got):\n%s", d)
	}
	if a := l.deadman(l.arm(600, "[]")); a["fired"] != nil || a["outcome"] != nil {
		t.Errorf("armed again: %v", a)
	}
}

func TestDeadManIsDisarmed(t *testing.T) {
	l := newLab(t)
	l.deadman(`{"action": "disarm"}`)
	l.deadman(l.arm(60, putBack))
	l.played("write", dangerous)
	if a := l.deadman(`{"action": "disarm"}`); a["armed"] != false || a["due"] != nil {
		t.Errorf("disarmed: %v", a)
	}
	l.host.pass(time.Hour)
	l.reboot()
	l.host.pass(time.Hour)
	if !l.changed() || len(l.host.restarts) != 0 {
		t.Errorf("it fired all the same: restarts %v", l.host.restarts)
	}
}

func TestDeadManArmedAgainCountsAnew(t *testing.T) {
	l := newLab(t)
	l.deadman(l.arm(60, putBack))
	l.host.pass(50 * time.Second)
	l.deadman(l.arm(60, "[]"))
	l.played("write", dangerous)
	l.host.pass(50 * time.Second)
	if len(l.host.restarts) != 0 {
		t.Error("the first task fired")
	}
	l.host.pass(10 * time.Second)
	if len(l.host.restarts) != 1 || !l.changed() {
		t.Errorf("restarts %v; the second task has no steps", l.host.restarts)
	}
}

// TestDeadManAfterBoot: the limit counts from each start of the system as well, whatever
// became of the clock meanwhile, and a moment that was missed is made up for.
func TestDeadManAfterBoot(t *testing.T) {
	for name, tc := range map[string]struct {
		faults []string
		off    time.Duration // between the boots
		after  time.Duration // from the second boot until it fires
	}{
		"at the moment":      {off: 100 * time.Second, after: 500 * time.Second},
		"missed":             {off: time.Hour},
		"clock gone back":    {faults: []string{"clock-jump=-1h"}, off: 100 * time.Second, after: 600 * time.Second},
		"clock gone forward": {faults: []string{"clock-jump=1h"}, off: 100 * time.Second},
		"other time zone":    {faults: []string{"time-zone=-8h"}, off: 100 * time.Second, after: 500 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tc.faults...)
			l.deadman(l.arm(600, putBack))
			l.played("write", dangerous)
			if err := l.m.Close(); err != nil { // nothing fires while the machine is off
				t.Fatal(err)
			}
			l.host.pass(tc.off)
			l.reboot()
			if tc.after > 0 {
				l.host.pass(tc.after - time.Second)
				if !l.changed() || len(l.host.restarts) != 0 {
					t.Error("it fired too soon")
				}
				l.host.pass(time.Second)
			}
			l.host.pass(0)
			if l.changed() || len(l.host.restarts) != 1 {
				t.Errorf("it did not fire: restarts %v", l.host.restarts)
			}
		})
	}
}

func TestDeadManRefuses(t *testing.T) {
	l := newLab(t, "writable-folder")
	l.failed("arm", l.arm(600, putBack), "rights")
	l.failed("arm", l.arm(0, putBack), "input")
	l.failed("arm", strings.Replace(l.arm(600, putBack), revertScript(t), `"calc"`, 1), "script")
	l.failed("deadman", `{"action": "jump"}`, "jump")
	l.failed("revert", `{}`, "revert")
	if a := l.deadman(deadManStatus); a["armed"] != false || len(l.host.timers) != 0 {
		t.Errorf("armed all the same: %v", a)
	}
}

func TestSchtasks(t *testing.T) {
	l := newLab(t)
	const ask = `schtasks /query /tn \vnettune\revert`
	l.refused(ask)
	l.deadman(l.arm(600, "[]"))
	if out := l.must(ask); !strings.Contains(out, "revert                                   1/2/2026 3:15:05 AM") {
		t.Errorf("got %q", out)
	}
	l.refused(`schtasks /query /tn \other`)
	l.refused(`schtasks /delete /tn \vnettune\revert`) // it would ask
	l.refused(`schtasks /create /tn \vnettune\revert`)
	l.refused(`schtasks /delete /tn \other /f`)
	l.must(`schtasks /delete /tn \vnettune\revert /f`)
	l.refused(ask)
	if len(l.host.timers) != 0 {
		t.Errorf("%d timers of a task that is gone", len(l.host.timers))
	}
}

// A task that has a line of its own is run by the shell, which does all of it.
func TestTaskIsRunByTheShell(t *testing.T) {
	l := newLab(t)
	var ran []string
	l.m.UseShell(func(_ context.Context, p *machine.Process, line string) int {
		ran = append(ran, line)
		return 0
	})
	task := &machine.DeadManTask{Limit: time.Minute, Due: l.m.Now().Add(time.Minute), Action: "powershell.exe -Command revert"}
	if err := l.m.SetDeadMan(task); err != nil {
		t.Fatal(err)
	}
	l.host.pass(time.Minute)
	if want := []string{task.Action}; !slices.Equal(ran, want) {
		t.Errorf("run: %q, want %q", ran, want)
	}
	if s := l.m.View().DeadMan; s.Done != nil || len(l.host.restarts) != 0 {
		t.Errorf("played beside that: %+v, %d restarts", s, len(l.host.restarts))
	}
	if code := l.m.Run(t.Context(), machine.Command{Line: "ver", Shell: true}); code != 0 || len(ran) != 2 || ran[1] != "ver" {
		t.Errorf("a shell's line: code %d, %q", code, ran)
	}
}

func TestBootEvent(t *testing.T) {
	l := newLab(t, "clock-jump=-1h")
	event := func() uint64 {
		t.Helper()
		a := l.played("boot", `{"check": "0123456789abcdef0123456789abcdef"}`)
		n, err := strconv.ParseUint(a["bootEvent"].(string), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	last := event()
	if again := event(); again != last {
		t.Errorf("it grew without a boot: %d, %d", last, again)
	}
	for range 3 {
		l.reboot()
		next := event()
		if next < last+2 {
			t.Errorf("record %d after %d: a boot leaves several events", next, last)
		}
		last = next
	}
}

// TestClockFaults: the clock jumps between the first boot and the second, and the boot
// time goes with it.
func TestClockFaults(t *testing.T) {
	l := newLab(t, "clock-jump=-1h", "time-zone=5h30m")
	before := l.m.OS()
	if d := before.LocalDateTime.Sub(l.host.now); d != 0 {
		t.Errorf("the first boot is off by %v", d)
	}
	l.host.pass(time.Minute)
	l.reboot()
	for range 2 {
		os := l.m.OS()
		if d := os.LastBootUpTime.Sub(l.host.boot); d != -time.Hour {
			t.Errorf("boot time off by %v", d)
		}
		if _, zone := os.LocalDateTime.Zone(); zone != 19800 || os.LocalDateTime.Sub(l.host.now) != -time.Hour {
			t.Errorf("clock %v, want that of %v an hour ago at +05:30", os.LocalDateTime, l.host.now)
		}
		l.reboot()
	}
}
