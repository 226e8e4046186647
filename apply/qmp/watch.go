package qmp

import (
	"context"
	"sync/atomic"
)

// Watcher watches a machine through its monitor's socket.
type Watcher struct{ Socket string }

// Watch begins to watch. reset says whether the machine was reset or ended by its
// guest since then (the events RESET and SHUTDOWN with guest true); stop closes the
// connection. Only beginning is bound by ctx.
func (w Watcher) Watch(ctx context.Context) (reset func() bool, stop func(), err error) {
	c, err := Dial(ctx, w.Socket)
	if err != nil {
		return nil, nil, err
	}
	var seen atomic.Bool
	go func() {
		for e := range c.Events() {
			if e.Name == "RESET" || e.Name == "SHUTDOWN" {
				seen.Store(seen.Load() || e.byGuest())
			}
		}
	}()
	return seen.Load, func() { _ = c.Close() }, nil
}
