package meter

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"net"
	"sync"
	"time"

	"vnettune/results/record"
)

// link is one measurement at one end: the control connection, what else belongs to it, and the
// context that ends all of it.
type link struct {
	ctx    context.Context // its cause is why the measurement failed
	cancel context.CancelCauseFunc
	p      Params
	conn   net.Conn
	in     chan message // of the other end
	id     uint64       // of the session, as datagrams have it

	mu      sync.Mutex
	closing []interface{ Close() error }
	over    bool // the measurement ends by itself: what breaks from here on is no failure
}

// newLink begins to read the control connection. Whatever is adopted is closed when ctx ends; the
// control connection is not, so that a server can still say why.
func newLink(ctx context.Context, conn net.Conn, most int64) *link {
	l := &link{conn: conn, in: make(chan message, 4)}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	context.AfterFunc(l.ctx, l.closeAll)
	go func() {
		defer close(l.in)
		for {
			var m message
			if err := receive(conn, most, &m); err != nil {
				l.fail(err)
				return
			}
			select {
			case l.in <- m:
			case <-l.ctx.Done():
				return
			}
		}
	}()
	return l
}

// adopt has c closed when the measurement ends.
func (l *link) adopt(c interface{ Close() error }) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		c.Close()
		return
	}
	l.closing = append(l.closing, c)
}

func (l *link) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.closing {
		c.Close()
	}
}

// fail ends the measurement by an error of a part of it; where the measurement is over already it
// is none.
func (l *link) fail(err error) {
	l.mu.Lock()
	over := l.over
	l.mu.Unlock()
	if !over {
		l.cancel(classed(err))
	}
}

// finish says that the measurement is over, and ends its streams.
func (l *link) finish(streams []net.Conn) {
	l.mu.Lock()
	l.over = true
	l.mu.Unlock()
	for _, c := range streams {
		if c != nil { // of a measurement that ended before all had come
			c.Close()
		}
	}
}

// next is the other end's next message. What it said before it closed the connection comes before that.
func (l *link) next() (message, error) {
	select {
	case m, ok := <-l.in:
		return l.took(m, ok)
	case <-l.ctx.Done():
	}
	select {
	case m, ok := <-l.in:
		return l.took(m, ok)
	default:
		return message{}, l.why()
	}
}

func (l *link) took(m message, ok bool) (message, error) {
	switch {
	case !ok:
		return m, l.why()
	case m.Failed != nil:
		return m, classed(m.Failed)
	}
	return m, nil
}

// why is the cause of the end, once there is one.
func (l *link) why() error {
	if err := context.Cause(l.ctx); err != nil {
		return err
	}
	return failf(record.PeerLost, "the other end closed the control connection")
}

// await is the next message that is wanted; another one is the other end's mistake.
func (l *link) await(what string, wanted func(message) bool) (message, error) {
	m, err := l.next()
	if err == nil && !wanted(m) {
		err = failf(record.UnsupportedByServer, "the other end answers something else than %s", what)
	}
	return m, err
}

func (l *link) say(m message) error { return send(l.conn, m) }

// sessionID is a session's number in datagrams.
func sessionID(session string) (uint64, error) {
	b, err := hex.DecodeString(session)
	if err != nil || len(b) != TokenLength {
		return 0, failf(record.UnsupportedByServer, "the other end names a session in an unknown form")
	}
	return binary.BigEndian.Uint64(b), nil
}

// alive has the system notice an end that is gone without a word.
func alive(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 5})
	}
}

// streamsOf are the connections without the one that requests go over.
func streamsOf(p Params, conns []net.Conn) (asking net.Conn, streams []net.Conn) {
	if p.Kind == KindRR {
		return conns[0], conns[1:]
	}
	return nil, conns
}

// fromServer says whether streams come from the server.
func (p Params) fromServer() bool {
	if p.Load != nil {
		return p.Load.Direction == FromServer
	}
	return p.Direction == FromServer
}
