// Package child starts processes that do not outlive the one that started them.
package child

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Process is a child that the kernel kills when this process ends, however it ends.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error
}

// Start starts cmd. Its SysProcAttr may be set already.
//
// The kernel ties the parent's death to the thread that forked, so that thread is
// kept for as long as the child lives.
func Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// PID is the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the child has ended and was waited for.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end; its error is that of exec.Cmd.Wait.
func (p *Process) Wait() error {
	<-p.ended
	return p.err
}

// Kill ends the child and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already, which is as well
	<-p.ended
}
