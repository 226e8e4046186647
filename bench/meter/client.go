package meter

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"vnettune/foreign"
	"vnettune/results/record"
)

// Target is a server as the client reaches it.
type Target struct {
	Bind    string // address of this host to measure from; "" leaves it to the routes
	Address string
	Port    int
	Token   string
	RTT     time.Duration // of the path; 0 when it is not known
}

// Client measures against servers.
type Client struct {
	Grace time.Duration // beyond the seconds of a measurement, for its beginning and end; 0 means DefaultGrace
}

// DefaultGrace is more than any of the server's own limits, so that it is the server that says
// what went wrong where it can.
const DefaultGrace = 20 * time.Second

const (
	dialLimit  = 5 * time.Second
	probeEvery = 200 * time.Millisecond
	probeLimit = 3 * time.Second
)

// setUpTrips is how many round trips a measurement takes beside three for each stream.
const setUpTrips = 12

// Run measures once. It returns within the seconds of p and Grace, or soon after ctx ends, and
// leaves nothing open. A document of a run that failed says why and has no figures.
func (c Client) Run(ctx context.Context, t Target, p Params) Document {
	grace := c.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	limit := p.lasts() + grace + time.Duration(setUpTrips+3*p.connections())*t.RTT
	late := &Failure{record.HangKilled, "the measurement had not ended " + grace.String() + " after its time, and was given up"}
	timed, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	r := &run{target: t, doc: Document{Params: p, Client: thisEnd()}}
	err := r.do(timed, p)
	if err == nil {
		return r.doc
	}
	switch f := classed(err); {
	case ctx.Err() != nil:
		f = &Failure{record.Interrupted, "the measurement was told to stop"}
		r.doc.Failed = f
	case timed.Err() != nil:
		r.doc.Failed = late
	default:
		r.doc.Failed = f
	}
	r.doc.Host, r.doc.Guest, r.doc.GuestSeconds, r.doc.HostSeconds = Half{}, Half{}, 0, 0
	return r.doc
}

// run is one measurement as the client has it.
type run struct {
	target Target
	token  []byte
	doc    Document
	link   *link
	conns  []net.Conn
}

func (r *run) do(ctx context.Context, p Params) error {
	if err := p.Check(); err != nil {
		return failf(record.BadArguments, "%v", err)
	}
	var err error
	if r.token, err = ParseToken(r.target.Token); err != nil {
		return failf(record.BadArguments, "%v", err)
	}
	conn, end, err := r.connect(ctx, hello{Role: roleControl}, record.ConnectTimeout)
	if err != nil {
		return err
	}
	r.doc.Server = End{foreign.Word(end.Version), foreign.Word(end.OS), foreign.Word(end.Arch), foreign.Word(end.Go)}
	alive(conn)
	l := newLink(ctx, conn, maxAnswered)
	r.link, l.p = l, p
	l.adopt(conn)
	defer l.cancel(errOver)
	if err := l.say(message{Params: &p}); err != nil {
		return err
	}
	m, err := l.await("a session", func(m message) bool { return m.Session != "" })
	if err != nil {
		return err
	}
	if l.id, err = sessionID(m.Session); err != nil {
		return err
	}
	r.conns = make([]net.Conn, p.connections())
	for i := range r.conns {
		conn, _, err := r.connect(ctx, hello{Role: roleStream, Session: m.Session, Number: i}, record.DataConnectionFailed)
		if err != nil {
			return err
		}
		r.conns[i] = conn
		l.adopt(conn)
	}
	if p.Kind == KindUDP {
		err = r.datagrams()
	} else {
		err = r.streams()
	}
	if err != nil {
		return err
	}
	return r.doc.plausible()
}

// connect opens one connection and proves both ends. The context bounds what comes after.
func (r *run) connect(ctx context.Context, h hello, timeout string) (net.Conn, End, error) {
	dialer := net.Dialer{Timeout: dialLimit + 3*r.target.RTT}
	if a, err := netip.ParseAddr(r.target.Bind); err == nil {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
	}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(r.target.Address, strconv.Itoa(r.target.Port)))
	if err != nil {
		return nil, End{}, dialed(err, timeout)
	}
	_ = conn.SetDeadline(time.Now().Add(shakeLimit + 3*r.target.RTT))
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	end, err := knock(conn, r.token, h)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		var f *Failure
		if errors.Is(err, io.EOF) {
			err = failf(record.PeerLost, "the meter ended the connection at once: it serves another address than this host's, or has just ended")
		}
		if h.Role == roleStream && !errors.As(err, &f) {
			err = failf(record.DataConnectionFailed, "stream %d: %v", h.Number, err)
		}
		return nil, End{}, err
	}
	_ = conn.SetDeadline(time.Time{})
	return conn, end, nil
}

// dialed names the class of a connection that did not come about.
func dialed(err error, timeout string) error {
	var t net.Error
	switch {
	case isRefused(err):
		return failf(record.ConnectionRefused, "%v", err)
	case isUnreachable(err):
		return failf(record.NoRoute, "%v", err)
	case errors.As(err, &t) && t.Timeout():
		return failf(timeout, "%v", err)
	}
	return failf(record.Failed, "%v", err)
}

// streams measures what goes over TCP.
func (r *run) streams() (err error) {
	l, p := r.link, r.link.p
	if err := l.say(message{Go: true}); err != nil {
		return err
	}
	if _, err := l.await("that it begins", func(m message) bool { return m.Going }); err != nil {
		return err
	}
	asking, streams := streamsOf(p, r.conns)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer l.finish(r.conns)
	defer func() {
		if err != nil {
			l.fail(err) // what waits for the window ends now
		}
	}()
	var received chan error
	if len(streams) > 0 && !p.fromServer() {
		feed(streams, &wait, l.failLate)
	}
	if len(streams) > 0 && p.fromServer() {
		received = make(chan error, 1)
		in := take(streams, l.failLate)
		wait.Go(func() {
			s, err := in.window(l.ctx, p, func(bool) error { return nil })
			r.doc.Host.Streams = s
			received <- err
			in.wait.Wait()
		})
	}
	if asking != nil {
		rr, err := newExchange(asking, p).run(func() { asking.Close() })
		if err != nil {
			if l.ctx.Err() != nil {
				err = context.Cause(l.ctx)
			}
			return err
		}
		r.doc.Host.RR = rr
	}
	if received != nil {
		if err := <-received; err != nil {
			return err
		}
	}
	if p.Kind == KindTCP && !p.fromServer() {
		return r.counted()
	}
	// Before the streams end, so that the other end takes that for what it is.
	if err := l.say(message{Over: true}); err != nil {
		return err
	}
	l.finish(r.conns)
	return r.result()
}

// counted waits for a server that counts: it says when its measured seconds begin and end.
func (r *run) counted() error {
	l := r.link
	if _, err := l.await("that its seconds begin", func(m message) bool { return m.Began }); err != nil {
		return err
	}
	began := time.Now()
	if _, err := l.await("that its seconds end", func(m message) bool { return m.Ended }); err != nil {
		return err
	}
	r.doc.HostSeconds = since(began)
	l.finish(r.conns)
	if err := r.result(); err != nil {
		return err
	}
	if s := r.doc.Guest.Streams; s != nil {
		r.doc.GuestSeconds = s.Seconds
	}
	return nil
}

// result takes the server's last word.
func (r *run) result() error {
	m, err := r.link.await("its figures", func(m message) bool { return m.Result != nil })
	if err != nil {
		return err
	}
	r.doc.Guest = *m.Result
	for i, n := range r.doc.Guest.Notes {
		r.doc.Guest.Notes[i] = foreign.Words(n)
	}
	return nil
}

// datagrams measures UDP.
func (r *run) datagrams() error {
	l, p := r.link, r.link.p
	d := newDrain(l.id, p)
	outlets := make([]outlet, p.Streams)
	conns := make([]net.Conn, p.Streams)
	for i := range outlets {
		conn, err := r.dialUDP(i, d)
		if err != nil {
			return err
		}
		conns[i] = conn
		outlets[i] = outlet{func(b []byte) error { _, err := conn.Write(b); return err }, byte(i)}
	}
	if err := l.say(message{Go: true}); err != nil {
		return err
	}
	if _, err := l.await("that it begins", func(m message) bool { return m.Going }); err != nil {
		return err
	}
	if p.Direction == ToServer {
		sent, err := spray(l.ctx, outlets, l.id, p)
		if err != nil {
			return err
		}
		r.doc.Host.Sent = sent
		if err := l.say(message{Sent: sent}); err != nil {
			return err
		}
		return r.result()
	}
	m, err := l.await("how much it sent", func(m message) bool { return m.Sent != nil })
	if err == nil {
		err = d.settle(l.ctx, m.Sent.Count)
	}
	if err != nil {
		return err
	}
	r.doc.Host.Received = d.figures()
	if err := l.say(message{Over: true}); err != nil {
		return err
	}
	l.finish(conns)
	return r.result()
}

// dialUDP opens the socket of one stream, and returns when a datagram has come back through it.
func (r *run) dialUDP(stream int, d *drain) (*net.UDPConn, error) {
	l, p := r.link, r.link.p
	host, _, _ := net.SplitHostPort(l.conn.RemoteAddr().String()) // of the connection that there is: a name is not looked up twice
	dialer := net.Dialer{}
	if a, err := netip.ParseAddr(r.target.Bind); err == nil {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
	}
	c, err := dialer.DialContext(l.ctx, "udp", net.JoinHostPort(host, strconv.Itoa(r.target.Port)))
	if err != nil {
		return nil, dialed(err, record.UDPBlocked)
	}
	conn := c.(*net.UDPConn)
	l.adopt(conn)
	ask, answer := make([]byte, headerLength), make([]byte, 1<<16)
	putHeader(ask, l.id, dgProbe, byte(stream), 0)
	wait := probeLimit + 3*r.target.RTT
	for end := time.Now().Add(wait); ; {
		if _, err := conn.Write(ask); err != nil && !passing(err) {
			return nil, l.or(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(probeEvery + r.target.RTT))
		n, err := conn.Read(answer)
		if err == nil && n >= headerLength {
			if id, what, s, _ := header(answer); id == l.id && what == dgProbed && int(s) == stream {
				break
			}
		}
		if l.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil, l.or(err)
		}
		if time.Now().After(end) {
			return nil, failf(record.UDPBlocked, "no answer to any datagram within %s", wait)
		}
	}
	_ = conn.SetReadDeadline(time.Time{})
	if err := offload(conn, p, p.Direction == ToServer); err != nil {
		return nil, err
	}
	if p.Direction == FromServer {
		peer := conn.RemoteAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
		go func() { l.fail(d.read(conn, peer, false)) }()
	}
	return conn, nil
}

// or is the cause of the measurement's end, where it has one, in the place of what broke by it.
func (l *link) or(err error) error {
	if cause := context.Cause(l.ctx); cause != nil {
		return cause
	}
	return err
}
