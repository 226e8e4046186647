package guest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/lab/windows/machine"
)

func TestPowerPressed(t *testing.T) {
	event := func(kind, code uint16, value uint32) []byte {
		b := make([]byte, 16)
		b = binary.NativeEndian.AppendUint16(b, kind)
		b = binary.NativeEndian.AppendUint16(b, code)
		return binary.NativeEndian.AppendUint32(b, value)
	}
	for name, c := range map[string]struct {
		events []byte
		want   bool
	}{
		"power":           {bytes.Join([][]byte{event(0, 0, 0), event(1, 116, 1)}, nil), true},
		"release only":    {event(1, 116, 0), false},
		"another key":     {event(1, 30, 1), false},
		"another type":    {event(2, 116, 1), false},
		"cut in an event": {event(1, 116, 1)[:20], false},
	} {
		if got := powerPressed(bytes.NewReader(c.events)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAfter(t *testing.T) {
	var m Machine
	stop := m.After(time.Hour, func() { t.Error("a stopped timer fired") })
	stop()
	fired := make(chan struct{})
	m.After(0, func() { close(fired) })
	<-fired
}

func TestRestartTimer(t *testing.T) {
	r := restartTimer{fired: make(chan struct{})}
	if r.cancel() {
		t.Error("cancelled a restart that nobody asked for")
	}
	r.start(time.Hour, Restart)
	if !r.cancel() || r.cancel() {
		t.Error("a pending restart is cancelled exactly once")
	}
	r.start(time.Hour, Restart)
	r.start(0, Restart)
	<-r.fired
	r.start(0, Restart) // the machine goes down once
	if r.cancel() {
		t.Error("cancelled a restart that had begun")
	}
}

func TestProcesses(t *testing.T) {
	var p children
	if _, err := p.start(nil, ""); err == nil {
		t.Error("an empty command was started")
	}
	if _, err := p.start([]string{"/nonexistent"}, ""); err == nil {
		t.Error("a missing program was started")
	}
	pid, err := p.start([]string{"sleep", "600"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.stop(pid); err != nil {
		t.Error(err)
	}
	if err := p.stop(pid); err != nil {
		t.Errorf("a second stop: %v", err)
	}
	if _, err := p.start([]string{"sleep", "600"}, ""); err != nil {
		t.Fatal(err)
	}
	p.stopAll()
	if len(p.running) != 0 {
		t.Errorf("left: %v", p.running)
	}
	// Only what start began may be stopped.
	if err := p.stop(os.Getppid()); err != nil {
		t.Error(err)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	full := map[string]any{
		"windows": machine.Config{Generation: "w10"}, "address": "192.0.2.2/24", "disk": "/dev/vda",
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"no address":     {func(m map[string]any) { delete(m, "address") }, "address is missing"},
		"bad address":    {func(m map[string]any) { m["address"] = "here" }, "here"},
		"no disk":        {func(m map[string]any) { delete(m, "disk") }, "disk is missing"},
		"delay":          {func(m map[string]any) { m["delay"] = -1 }, "negative"},
		"no certificate": {func(map[string]any) {}, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			m := map[string]any{}
			for k, v := range full {
				m[k] = v
			}
			c.change(m)
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "config.json")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadConfig(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q and the path", err, c.want)
			}
		})
	}
	if _, err := ReadConfig("/nonexistent"); err == nil {
		t.Error("no error")
	}
}

func TestATestIsNoInit(t *testing.T) {
	if IsInit() {
		t.Error("this process is not a guest's init")
	}
}

// TestAProgramsErrorsAreKept: what a program says on its standard error stands at the
// end of the file that was named for it.
func TestAProgramsErrorsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "said")
	var p children
	for _, word := range []string{"one", "two"} {
		pid, err := p.start([]string{"sh", "-c", "echo " + word + " >&2; echo not this"}, path)
		if err != nil {
			t.Fatal(err)
		}
		for p.alive(pid) {
			time.Sleep(time.Millisecond)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "one\ntwo\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := p.start([]string{"true"}, filepath.Join(path, "x")); err == nil {
		t.Error("a file that cannot be is no error")
	}
}
