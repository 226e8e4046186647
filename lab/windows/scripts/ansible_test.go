package scripts

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
	"vnettune/lab/kernel"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// The scripts of win_reboot are Ansible's and are not copied here: what is tested is the
// recognition by stand-ins with the same parts. tools/test-extern runs the real ones.
func TestAnsibleParts(t *testing.T) {
	for _, script := range []string{
		"x\nif ($True) {\n shutdown /r /t 2 /c 'it''s ' | y",
		"success-0", "'success-", "",
	} {
		if s, ok := parseAnsible(script); ok {
			t.Errorf("%q was taken for %q", script, s.asks)
		}
	}
	var known map[string]string
	if err := json.Unmarshal(ansibleHashes, &known); err != nil {
		t.Fatal(err)
	}
	for _, asks := range []string{ansibleBootTime, ansibleReboot, ansibleReady} {
		if len(known[asks]) != 64 {
			t.Errorf("%s: hash %q", asks, known[asks])
		}
	}
}

func FuzzParseAnsible(f *testing.F) {
	f.Add("x\nif ($True) {\n /t 2 /c 'it''s ' | y")
	f.Add("'success-8a0da02d-dd17-49ea-ac97-cab1352036b6'")
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := parseAnsible(s); ok && a.asks == ansibleReboot && a.delay == "" {
			t.Error("a restart without its delay")
		}
	})
}

func TestAnsibleReboots(t *testing.T) {
	boot := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	host := &bareHost{now: boot.Add(time.Minute), boot: boot}
	ed := &machine.Edition{
		Generation: "w10", Language: console.English, Installed: func() (*registry.Tree, error) { return registry.New(), nil }, Scheduled: machine.ShutdownScheduled, MaxDelay: 10,
		Environment: func(string) map[string]string { return nil },
		Effects:     func(stack.AtBoot, stack.TCP, int, stack.Allowed) kernel.Settings { return kernel.Settings{} },
	}
	m, err := machine.New(ed, machine.Config{Generation: "w10", Language: "en", User: "u", Password: "p"}, noDisk{}, host)
	if err != nil {
		t.Fatal(err)
	}
	run := func(s ansibleScript) (string, int) {
		var out strings.Builder
		p := &machine.Process{Machine: m, Command: machine.Command{Stdout: &out, Stderr: &out, CodePage: 65001}}
		code := ansible(t.Context(), p, s)
		return strings.ReplaceAll(out.String(), "\r\n", "\n"), code
	}
	if out, code := run(ansibleScript{asks: ansibleBootTime}); code != 0 || strings.TrimSpace(out) != machine.FileTime(boot) {
		t.Errorf("boot time: %q, %d", out, code)
	}
	host.now = host.now.Add(time.Minute)
	ready := ansibleScript{asks: ansibleReady, success: "success-1"}
	if out, code := run(ready); code != 0 || !strings.Contains(out, "success-1") {
		t.Errorf("ready: %q, %d", out, code)
	}
	var answer struct {
		Stdout, Stderr string
		RC             int
	}
	reboot := ansibleScript{asks: ansibleReboot, forget: true, delay: "2", comment: "it's Ansible"}
	out, code := run(reboot)
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 || answer.RC != 0 {
		t.Errorf("reboot: %q, %d, %v", out, code, err)
	}
	if len(host.restarts) != 1 || host.restarts[0] != 2*time.Second {
		t.Errorf("restarts %v", host.restarts)
	}
	if out, code := run(ready); code != 1 || strings.Contains(out, "success") {
		t.Errorf("ready after the key was deleted: %q, %d", out, code)
	}
	out, _ = run(reboot)
	if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.RC != machine.ShutdownScheduled || !strings.Contains(answer.Stderr, "("+strconv.Itoa(machine.ShutdownScheduled)+")") {
		t.Errorf("a second reboot: %q, %v", out, err)
	}
}

// bareHost is as much of a machine as a restart takes.
type bareHost struct {
	machine.Host
	now, boot time.Time
	restarts  []time.Duration
}

func (h *bareHost) Now() time.Time               { return h.now }
func (h *bareHost) BootTime() time.Time          { return h.boot }
func (h *bareHost) SwitchOff(time.Duration)      {}
func (h *bareHost) Restart(d time.Duration)      { h.restarts = append(h.restarts, d) }
func (h *bareHost) Adapters() []stack.Adapter    { return nil }
func (h *bareHost) Effect(kernel.Settings) error { return nil }
func (h *bareHost) Kind() string                 { return "bare" }

// noDisk keeps nothing.
type noDisk struct{}

func (noDisk) Load() ([]byte, error) { return nil, nil }
func (noDisk) Save([]byte) error     { return nil }
