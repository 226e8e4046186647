package windows

import (
	"testing"
	"time"
)

func TestShutdown(t *testing.T) {
	l := newLab(t)
	step := func(line string, want int) {
		t.Helper()
		if out, err, code := l.sh(line); code != want {
			t.Errorf("%s: exit code %d, want %d: %s%s", line, code, want, out, err)
		}
	}
	step("shutdown /a", 1116)
	step(`shutdown.exe /r /t 2 /f /c "vnettune"`, 0)
	step("shutdown -r -t 2 -f", 1190)
	if l.m.GoingDown() {
		t.Error("going down 2 s early")
	}
	step("shutdown /a", 0)
	step("shutdown /a", 1116)
	step("shutdown /r /t 2", 0)
	l.host.pass(2 * time.Second)
	if !l.m.GoingDown() {
		t.Error("not going down when the time has come")
	}
	step("shutdown /a", 1115)
	step("shutdown /r /t 0", 1115)
	if got := l.host.restarts; len(got) != 2 || got[0] != 2*time.Second || got[1] != 2*time.Second {
		t.Errorf("restarts asked of the machine: %v", got)
	}
	l.reboot()
	if l.m.GoingDown() {
		t.Error("the next boot is going down")
	}
}

func TestShutdownRefuses(t *testing.T) {
	l := newLab(t)
	for _, line := range []string{"shutdown", "shutdown /s /r", "shutdown /s /a", "shutdown /r /a", "shutdown /r /t", "shutdown /r /t x", "shutdown /r /t -1", "shutdown r"} {
		l.refused(line)
	}
	if len(l.host.restarts) != 0 {
		t.Errorf("a refused command restarted the machine: %v", l.host.restarts)
	}
}

// A guest that is asked to switch itself off stays down, and it can be taken back.
func TestSwitchOff(t *testing.T) {
	l := newLab(t)
	l.must("shutdown /s /t 5")
	if !l.host.off || len(l.host.restarts) != 1 || l.host.restarts[0] != 5*time.Second {
		t.Errorf("off %v after %v", l.host.off, l.host.restarts)
	}
	l.must("shutdown /a")
}

func TestAnswerWhileDown(t *testing.T) {
	l := newLab(t, "answer-while-down=5s")
	l.must("shutdown /r /t 2")
	if got := l.host.restarts[0]; got != 7*time.Second {
		t.Errorf("the machine goes down after %v, want 7s", got)
	}
	l.host.pass(6 * time.Second)
	if l.m.GoingDown() {
		t.Error("no longer answers 4 s after the asked moment")
	}
	l.host.pass(time.Second)
	if !l.m.GoingDown() {
		t.Error("answers for longer than 5 s")
	}
}
