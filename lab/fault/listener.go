package fault

import (
	"context"
	"net"
	"sync"
	"time"
)

// Listener is l with the faults that happen to connections.
func (w *Wire) Listener(l net.Listener) net.Listener {
	if w.none() {
		return l
	}
	own := &listener{wire: w, inner: l}
	own.ctx, own.stop = context.WithCancel(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ports = append(w.ports, own)
	if w.late != nil {
		own.close(w.late.Duration())
	}
	return own
}

// listener opens its port again after it was closed by a fault.
type listener struct {
	wire *Wire
	ctx  context.Context // ends with Close
	stop context.CancelFunc

	mu    sync.Mutex
	inner net.Listener
	until time.Time // when a port that a fault closed is opened again; zero: it is open
	never bool      // it stays closed
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.current().Accept()
		if err != nil {
			if l.ctx.Err() == nil && l.reopen() {
				continue
			}
			return nil, err
		}
		own := &conn{Conn: c, wire: l.wire}
		l.wire.mu.Lock()
		l.wire.conns[own] = struct{}{}
		due := l.wire.events.Next(l.wire.step, Connect)
		l.wire.mu.Unlock()
		if l.takes(own, due) {
			return own, nil
		}
	}
}

// takes does the first fault of a connection and says whether the server gets the connection.
func (l *listener) takes(c *conn, due Plan) bool {
	if len(due) == 0 {
		return true
	}
	switch f := due[0]; f.Name {
	case Stall:
		go func() {
			sleep(l.ctx, f.Duration())
			c.Close()
		}()
	case Refused:
		l.wire.closePorts(f.Duration())
	default:
		reset(c)
	}
	return false
}

func (l *listener) current() net.Listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inner
}

// closePorts resets every connection and closes every port for d, with 0 for the rest of the boot.
func (w *Wire) closePorts(d time.Duration) {
	w.mu.Lock()
	conns, ports := w.conns, w.ports
	w.conns = map[*conn]struct{}{}
	w.mu.Unlock()
	for _, l := range ports {
		l.close(d)
	}
	for c := range conns {
		reset(c)
	}
}

// close closes the port for d, with 0 for the rest of the boot.
func (l *listener) close(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.never = time.Now().Add(d), d == 0
	_ = l.inner.Close() // the port may be closed already
}

// reopen waits until the port may be open and opens it.
func (l *listener) reopen() bool {
	l.mu.Lock()
	never, until, addr := l.never, l.until, l.inner.Addr()
	l.mu.Unlock()
	if never {
		<-l.ctx.Done()
		return false
	}
	if until.IsZero() || !sleep(l.ctx, max(time.Until(until), time.Nanosecond)) {
		return false
	}
	inner, err := net.Listen(addr.Network(), addr.String())
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inner, l.until = inner, time.Time{}
	if l.ctx.Err() != nil {
		_ = inner.Close()
	}
	return true
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inner.Close()
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.current().Addr() }

// conn is a connection that the wire can reset.
type conn struct {
	net.Conn
	wire *Wire
}

func (c *conn) linger() {
	if t, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		_ = t.SetLinger(0) // a connection that is gone needs none
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.wire.mu.Lock()
	delete(c.wire.conns, c)
	c.wire.mu.Unlock()
	return c.Conn.Close()
}
