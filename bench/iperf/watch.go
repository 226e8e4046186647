package iperf

import (
	"context"
	"syscall"
	"time"
)

// watch ends a process group when its time is over or its context ends.
type watch struct {
	group     int
	deadline  time.Duration
	killAfter time.Duration
	over      chan struct{} // closed when the process has ended
	done      chan struct{} // closed when keep has returned

	late     bool // read only after done
	canceled bool // read only after done
}

// keep asks the group to end (SIGTERM) and, when it does not, kills it.
func (w *watch) keep(ctx context.Context) {
	defer close(w.done)
	timer := time.NewTimer(w.deadline)
	defer timer.Stop()
	select {
	case <-w.over:
		return
	case <-timer.C:
		w.late = true
	case <-ctx.Done():
		w.canceled = true
	}
	w.signal(syscall.SIGTERM)
	timer.Reset(w.killAfter)
	select {
	case <-w.over:
	case <-timer.C:
		w.signal(syscall.SIGKILL)
	}
}

// signal reaches every process of the group; a group that is gone is what is
// wanted, so the error says nothing.
func (w *watch) signal(s syscall.Signal) { _ = syscall.Kill(-w.group, s) }
