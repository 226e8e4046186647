package child_test

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"

	"vnettune/lab/internal/child"
)

func TestWaitGivesTheExitCode(t *testing.T) {
	p, err := child.Start(exec.Command("sh", "-c", "exit 3"))
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := p.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("got %v", err)
	}
}

func TestKillLeavesNothing(t *testing.T) {
	p, err := child.Start(exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d after Kill: %v", p.PID(), err)
	}
	p.Kill() // a second time is harmless
}

func TestStartFails(t *testing.T) {
	if _, err := child.Start(exec.Command("/nonexistent")); err == nil {
		t.Error("no error")
	}
}
