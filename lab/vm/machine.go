package vm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"vnettune/apply/qmp"
	"vnettune/lab/guest"
	"vnettune/lab/internal/child"
	"vnettune/spawn"
	"vnettune/trouble"
)

// Machine is one run of QEMU, from start to the guest's next reset or power-off.
type Machine struct {
	process *child.Process
	control *qmp.Client
	stderr  *tail

	reason   string        // of the last SHUTDOWN event; read after followed is closed
	followed chan struct{} // closed when no event can come any more
}

// Start starts QEMU and connects to its monitor; the guest is booting when it
// returns. The context limits the start only.
func Start(ctx context.Context, spec Spec) (*Machine, error) {
	program, err := qemuPath()
	if err != nil {
		return nil, err
	}
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("qemu monitor: %w", err)
	}
	defer theirs.Close()
	m := &Machine{stderr: &tail{}, followed: make(chan struct{})}
	cmd := spawn.Command(context.Background(), program, arguments(spec)...)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = m.stderr
	cmd.Env = []string{} // QEMU needs none, and gets to know nothing
	if m.process, err = child.Start(cmd); err != nil {
		ours.Close()
		return nil, fmt.Errorf("start qemu: %w", err)
	}
	theirs.Close() // so that the monitor's connection ends with QEMU
	if m.control, err = qmp.NewClient(ctx, ours); err != nil {
		m.process.Kill()
		return nil, fmt.Errorf("start qemu: %w: %s", err, m.stderr)
	}
	go m.follow()
	return m, nil
}

// Can says why this host cannot run the virtual machine, as far as its processor and programs decide that; nil
// where it can.
func Can() error {
	if runtime.GOARCH != Architecture {
		return ErrArchitecture
	}
	_, err := qemuPath()
	return err
}

// qemuPath finds QEMU on this host.
func qemuPath() (string, error) {
	path, err := exec.LookPath(qemuProgram)
	if err != nil {
		return "", trouble.Hint(err, "install the package qemu-system-x86, or use the fast lab (--kind fast)")
	}
	return path, nil
}

// PID is QEMU's process id.
func (m *Machine) PID() int { return m.process.PID() }

// Wait waits until QEMU has ended and says why: the guest's reset is Restart, its
// power-off or a quit over the monitor is PowerOff; all else is an error.
func (m *Machine) Wait() (guest.Outcome, error) {
	err := m.process.Wait()
	<-m.followed
	m.control.Close()
	switch m.reason {
	case "guest-reset", "host-qmp-system-reset", "subsystem-reset":
		return guest.Restart, nil
	case "guest-shutdown", "host-qmp-quit", "host-signal":
		return guest.PowerOff, nil
	}
	if err == nil {
		err = errors.New("exit code 0")
	}
	return guest.PowerOff, fmt.Errorf("qemu ended unasked: %w: %s", err, m.stderr)
}

// Ended is closed when QEMU has ended.
func (m *Machine) Ended() <-chan struct{} { return m.process.Ended() }

// Stop pulls the plug. Wait returns afterwards.
func (m *Machine) Stop() { m.process.Kill() }

// follow keeps the reason of the last SHUTDOWN event (qapi/run-state.json, ShutdownCause).
func (m *Machine) follow() {
	defer close(m.followed)
	for e := range m.control.Events() {
		var data struct{ Reason string }
		if e.Name == "SHUTDOWN" && json.Unmarshal(e.Data, &data) == nil {
			m.reason = data.Reason
		}
	}
}

// socketPair gives a connection and the file of its other end.
func socketPair() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	mine := os.NewFile(uintptr(fds[0]), "monitor")
	defer mine.Close() // FileConn works on a copy
	theirs := os.NewFile(uintptr(fds[1]), "monitor")
	conn, err := net.FileConn(mine)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return conn, theirs, nil
}

// tail keeps the last words of a program.
type tail struct {
	mu   sync.Mutex
	last []byte
}

const tailSize = 2048

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if n := len(t.last) - tailSize; n > 0 {
		t.last = t.last[n:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := strings.TrimSpace(string(t.last)); s != "" {
		return s
	}
	return "it wrote no error"
}
