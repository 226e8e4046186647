package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"vnettune/spawn"
)

// Files of one command, in a folder of its own: a program that has not quite ended keeps its files
// from being written by the next. What Wine leaves running keeps pipes open, so its output goes
// to files.
const (
	lineFile   = "line.cmd"
	outerFile  = "command.cmd"
	outputFile = "output"
	errorsFile = "errors"
	exitFile   = "exit"

	callsFile   = "log.txt"       // where the kit's programs write how they were called
	versionFile = "iperf3,-v.out" // what its iperf3 prints
)

// result is what became of the lines of a batch file.
type result struct {
	code      int
	out, errs []byte
	calls     string // of the kit's programs, one a line
}

// errNotBegun: Wine 8 ends now and then before its cmd.exe has read the batch file.
var errNotBegun = errors.New("the command has not begun")

// batch runs the lines of a batch file by Wine's cmd.exe, as a WinRM shell's cmd.exe /c would. A
// command line given to wine itself would be quoted anew. A process of this host has eight bits of an
// exit code only.
func (e *Engine) batch(ctx context.Context, lines string, stdin io.Reader, env []string) (r result, err error) {
	folder, err := os.MkdirTemp(e.folder, "command")
	if err != nil {
		return r, fmt.Errorf("engine: %w", err)
	}
	defer os.RemoveAll(folder)
	file := func(name string) string { return filepath.Join(folder, name) }
	for name, text := range map[string]string{
		lineFile:  "@" + lines + "\r\n",
		outerFile: "@call " + windowsPath(file(lineFile)) + " 2>" + windowsPath(file(errorsFile)) + "\r\n@echo %ERRORLEVEL% >" + windowsPath(file(exitFile)) + "\r\n",
	} {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			return r, fmt.Errorf("engine: %w", err)
		}
	}
	if err := os.Link(e.file(versionFile), file(versionFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("engine: %w", err)
	}
	to, err := os.Create(file(outputFile))
	if err != nil {
		return r, fmt.Errorf("engine: %w", err)
	}
	defer to.Close()
	env = append(env, "PSKIT_REPLIES="+windowsPath(folder))
	if err := e.wine(ctx, []string{e.onDisk("windows/system32/cmd.exe"), "/d", "/c", windowsPath(file(outerFile))}, stdin, to, env); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			return r, err
		}
		r.code = ended.ExitCode() // of a line that ends the shell
	}
	if b, err := os.ReadFile(file(exitFile)); err == nil {
		if r.code, err = strconv.Atoi(strings.TrimSpace(string(b))); err != nil {
			return r, fmt.Errorf("engine: exit code: %w", err)
		}
	}
	if r.out, err = os.ReadFile(file(outputFile)); err == nil {
		r.errs, err = os.ReadFile(file(errorsFile))
	}
	if errors.Is(err, fs.ErrNotExist) { // the batch file makes it before all else
		return r, fmt.Errorf("engine: %w (exit code %d)", errNotBegun, r.code)
	}
	if err != nil {
		return r, fmt.Errorf("engine: what the command printed: %w", err)
	}
	calls, err := os.ReadFile(file(callsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("engine: %w", err)
	}
	r.calls = string(calls)
	return r, nil
}

func (e *Engine) file(name string) string { return filepath.Join(e.folder, name) }

// wine runs one program of Windows to its end, or to that of ctx. Its standard error is a
// terminal, which to Wine's programs is their console: PowerShell's wants one.
func (e *Engine) wine(ctx context.Context, args []string, stdin io.Reader, to *os.File, env []string) error {
	console, terminal, err := openTerminal()
	if err != nil {
		return err
	}
	defer console.Close()
	defer terminal.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	defer read.Close()
	cmd := spawn.Command(ctx, "wine", args...)
	cmd.Dir = e.folder
	cmd.Env = append(append(cmd.Environ(), e.env...), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = read, to, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // with what it started
	if err := cmd.Start(); err != nil {
		write.Close()
		return fmt.Errorf("engine: %w", err)
	}
	// Both end with the command: its reader's end closes, and so does the client's stream.
	go func() {
		defer write.Close()
		_, _ = io.Copy(write, stdin)
	}()
	go func() { _, _ = io.Copy(io.Discard, console) }()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("engine: wine: %w", err)
	}
	return nil
}

// startServer starts Wine's server, to stay: with it would go, behind the last program of a command,
// the volatile keys, and a program that comes while it ends is ended with it. It ends with this
// process's namespace.
func (e *Engine) startServer() error {
	cmd := spawn.Command(context.Background(), "wineserver", "-p")
	cmd.Env = append(cmd.Environ(), e.env...)
	if err := cmd.Run(); err != nil { // it returns when the server is ready
		return fmt.Errorf("engine: wineserver: %w", err)
	}
	return nil
}

// openTerminal makes a terminal; what is written to it can be read of console.
func openTerminal() (console, terminal *os.File, err error) {
	console, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("engine: terminal: %w", err)
	}
	fd := int(console.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		console.Close()
		return nil, nil, fmt.Errorf("engine: terminal: %w", err)
	}
	return console, terminal, nil
}
