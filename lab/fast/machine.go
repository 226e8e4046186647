package fast

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"vnettune/lab/guest"
	"vnettune/lab/internal/child"
	"vnettune/spawn"
)

// Spec is one fast guest. It is the same for every boot of a lab.
type Spec struct {
	Executable string // this program
	Config     string // path of the guest's configuration
	Console    string // path of the log that the guest's output is appended to
	Link       Link
	Engine     bool // its commands are executed: it gets a namespace of mounts as well
}

// Machine is one boot of a fast guest.
type Machine struct {
	process *child.Process
	alive   io.Closer // the guest ends when this end is closed
	words   *os.File  // what the guest says about its end
	link    Link
}

// Command is the hidden command of the program that runs the guest; the path of the
// configuration follows.
var Command = []string{"lab", "fast-guest"}

// Words between the two sides.
const (
	wordGo      = "go\n"
	wordRestart = "restart"
	wordOff     = "off"
)

// wordsFD is the descriptor by which the guest says how it ended: the first behind standard error.
const wordsFD = 3

// Start starts a guest and plugs in its cable; it is booting when Start returns. It
// must be called inside the lab's network namespace.
func Start(spec Spec) (m *Machine, err error) {
	console, err := os.OpenFile(spec.Console, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fast guest: %w", err)
	}
	defer console.Close()
	words, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("fast guest: %w", err)
	}
	defer theirs.Close()
	cmd := spawn.Command(context.Background(), spec.Executable, append(Command, spec.Config)...)
	cmd.Stdout, cmd.Stderr = console, console
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
	if spec.Engine {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNS
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("fast guest: %w", err)
	}
	m = &Machine{alive: alive, words: words, link: spec.Link}
	if m.process, err = child.Start(cmd); err != nil {
		alive.Close()
		words.Close()
		return nil, fmt.Errorf("fast guest: %w", err)
	}
	defer func() {
		if err != nil {
			m.Stop()
			_, _ = m.Wait()
		}
	}()
	if err := plug(spec.Link, m.process.PID()); err != nil {
		return nil, fmt.Errorf("fast guest: %w", err)
	}
	if _, err := io.WriteString(alive, wordGo); err != nil {
		return nil, fmt.Errorf("fast guest: %w", err)
	}
	return m, nil
}

// PID is the guest's process id outside its namespace.
func (m *Machine) PID() int { return m.process.PID() }

// Wait waits until the guest has ended, of which nothing is then left, and says why.
func (m *Machine) Wait() (guest.Outcome, error) {
	ended := m.process.Wait()
	said, err := bufio.NewReader(m.words).ReadString('\n')
	m.words.Close()
	m.alive.Close()
	unplugged := unplug(m.link)
	switch {
	case unplugged != nil:
		return guest.PowerOff, fmt.Errorf("fast guest: %w", unplugged)
	case ended != nil:
		return guest.PowerOff, fmt.Errorf("fast guest ended unasked: %w", ended)
	case said == wordRestart+"\n":
		return guest.Restart, nil
	case said == wordOff+"\n":
		return guest.PowerOff, nil
	default:
		return guest.PowerOff, fmt.Errorf("fast guest ended without a reason: %w", err)
	}
}

// Ended is closed when the guest has ended.
func (m *Machine) Ended() <-chan struct{} { return m.process.Ended() }

// Stop pulls the plug. Wait returns afterwards.
func (m *Machine) Stop() { m.process.Kill() }
