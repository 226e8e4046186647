package process

import (
	"context"
	"errors"
	"io"
	"sync"

	"vnettune/lab/windows/machine"
)

// Limits of what waits between a process and its client, in bytes: a process
// that writes more waits until it is received, input beyond is refused.
const (
	maxWaiting = 1 << 20
	maxStdin   = 64 << 20
)

// interruptedExit is the exit code of a process that Ctrl+C ended: STATUS_CONTROL_C_EXIT,
// 0xC000013A
// (https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55).
const interruptedExit = 0xC000013A

// Process is one process and its streams.
type Process struct {
	ctx     context.Context
	cancel  context.CancelFunc
	console bool // standard input is a console: it has no end, and takes Ctrl+C

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

// New makes a process that ends with parent at the latest. Its standard input is a pipe, or
// a console, whose end nobody can send.
func New(parent context.Context, console bool) *Process {
	p := &Process{console: console, changed: make(chan struct{}), out: map[string][]byte{}}
	p.ctx, p.cancel = context.WithCancel(parent)
	return p
}

// change wakes everyone who waits; call it with mu held.
func (p *Process) change() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Run plays the process to its end; exec gives its exit code.
func (p *Process) Run(exec func(context.Context, machine.Command) int, what machine.Command) {
	defer p.cancel()
	what.Stdin = inputReader{p}
	what.Stdout = outputWriter{p, "stdout"}
	what.Stderr = outputWriter{p, "stderr"}
	exit := exec(p.ctx, what)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.exit = true, uint32(exit)
	if p.interrupted {
		p.exit = interruptedExit
	}
	p.change()
}

// Running says that the process has not ended.
func (p *Process) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.done
}

// Abort ends the process and throws away what it wrote.
func (p *Process) Abort() {
	p.cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aborted = true
	p.change()
}

// Interrupt ends the process by Ctrl+C; what it wrote and its exit code can be received. A
// process without a console does not get to know of it.
func (p *Process) Interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.console && !p.done {
		p.interrupted = true
		p.cancel()
		p.change()
	}
}

// outputWriter is stdout or stderr of the process.
type outputWriter struct {
	p    *Process
	name string
}

// Write waits until the client has taken enough; it fails once the process is ended.
func (w outputWriter) Write(b []byte) (int, error) {
	p := w.p
	for {
		p.mu.Lock()
		if p.aborted {
			p.mu.Unlock()
			return 0, io.ErrClosedPipe
		}
		if len(p.out[w.name]) < maxWaiting {
			p.out[w.name] = append(p.out[w.name], b...)
			p.change()
			p.mu.Unlock()
			return len(b), nil
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
}

// inputReader is stdin of the process.
type inputReader struct{ p *Process }

// Read waits for input, the end of input or the end of the process.
func (r inputReader) Read(b []byte) (int, error) {
	p := r.p
	for {
		p.mu.Lock()
		if len(p.in) > 0 {
			n := copy(b, p.in)
			p.in = p.in[n:]
			p.mu.Unlock()
			return n, nil
		}
		end, changed := p.inEnd, p.changed
		p.mu.Unlock()
		if end {
			return 0, io.EOF
		}
		select {
		case <-changed:
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
}

// Why input is refused.
var (
	ErrEnded = errors.New("the process has ended")
	ErrFull  = errors.New("the process has not read its input and takes no more")
)

// Feed hands input to the process. What comes behind the end of its input is lost.
func (p *Process) Feed(b []byte, end bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.done:
		return ErrEnded
	case len(p.in)+len(b) > maxStdin:
		return ErrFull
	}
	if !p.inEnd {
		p.in = append(p.in, b...)
	}
	p.inEnd = p.inEnd || end && !p.console
	p.change()
	return nil
}

// Output is what one Receive hands out.
type Output struct {
	Chunks []Chunk
	Ended  []string // streams that have ended with this answer
	Done   bool
	Exit   uint32
}

// Chunk is a piece of a stream.
type Chunk struct {
	Name string
	Data []byte
}

// Take hands out up to limit bytes of the streams, or their end. It gives nil and
// a channel to wait on where there is nothing yet, and neither of an aborted process.
func (p *Process) Take(streams []string, limit int) (*Output, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aborted {
		return nil, nil
	}
	var o Output
	unread := 0
	for _, name := range streams {
		data := p.out[name]
		n := min(limit, len(data))
		if n > 0 {
			o.Chunks = append(o.Chunks, Chunk{name, data[:n:n]})
			p.out[name] = data[n:]
			limit -= n
		}
		unread += len(data) - n
	}
	if len(o.Chunks) > 0 {
		p.change() // a writer may wait for room
	}
	if p.done && unread == 0 {
		o.Ended, o.Done, o.Exit = streams, true, p.exit
		return &o, nil
	}
	if len(o.Chunks) > 0 {
		return &o, nil
	}
	return nil, p.changed
}
