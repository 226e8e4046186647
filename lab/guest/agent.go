package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"vnettune/spawn"
)

// AgentPort is the name of the virtio-serial port that the QEMU guest agent listens on.
// Source: the agent's documentation, "virtio-serial".
const AgentPort = "org.qemu.guest_agent.0"

// Agent says how the QEMU guest agent runs. It is the real one; the programs that it
// starts by name are those of the personality.
type Agent struct {
	Program  string `json:"program"`          // path of qemu-ga
	Programs string `json:"programs"`         // folder of links to this program, by ProgramNames
	State    string `json:"state"`            // folder for its own files
	Socket   string `json:"socket,omitempty"` // path of the socket to listen on; empty: the virtio-serial port
}

// hostRPCs are the agent's commands that reach beyond the personality. Where it runs
// on the host's own file system, as in the fast lab, they are blocked: its
// guest-shutdown, for one, would be the host's.
const hostRPCs = "guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,guest-set-time,guest-set-vcpus," +
	"guest-file-open,guest-file-close,guest-file-read,guest-file-write,guest-file-seek,guest-file-flush," +
	"guest-fsfreeze-status,guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,guest-fstrim," +
	"guest-set-user-password,guest-set-memory-blocks,guest-ssh-get-authorized-keys,guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys"

// startAgent starts the guest agent; stop ends it. Its words and its end are logged.
func (m *Machine) startAgent(a Agent) (stop func(), err error) {
	args := []string{"-t", a.State}
	if a.Socket == "" {
		port, err := agentPort()
		if err != nil {
			return nil, err
		}
		args = append(args, "-m", "virtio-serial", "-p", port)
	} else {
		if err := os.Remove(a.Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		args = append(args, "-m", "unix-listen", "-p", a.Socket, "-b", hostRPCs)
	}
	cmd := spawn.Command(context.Background(), a.Program, args...)
	cmd.Env = append(cmd.Environ(), "PATH="+a.Programs)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	m.log.Printf("guest agent: process %d", cmd.Process.Pid)
	stopping, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		err := cmd.Wait()
		select {
		case <-stopping:
		default:
			m.log.Printf("guest agent ended: %v", err)
		}
	}()
	return func() {
		close(stopping)
		_ = cmd.Process.Kill() // it may have ended already
		<-ended
	}, nil
}

// serveAgent starts what serves the guest agent: the door for its programs, and the
// agent itself behind the boot, which it must not slow down. A guest whose agent does
// not start goes on without; stop ends both.
func (m *Machine) serveAgent(personality runner) (stop func(), err error) {
	door, err := listenPrograms()
	if err != nil {
		return nil, err
	}
	go servePrograms(door, personality, m.log)
	started := make(chan func(), 1)
	go func() {
		afterOthers()
		for _, err := range loadLateModules() {
			m.log.Print(err)
		}
		end, err := m.startAgent(*m.cfg.Agent)
		if err != nil {
			m.log.Printf("NO GUEST AGENT: %v", err)
			end = func() {}
		}
		started <- end
	}()
	return func() {
		door.Close()
		select {
		case end := <-started:
			end()
		default: // still starting: it ends with the machine
		}
	}, nil
}

// afterOthers gives this goroutine, and what it starts, a third of the time that others get: the guest's first answers
// come before its agent, which still has to answer on a busy machine.
func afterOthers() {
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	const step = 5         // of niceness
	if own, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, min(19, 20-own+step)) // to Linux it is the thread's; refused, the agent starts as others do
	}
}

func loadLateModules() []error {
	if _, err := os.Stat(LateModuleFolder); err != nil {
		return nil // the fast lab's kernel is the host's
	}
	return loadModules(LateModuleFolder)
}

// agentPort finds the device of the agent's port: there is no udev here that would
// make the link by its name.
func agentPort() (string, error) {
	var device string
	err := waitFor("virtio-serial port "+AgentPort, func() bool {
		names, err := filepath.Glob("/sys/class/virtio-ports/*/name")
		if err != nil {
			return false
		}
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil && strings.TrimSpace(string(b)) == AgentPort {
				device = "/dev/" + filepath.Base(filepath.Dir(name))
				_, err := os.Stat(device)
				return err == nil
			}
		}
		return false
	})
	if err != nil {
		return "", fmt.Errorf("guest agent: %w", err)
	}
	return device, nil
}
