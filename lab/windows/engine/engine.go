package engine

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/scripts"
)

// Engine executes the commands of one boot.
type Engine struct {
	m       *machine.Machine
	log     *log.Logger
	dir     string // the kit
	folder  string // for the files of commands
	env     []string
	classes classes
	lock    *os.File
	door    net.Listener // where Wine's programs ask

	one sync.Mutex // one command at a time: the registry and the disk are one

	mu     sync.Mutex // guards what follows
	wines  keys       // what Wine's registry has, as far as it is known
	pushed *registry.Tree
}

// functions are what a Windows has and Wine has not, for PowerShell.
//
//go:embed windows.ps1
var functions []byte

// nothing is an empty standard input.
var nothing io.Reader = strings.NewReader("")

// Start makes the kit in dir the shell of a machine that has just booted. The process must be
// the first of a process namespace and have a namespace of mounts: what Wine starts ends with it.
func Start(m *machine.Machine, dir string, words *log.Logger) (_ *Engine, err error) {
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	e := &Engine{m: m, log: words, dir: dir, folder: filepath.Join(dir, "run", "lab"), lock: held}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if err := waitForOthers(dir); err != nil {
		return nil, err
	}
	if err := isolate(); err != nil {
		return nil, err
	}
	if e.classes, err = readClasses(dir); err != nil {
		return nil, err
	}
	if err := e.makeFiles(); err != nil {
		return nil, err
	}
	if e.door, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e.env = []string{
		"WINEPREFIX=" + filepath.Join(dir, "prefix"),
		"WINEDEBUG=-all",
		"DOTNET_EnableWriteXorExecute=0", // with it on, .NET's collector crashes under Wine 8 now and then
		"DOTNET_TieredPGO=0",             // a seventh less of each start
		"POWERSHELL_TELEMETRY_OPTOUT=1",
		"WINEPATH=" + windowsPath(filepath.Join(dir, "bin")) + ";" + windowsPath(filepath.Join(dir, powershellFolder)),
		"PSKIT_MOCKS=" + windowsPath(e.file("windows.ps1")),
		"PSKIT_BIN=" + windowsPath(filepath.Join(dir, "bin")),
		"VNETTUNE_LAB=" + e.door.Addr().String(),
	}
	if err := e.startServer(); err != nil {
		return nil, err
	}
	go e.serve()
	if e.wines, err = e.export(context.Background()); err != nil {
		return nil, err
	}
	if err := e.push(context.Background()); err != nil {
		return nil, err
	}
	m.UseShell(e.Line)
	return e, nil
}

// Folders and files of the guest's disk, below its drive C:.
const (
	driveC      = "prefix/drive_c"
	iperfFile   = "vnettune/iperf3.exe"
	deadManFile = "Program Files/vnettune"
	shellFile   = "windows/system32/WindowsPowerShell/v1.0" // where a Windows has its PowerShell
)

// onDisk is where this host has a file of the guest's drive C:.
func (e *Engine) onDisk(path string) string { return filepath.Join(e.dir, driveC, path) }

// makeFiles makes the engine's folder, and what the guest's disk has of the stand-in's. A disk
// that never booted has nothing of an earlier guest.
func (e *Engine) makeFiles() error {
	old := []string{e.folder, e.onDisk(iperfFile)}
	if e.m.Boots() == 1 {
		old = append(old, e.onDisk(deadManFile))
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	// The folder of the dead-man switch is there already: PowerShell 7 has not the call of .NET
	// Framework by which a script makes one with its rights.
	for _, path := range []string{e.folder, e.onDisk(deadManFile), filepath.Dir(e.onDisk(iperfFile))} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	files := map[string][]byte{e.file("windows.ps1"): functions}
	if !e.m.Faults().IPerfMissing {
		version, err := scripts.IPerfVersion(context.Background(), e.m)
		if err != nil {
			return fmt.Errorf("engine: %w", err)
		}
		program, err := os.ReadFile(filepath.Join(e.dir, "bin", "iperf3.exe"))
		if err != nil {
			return fmt.Errorf("engine: %w", err)
		}
		files[e.file(versionFile)], files[e.onDisk(iperfFile)] = []byte(strings.ReplaceAll(version, "\n", "\r\n")+"\r\n"), program
	}
	if err := e.placePowerShell(e.m.Faults().Refuses(scripts.Revert)); err != nil {
		return err
	}
	for path, content := range files {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	return nil
}

// placePowerShell has the kit's PowerShell where the task of the dead-man switch calls it. Wine's own
// there runs nothing, as one whose antivirus keeps the script revert back.
func (e *Engine) placePowerShell(keptBack bool) error {
	folder, own := e.onDisk(shellFile), e.onDisk(shellFile)+".wine"
	if _, err := os.Stat(own); errors.Is(err, os.ErrNotExist) {
		if err := os.Rename(folder, own); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	} else if err := os.Remove(folder); err != nil { // a link, as below
		return fmt.Errorf("engine: %w", err)
	}
	to := filepath.Join(e.dir, powershellFolder)
	if keptBack {
		to = own
	}
	if err := os.Symlink(to, folder); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// Close lets go of the kit. Commands must have ended.
func (e *Engine) Close() error {
	if e.door != nil {
		e.door.Close()
	}
	return errors.Join(os.RemoveAll(e.folder), e.lock.Close())
}

// Line executes one line as `cmd /c` does and returns its exit code. What the task scheduler starts runs
// beside the commands of shells.
func (e *Engine) Line(ctx context.Context, p *machine.Process, line string) int {
	if !p.Command.System {
		e.one.Lock()
		defer e.one.Unlock()
	}
	code, err := e.line(ctx, p, line)
	if err != nil {
		p.Errln("stand-in: " + err.Error())
		return 1
	}
	return code
}

func (e *Engine) line(ctx context.Context, p *machine.Process, line string) (int, error) {
	contract, constant := scripts.Contract(line)
	if constant && e.m.Faults().Refuses(contract) {
		return p.Exec(ctx, line), nil // as the stand-in plays it
	}
	if err := e.push(ctx); err != nil {
		return 0, err
	}
	r, err := e.execute(ctx, p, line, constant)
	if err != nil && ctx.Err() == nil {
		return 0, err
	}
	_, _ = p.Command.Stdout.Write(r.out) // a client that is gone loses the answer
	_, _ = p.Command.Stderr.Write(r.errs)
	// What it changed before it was ended stays changed. Of the constant scripts one changes the registry.
	if !constant || contract == scripts.Write {
		if err := e.pull(context.WithoutCancel(ctx)); err != nil {
			return 0, err
		}
	}
	if called := e.call(ctx, p, r.calls); r.code == 0 {
		return called, nil
	}
	return r.code, nil
}

// tries is how often a command is run that must have printed something and did not: Wine 8 loses what a
// program prints now and then.
const tries = 3

// execute runs a line by Wine. The constant scripts answer always, and may be run again.
func (e *Engine) execute(ctx context.Context, p *machine.Process, line string, constant bool) (r result, err error) {
	if !constant {
		return e.batch(ctx, line, p.Command.Stdin, environment(p))
	}
	in, err := io.ReadAll(p.Command.Stdin) // which they read to its end
	if err != nil {
		return result{}, fmt.Errorf("engine: input: %w", err)
	}
	for range tries {
		r, err = e.batch(ctx, line, bytes.NewReader(in), environment(p))
		if err != nil && !errors.Is(err, errNotBegun) || len(r.out) > 0 || ctx.Err() != nil {
			break
		}
		e.log.Printf("PowerShell printed nothing (exit code %d, %v): the script is run again", r.code, err)
	}
	return r, err
}

// call carries out what the kit's programs were called for by cmd.exe: they only note it. Their
// output comes behind that of the line. It returns the last exit code that is not 0.
func (e *Engine) call(ctx context.Context, p *machine.Process, noted string) (code int) {
	for line := range strings.Lines(noted) {
		args := strings.Split(strings.TrimRight(line, "\r\n"), "|")
		if !isPlayed(args[0]) {
			continue
		}
		if c := e.exec(ctx, p, args); c != 0 {
			code = c
		}
	}
	return code
}

// powercfg is a program that the machine has not, only what it does.
const powercfg = "powercfg"

// isPlayed says whether the kit only plays a program, and the machine has what it does.
func isPlayed(name string) bool {
	switch console.ProgramName(name) {
	case "netsh", "schtasks", "shutdown", powercfg:
		return true
	}
	return false
}

// environment is the shell's own, beside that of Wine.
func environment(p *machine.Process) []string {
	var env []string
	for name, text := range p.Command.Env {
		env = append(env, name+"="+text)
	}
	return env
}

// iperfPath is the guest's iperf3.
const iperfPath = processes.IPerfExe
