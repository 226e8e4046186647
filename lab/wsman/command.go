package wsman

import (
	"context"
	"encoding/base64"
	"io"
	"strings"
	"sync"

	"vnettune/lab/windows/machine"
)

// Limits of what waits between a command and its client, in bytes: a command
// that writes more waits until it is received, input beyond is refused.
const (
	maxWaiting = 1 << 20
	maxStdin   = 64 << 20
)

// interruptedExit is the exit code of a process that Ctrl+C ended: STATUS_CONTROL_C_EXIT,
// 0xC000013A
// (https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55).
const interruptedExit = 0xC000013A

// command is one process and its streams.
type command struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu          sync.Mutex
	changed     chan struct{} // closed and replaced whenever something below changes
	out         map[string][]byte
	in          []byte
	inEnd       bool
	done        bool
	exit        uint32
	aborted     bool // terminated: nothing of it is received any more
	interrupted bool
}

func newCommand(parent context.Context) *command {
	c := &command{changed: make(chan struct{}), out: map[string][]byte{}}
	c.ctx, c.cancel = context.WithCancel(parent)
	return c
}

// change wakes everyone who waits; call it with mu held.
func (c *command) change() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// run plays the process to its end.
func (c *command) run(exec Executor, what machine.Command) {
	defer c.cancel()
	what.Stdin = inputReader{c}
	what.Stdout = outputWriter{c, "stdout"}
	what.Stderr = outputWriter{c, "stderr"}
	exit := exec.Run(c.ctx, what)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.exit = true, uint32(exit)
	if c.interrupted {
		c.exit = interruptedExit
	}
	c.change()
}

// abort ends the process and throws away what it wrote.
func (c *command) abort() {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aborted = true
	c.change()
}

// interrupt ends the process; what it wrote and its exit code can be received.
func (c *command) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.done {
		c.interrupted = true
		c.cancel()
		c.change()
	}
}

// outputWriter is stdout or stderr of the process.
type outputWriter struct {
	c    *command
	name string
}

// Write waits until the client has taken enough; it fails once the process is ended.
func (w outputWriter) Write(b []byte) (int, error) {
	c := w.c
	for {
		c.mu.Lock()
		if c.aborted {
			c.mu.Unlock()
			return 0, io.ErrClosedPipe
		}
		if len(c.out[w.name]) < maxWaiting {
			c.out[w.name] = append(c.out[w.name], b...)
			c.change()
			c.mu.Unlock()
			return len(b), nil
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-c.ctx.Done():
			return 0, c.ctx.Err()
		}
	}
}

// inputReader is stdin of the process.
type inputReader struct{ c *command }

// Read waits for input, the end of input or the end of the process.
func (r inputReader) Read(b []byte) (int, error) {
	c := r.c
	for {
		c.mu.Lock()
		if len(c.in) > 0 {
			n := copy(b, c.in)
			c.in = c.in[n:]
			c.mu.Unlock()
			return n, nil
		}
		end, changed := c.inEnd, c.changed
		c.mu.Unlock()
		if end {
			return 0, io.EOF
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return 0, c.ctx.Err()
		}
	}
}

// sendInput hands input to commands. Input for a process that has ended is lost.
func (sh *shell) sendInput(e *envelope) (reply, error) {
	if e.Body.Send == nil {
		return reply{}, errSchema("Send carries no stream.")
	}
	for _, s := range e.Body.Send.Streams {
		if s.Name != "stdin" {
			return reply{}, errSchema("Only the stream stdin takes input.")
		}
		c, err := sh.find(s.CommandID)
		if err != nil {
			return reply{}, err
		}
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s.Text), ""))
		if err != nil {
			return reply{}, errSchema("The stream is not base64.")
		}
		if err := c.feed(b, isTrue(s.End)); err != nil {
			return reply{}, err
		}
	}
	return reply{action: actionSent, body: "<rsp:SendResponse/>"}, nil
}

func (c *command) feed(b []byte, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.in)+len(b) > maxStdin {
		return errStdinFull
	}
	if !c.inEnd {
		c.in = append(c.in, b...)
	}
	c.inEnd = c.inEnd || end
	c.change()
	return nil
}
