package guest

import (
	"sync"
	"time"
)

// restartTimer is a machine's pending restart or switching off, of which there is one at most.
type restartTimer struct {
	mu    sync.Mutex
	timer *time.Timer
	gone  bool
	fired chan struct{} // closed when it begins
	to    Outcome       // what it is
}

// start arms the timer; a restart asked again replaces the one that is pending.
func (r *restartTimer) start(delay time.Duration, to Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	r.to = to
	r.timer = time.AfterFunc(delay, r.fire)
}

func (r *restartTimer) cancel() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer == nil || r.gone {
		return false
	}
	stopped := r.timer.Stop()
	r.timer = nil
	return stopped
}

func (r *restartTimer) fire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.gone {
		r.gone = true
		close(r.fired)
	}
}
