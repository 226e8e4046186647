package meter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"vnettune/results/record"
)

// Config is what a server is told when it starts. The token comes with it, so that it is read
// from a file or from standard input, and stands on no command line.
type Config struct {
	Port  int        `json:"port"` // TCP and UDP; 0 takes any
	Peer  netip.Addr `json:"peer"` // the one address that is answered
	Token string     `json:"token"`
	Idle  float64    `json:"idle_seconds"`  // without a client, after which the server ends by itself
	Limit float64    `json:"limit_seconds"` // after which it ends, whatever it does
}

// Bounds of a Config, in seconds.
const (
	maxIdle  = 24 * 3600
	maxLimit = 14 * 24 * 3600
)

// Why a server ended by itself.
var (
	ErrIdle  = errors.New("no client came for as long as the server may wait")
	ErrLimit = errors.New("the server's time is over")
)

// maxOpen is the most connections at a time: the streams of one session, and others that are
// turned away.
const maxOpen = 2*MaxStreams + 16

// Server answers measurements, one at a time.
type Server struct {
	config Config
	token  []byte
	listen net.Listener

	mu      sync.Mutex
	session *session // that is going on; nil for none
	idle    time.Time
}

// session is a measurement as the server has it.
type session struct {
	id    string
	link  *link
	conns []net.Conn
	ready chan struct{} // closed when all streams are there
	left  int
}

// Listen checks the configuration and opens the port, on every address of this machine.
func Listen(c Config) (*Server, error) {
	token, err := ParseToken(c.Token)
	c.Peer = c.Peer.Unmap().WithZone("")
	switch {
	case err != nil:
		return nil, err
	case !c.Peer.IsValid() || c.Peer.IsUnspecified():
		return nil, errors.New("peer: the address that may connect is missing")
	case c.Port < 0 || c.Port > 65535:
		return nil, fmt.Errorf("port: %d is none", c.Port)
	case !(c.Idle > 0 && c.Idle <= maxIdle):
		return nil, fmt.Errorf("idle_seconds: %g is not above 0 and at most %d", c.Idle, maxIdle)
	case !(c.Limit > 0 && c.Limit <= maxLimit):
		return nil, fmt.Errorf("limit_seconds: %g is not above 0 and at most %d", c.Limit, maxLimit)
	}
	l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(c.Port)))
	if err != nil {
		return nil, err
	}
	return &Server{config: c, token: token, listen: l, idle: time.Now()}, nil
}

// Port is the one that the server listens on.
func (s *Server) Port() int { return s.listen.Addr().(*net.TCPAddr).Port }

// Serve answers until ctx ends (then its error is nil), nobody came for too long (ErrIdle) or its
// time is over (ErrLimit). It leaves nothing open.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limit := time.AfterFunc(seconds(s.config.Limit), func() { cancel(ErrLimit) })
	defer limit.Stop()
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { s.watch(ctx, cancel) })
	stop := context.AfterFunc(ctx, func() { s.listen.Close() })
	defer stop()
	defer s.listen.Close()
	room := make(chan struct{}, maxOpen)
	for {
		conn, err := s.listen.Accept()
		if err != nil {
			cause := context.Cause(ctx)
			cancel(err)
			switch {
			case errors.Is(cause, ErrIdle) || errors.Is(cause, ErrLimit):
				return cause
			case cause != nil:
				return nil
			}
			return err
		}
		peer := netip.MustParseAddrPort(conn.RemoteAddr().String()).Addr().Unmap().WithZone("")
		select {
		case room <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		if peer != s.config.Peer {
			conn.Close()
			<-room
			continue
		}
		wait.Go(func() {
			defer func() { <-room }()
			s.receive(ctx, conn)
		})
	}
}

// watch ends a server that nobody uses.
func (s *Server) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	most := seconds(s.config.Idle)
	for {
		s.mu.Lock()
		left := most - time.Since(s.idle)
		if s.session != nil {
			left = most
		}
		s.mu.Unlock()
		if left <= 0 {
			cancel(ErrIdle)
			return
		}
		if pause(ctx, left) != nil {
			return
		}
	}
}

// receive serves one connection.
func (s *Server) receive(ctx context.Context, conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(shakeLimit)) // a connection without one fails at once
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	h, err := open(conn, s.token)
	stop()
	if err == nil && ctx.Err() == nil {
		switch h.Role {
		case roleControl:
			s.control(ctx, conn)
			return
		case roleStream:
			if s.stream(conn, h) {
				return
			}
		}
	}
	conn.Close()
}

// stream hands a connection over to its session.
func (s *Server) stream(conn net.Conn, h hello) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.session
	if at == nil || at.id != h.Session || h.Number < 0 || h.Number >= len(at.conns) || at.conns[h.Number] != nil {
		return false
	}
	_ = conn.SetDeadline(time.Time{}) // the session closes it when its own time is over
	at.conns[h.Number] = conn
	at.link.adopt(conn)
	if at.left--; at.left == 0 {
		close(at.ready)
	}
	return true
}

// Times of a session beside its seconds.
const (
	setUpLimit = 15 * time.Second // from the parameters to the last stream
	endLimit   = 10 * time.Second // from the last measured second to the last word
)

// control serves a control connection to its end.
func (s *Server) control(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	alive(conn)
	var m message
	if receive(conn, maxAsked, &m) != nil || m.Params == nil {
		return
	}
	p := *m.Params
	if err := p.Check(); err != nil {
		_ = send(conn, message{Failed: &Failure{record.BadArguments, err.Error()}})
		return
	}
	_ = conn.SetDeadline(time.Now().Add(setUpLimit + p.lasts() + endLimit))
	ctx, cancel := context.WithTimeoutCause(ctx, setUpLimit+p.lasts()+endLimit, &Failure{record.HangKilled, "the measurement did not end in its time"})
	defer cancel()
	at := &session{id: NewToken(), conns: make([]net.Conn, p.connections()), left: p.connections(), ready: make(chan struct{})}
	if at.left == 0 {
		close(at.ready)
	}
	s.mu.Lock()
	busy := s.session != nil
	if !busy {
		at.link = newLink(ctx, conn, maxAsked)
		at.link.p = p
		at.link.id, _ = sessionID(at.id) // it is a token
		s.session = at
	}
	s.mu.Unlock()
	if busy {
		_ = send(conn, message{Failed: &Failure{record.ServerBusy, "another measurement is going on"}})
		return
	}
	half, err := s.measure(at)
	s.mu.Lock()
	s.session, s.idle = nil, time.Now()
	s.mu.Unlock()
	at.link.finish(at.conns)
	if err != nil {
		if ended := context.Cause(ctx); errors.Is(ended, ErrLimit) || errors.Is(ended, ErrIdle) || errors.Is(ended, context.Canceled) {
			err = failf(record.ServerTerminated, "the meter in the guest was ended")
		}
		_ = at.link.say(message{Failed: classed(err)}) // a client that is gone needs no answer
	} else {
		_ = at.link.say(message{Result: half})
		// The client closes first, so that its port is the one that waits.
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		for range at.link.in {
		}
	}
	at.link.cancel(errOver)
}

// errOver is the cause of the end of a measurement that has ended.
var errOver = errors.New("the measurement is over")

// measure does the server's part.
func (s *Server) measure(at *session) (*Half, error) {
	l, p := at.link, at.link.p
	var udp *datagramServer
	if p.Kind == KindUDP {
		var err error
		if udp, err = s.openUDP(l); err != nil {
			return nil, err
		}
	}
	if err := l.say(message{Session: at.id}); err != nil {
		return nil, err
	}
	if _, err := l.await("that it has its streams", func(m message) bool { return m.Go }); err != nil {
		return nil, err
	}
	// They go by other connections than this word, and may be behind it.
	select {
	case <-at.ready:
	case <-time.After(lateWord):
		return nil, failf(record.DataConnectionFailed, "the client says go, and not all of its %d streams have come", p.connections())
	case <-l.ctx.Done():
		return nil, l.why()
	}
	if udp != nil {
		return udp.measure(l)
	}
	if err := l.say(message{Going: true}); err != nil {
		return nil, err
	}
	asking, streams := streamsOf(p, at.conns)
	half := &Half{}
	var wait sync.WaitGroup
	defer wait.Wait()
	defer l.finish(at.conns)
	answered := make(chan int64, 1)
	if asking != nil {
		wait.Go(func() {
			n, err := newExchange(asking, p).respond()
			answered <- n
			l.failLate(err)
		})
	}
	switch {
	case len(streams) > 0 && p.fromServer():
		feed(streams, &wait, l.failLate)
	case len(streams) > 0:
		in := take(streams, l.failLate)
		defer in.wait.Wait()
		defer l.finish(streams)
		var err error
		half.Streams, err = in.window(l.ctx, p, func(ended bool) error {
			if p.Kind != KindTCP {
				return nil
			}
			return l.say(message{Began: !ended, Ended: ended})
		})
		if err != nil {
			return nil, err
		}
		if p.Kind == KindTCP {
			return half, nil
		}
	}
	if _, err := l.await("that it is over", func(m message) bool { return m.Over }); err != nil {
		return nil, err
	}
	l.finish(at.conns)
	if asking != nil {
		half.Answered = <-answered
	}
	return half, nil
}

// lateWord is how far what a client says may be apart from what its streams do: they go by
// different connections.
const lateWord = 10 * time.Second

// failLate ends the measurement by an error of a stream, unless the client's word comes that
// it is over.
func (l *link) failLate(err error) {
	time.AfterFunc(lateWord, func() { l.fail(err) })
}

// datagramServer is the server's end of KindUDP.
type datagramServer struct {
	conn  *net.UDPConn
	drain *drain
	peer  netip.Addr
}

// openUDP opens the port for datagrams, and answers probes from now on.
func (s *Server) openUDP(l *link) (*datagramServer, error) {
	// On the address that the client knows: from another one it would not take the answers.
	local := l.conn.LocalAddr().(*net.TCPAddr)
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: local.IP, Zone: local.Zone, Port: local.Port})
	if err != nil {
		return nil, failf(record.Failed, "open UDP port %d: %v", local.Port, err)
	}
	l.adopt(conn)
	if err := offload(conn, l.p, l.p.Direction == FromServer); err != nil {
		return nil, err
	}
	u := &datagramServer{conn, newDrain(l.id, l.p), s.config.Peer}
	go func() { l.fail(u.drain.read(conn, u.peer, true)) }()
	return u, nil
}

// offload sets what p asks for of the sending, or the receiving, end.
func offload(conn *net.UDPConn, p Params, sends bool) error {
	var err error
	what := ""
	switch {
	case sends && p.USO:
		what, err = "USO", segment(conn, p.Length)
	case !sends && p.URO:
		what, err = "URO", coalesce(conn, MaxLength/p.Length*p.Length)
	}
	if err != nil {
		return failf(record.UnsupportedByServer, "%s on %s: %v", what, thisEnd().OS, err)
	}
	return nil
}

func (u *datagramServer) measure(l *link) (*Half, error) {
	if l.p.Direction == ToServer {
		if err := l.say(message{Going: true}); err != nil {
			return nil, err
		}
		m, err := l.await("how much it sent", func(m message) bool { return m.Sent != nil })
		if err == nil {
			err = u.drain.settle(l.ctx, m.Sent.Count)
		}
		if err != nil {
			return nil, err
		}
		return &Half{Received: u.drain.figures()}, nil
	}
	outlets := make([]outlet, l.p.Streams)
	from := u.drain.probes()
	for i := range outlets {
		to, ok := from[byte(i)]
		if !ok {
			return nil, failf(record.UDPBlocked, "no datagram of stream %d came", i)
		}
		outlets[i] = outlet{func(b []byte) error { _, err := u.conn.WriteToUDPAddrPort(b, to); return err }, byte(i)}
	}
	if err := l.say(message{Going: true}); err != nil {
		return nil, err
	}
	sent, err := spray(l.ctx, outlets, l.id, l.p)
	if err != nil {
		return nil, err
	}
	if err := l.say(message{Sent: sent}); err != nil {
		return nil, err
	}
	if _, err := l.await("that it is over", func(m message) bool { return m.Over }); err != nil {
		return nil, err
	}
	return &Half{Sent: sent}, nil
}
