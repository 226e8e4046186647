package wsman

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/wsman/ntlm"
	"vnettune/lab/wsman/soap"
)

// Executor plays processes; *machine.Machine is one.
type Executor interface {
	// Run plays one process and returns its exit code; ctx ends it.
	Run(ctx context.Context, c machine.Command) int
	// OS describes the machine.
	OS() machine.OSInfo
	// GoingDown says that the machine answers nothing any more.
	GoingDown() bool
}

// Config of a server. A zero limit has the default of WinRM 3.0.
type Config struct {
	User     string // account that may log on, matched without case
	Password string

	// Strict leaves the service as `winrm quickconfig` does: AllowUnencrypted, Basic and
	// Certificate are false, so NTLM it is, and over HTTP sealed. Otherwise all is allowed.
	Strict bool
	// AcceptEmpty answers an empty request without an Authorization on a connection that
	// is authenticated with 200. Otherwise it is 401, and the client has to begin anew.
	AcceptEmpty bool
	// Certificate of the HTTPS listener, to which NTLM may be bound; nil: unknown.
	Certificate *x509.Certificate
	// ClientCA is the authority whose certificates are mapped to User where their subject's
	// common name is that name; nil: no client logs on with a certificate.
	ClientCA *x509.Certificate

	MaxEnvelopeSize int           // bytes of a request or answer; default 512000
	MaxShells       int           // shells at a time; default 30
	MaxCommands     int           // commands at a time in a shell; default 25
	MaxOperations   int           // commands ever started in the shells there are; default 1500
	IdleTimeout     time.Duration // after which an unused shell ends; default 2 h

	// Observe is told of every request of a client that logged on, before it is done: the
	// last word of its action in lower case and, of a command, its line. It may break the
	// request off by a panic. A code other than 0 is the fault that is answered in place of the
	// truth; done says whether the request is done all the same. Identify is not told. nil:
	// nobody is told.
	Observe func(ctx context.Context, action, line string) (code uint32, done bool)
}

func (c Config) withDefaults() Config {
	if c.MaxEnvelopeSize == 0 {
		c.MaxEnvelopeSize = 500 << 10
	}
	if c.MaxShells == 0 {
		c.MaxShells = 30
	}
	if c.MaxCommands == 0 {
		c.MaxCommands = 25
	}
	if c.MaxOperations == 0 {
		c.MaxOperations = 1500
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = 2 * time.Hour
	}
	return c
}

// Server answers WS-Management requests: an http.Handler for /wsman and, without
// a logon, for /wsman-anon/identify.
type Server struct {
	cfg  Config
	exec Executor
	now  func() time.Time

	ctx  context.Context // ends with Close; every command runs under it
	stop context.CancelFunc

	enumeration string // context of every enumeration: each has one instance, so nothing need be kept

	mu     sync.Mutex
	shells map[string]*shell
}

// NewServer makes a server that runs its commands on m.
func NewServer(cfg Config, m Executor) *Server {
	s := &Server{cfg: cfg.withDefaults(), exec: m, now: time.Now, shells: map[string]*shell{}, enumeration: "uuid:" + soap.NewUUID()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close ends all shells and their commands. Requests that wait are answered.
func (s *Server) Close() error {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, sh := range s.shells {
		sh.end()
		delete(s.shells, id)
	}
	return nil
}

// ServeHTTP answers one message. Nothing is answered once the machine goes down:
// the connection is closed, as that of a stopped service is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.exec.GoingDown() {
		panic(http.ErrAbortHandler)
	}
	anonymous := r.URL.Path == "/wsman-anon/identify" || strings.EqualFold(r.Header.Get("WSMANIDENTIFY"), "unauthenticated")
	switch {
	case r.URL.Path != "/wsman" && r.URL.Path != "/wsman-anon/identify":
		refuse(w, http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	var session *ntlm.Session
	if !anonymous {
		var err error
		if session, err = s.authenticate(w, r); err != nil {
			// Read to its end, so that the connection stays: NTLM goes on in it.
			_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, int64(s.cfg.MaxEnvelopeSize+ntlm.SealOverhead)))
			refuse(w, http.StatusUnauthorized)
			return
		}
	}
	m, ok := s.receiveMessage(w, r, session)
	if !ok {
		return
	}
	e, err := soap.Parse(m.body)
	if err != nil {
		m.send(soap.Malformed(err.Error()).Reply(), "")
		return
	}
	if anonymous && e.Body.Identify == nil {
		refuse(w, http.StatusUnauthorized)
		return
	}
	answer, err := s.answer(r.Context(), e, anonymous)
	if s.exec.GoingDown() {
		panic(http.ErrAbortHandler)
	}
	var f *soap.Fault
	switch {
	case errors.As(err, &f):
		answer = f.Reply()
	case err != nil:
		panic(http.ErrAbortHandler) // the client or the machine is gone
	}
	m.send(answer, e.Header.MessageID)
}
