package guest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/machine"
)

// echoRunner tells what it was started as and copies its input.
type echoRunner struct{ started chan machine.Command }

func (r echoRunner) Run(ctx context.Context, c machine.Command) int {
	r.started <- c
	if c.Line == "wait" {
		<-ctx.Done()
		return 5
	}
	fmt.Fprint(c.Stderr, "words")
	if _, err := io.Copy(c.Stdout, c.Stdin); err != nil {
		return 9
	}
	return 3
}

func serve(t *testing.T) (string, echoRunner) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := echoRunner{make(chan machine.Command, 1)}
	go servePrograms(l, r, log.New(io.Discard, "", 0))
	return path, r
}

func TestProgram(t *testing.T) {
	socket, r := serve(t)
	var streams []*os.File
	for _, content := range []string{"input", "", ""} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		streams = append(streams, f)
	}
	code, err := runProgram(socket, []string{"cmd.exe", "/c", "echo a b"}, streams)
	if code != 3 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	c := <-r.started
	if c.Line != `cmd.exe /c "echo a b"` || !c.System || c.Shell {
		t.Errorf("started as %+v", c)
	}
	var got []string
	for _, f := range streams[1:] {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	if d := cmp.Diff([]string{"input", "words"}, got); d != "" {
		t.Errorf("streams (-want +got):\n%s", d)
	}
}

func TestProgramOfADeadMachine(t *testing.T) {
	if _, err := runProgram(filepath.Join(t.TempDir(), "none"), []string{"reg.exe"}, []*os.File{os.Stdin, os.Stdout, os.Stderr}); err == nil {
		t.Error("no personality, no error")
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = c.Read(make([]byte, 100))
			c.(*net.UnixConn).CloseWrite()
		}
	}()
	if _, err := runProgram(path, []string{"reg.exe"}, []*os.File{os.Stdin, os.Stdout, os.Stderr}); err == nil || !strings.Contains(err.Error(), "went down") {
		t.Errorf("got %v", err)
	}
}

// TestKilledProgramEnds: what the personality plays ends with the process that stands for it.
func TestKilledProgramEnds(t *testing.T) {
	socket, r := serve(t)
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if err := sendProgram(conn, []string{"wait"}, []*os.File{os.Stdin, os.Stdout, os.Stderr}); err != nil {
		t.Fatal(err)
	}
	<-r.started
	if err := conn.CloseWrite(); err != nil { // as the kernel does for a killed process
		t.Fatal(err)
	}
	if b, err := io.ReadAll(conn); string(b) != "5" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	conn.Close()
}

func TestProgramNames(t *testing.T) {
	names := strings.Join(ProgramNames(), "\n")
	for _, want := range []string{"\npowershell.exe\n", `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, `C:\Windows\System32\shutdown.exe`} {
		if !strings.Contains(names, want) {
			t.Errorf("%q is not among them:\n%s", want, names)
		}
	}
	if IsProgram() {
		t.Error("the test is taken for one of them")
	}
}
