package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"vnettune/spawn"
)

// children are the programs that the personality started. They end with the
// machine: with the virtual machine, or with the namespace's process 1.
type children struct {
	mu      sync.Mutex
	running map[int]*process
}

type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs argv. What it says on its standard error goes to the end of the file
// stderr, "" for none.
func (p *children) start(argv []string, stderr string) (int, error) {
	if len(argv) == 0 {
		return 0, errors.New("start: empty command")
	}
	cmd := spawn.Command(context.Background(), argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if stderr != "" {
		said, err := os.OpenFile(stderr, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return 0, fmt.Errorf("start: %w", err)
		}
		defer said.Close()
		cmd.Stderr = said
	}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start: %w", err)
	}
	one := &process{cmd: cmd, ended: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		p.running = map[int]*process{}
	}
	pid := cmd.Process.Pid
	p.running[pid] = one
	go func() {
		// Nobody needs its exit code: the personality sees that the port is closed.
		_ = cmd.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, pid)
		close(one.ended)
	}()
	return pid, nil
}

// stop kills the process; a process that has ended already is no error.
func (p *children) stop(pid int) error {
	p.mu.Lock()
	one, ok := p.running[pid]
	p.mu.Unlock()
	if !ok {
		return nil
	}
	if err := one.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	<-one.ended
	return nil
}

// alive says whether a process that start began has not ended.
func (p *children) alive(pid int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running[pid] != nil
}

// stopAll ends everything that was started.
func (p *children) stopAll() {
	p.mu.Lock()
	pids := make([]int, 0, len(p.running))
	for pid := range p.running {
		pids = append(pids, pid)
	}
	p.mu.Unlock()
	for _, pid := range pids {
		_ = p.stop(pid) // the machine ends next, and takes with it what is left
	}
}
