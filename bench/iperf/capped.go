package iperf

import "sync"

// capped keeps the first limit bytes that are written to it and drops the rest,
// so that a client gone mad cannot fill the memory and is not blocked either.
type capped struct {
	mu    sync.Mutex
	limit int
	kept  []byte
	lost  bool
}

func (c *capped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	room := c.limit - len(c.kept)
	if len(p) > room {
		c.lost = true
		c.kept = append(c.kept, p[:room]...)
		return len(p), nil
	}
	c.kept = append(c.kept, p...)
	return len(p), nil
}

func (c *capped) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept
}

func (c *capped) overflow() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}
