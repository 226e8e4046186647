package windows

import (
	"context"
	"io"
	"strings"
	"testing"

	"vnettune/lab/windows/machine"
)

// TestWithoutCmd: a process that no cmd.exe starts gets %NAME% and && as they are.
func TestWithoutCmd(t *testing.T) {
	l := newLab(t)
	var out strings.Builder
	code := l.m.Run(t.Context(), machine.Command{Line: `reg add HKLM\SOFTWARE\direct /v x /d %OS% /f`, Stdout: &out, Stderr: &out, CodePage: 65001})
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, &out)
	}
	if got, _, _ := l.sh(`reg query HKLM\SOFTWARE\direct /v x`); !strings.Contains(got, "%OS%") {
		t.Errorf("the registry has %q", got)
	}
	if l.m.Run(t.Context(), machine.Command{Line: `hostname && reg delete HKLM\SOFTWARE\direct /f`, Stdout: io.Discard}) == 0 {
		if got, _, _ := l.sh(`reg query HKLM\SOFTWARE\direct /v x`); !strings.Contains(got, "%OS%") {
			t.Error("&& was taken for an operator")
		}
	}
}

// TestInterruptedLine: what is interrupted stops at once, and what stands behind it in
// the line is not begun.
func TestInterruptedLine(t *testing.T) {
	l := newLab(t)
	r, w := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		ended <- l.m.Run(ctx, machine.Command{Line: `ping -n 1000 127.0.0.1 & reg add HKLM\SOFTWARE\late /v x /d 1 /f`, Stdout: w, Shell: true})
		w.Close()
	}()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	interrupt()
	<-ended
	if _, _, code := l.sh(`reg query HKLM\SOFTWARE\late`); code == 0 {
		t.Error("the line went on after it was interrupted")
	}
}
