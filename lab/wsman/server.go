package wsman

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"vnettune/lab/windows"
)

// Executor plays processes; *windows.Machine is one.
type Executor interface {
	// Run plays one process and returns its exit code; ctx ends it.
	Run(ctx context.Context, c windows.Command) int
	// OS describes the machine.
	OS() windows.OSInfo
	// GoingDown says that the machine answers nothing any more.
	GoingDown() bool
}

// Config of a server. A zero limit has the default of WinRM 3.0.
type Config struct {
	User     string // account that may log on, matched without case
	Password string

	MaxEnvelopeSize int           // bytes of a request or answer; default 512000
	MaxShells       int           // shells at a time; default 30
	MaxCommands     int           // commands at a time in a shell; default 25
	IdleTimeout     time.Duration // after which an unused shell ends; default 2 h
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
	s := &Server{cfg: cfg.withDefaults(), exec: m, now: time.Now, shells: map[string]*shell{}, enumeration: "uuid:" + newUUID()}
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
		http.Error(w, "", http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	case !anonymous && !s.authorised(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="WSMAN"`)
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.cfg.MaxEnvelopeSize)))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		panic(http.ErrAbortHandler) // the client is gone
	}
	e, err := parseEnvelope(b)
	if err != nil {
		send(w, errSchema(err.Error()).reply(), "")
		return
	}
	if anonymous && e.Body.Identify == nil {
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	answer, err := s.handle(r.Context(), e, anonymous)
	if s.exec.GoingDown() {
		panic(http.ErrAbortHandler)
	}
	var f *fault
	switch {
	case errors.As(err, &f):
		answer = f.reply()
	case err != nil:
		panic(http.ErrAbortHandler) // the client or the machine is gone
	}
	send(w, answer, e.Header.MessageID)
}

func send(w http.ResponseWriter, r reply, relatesTo string) {
	w.Header().Set("Content-Type", "application/soap+xml;charset=UTF-8")
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	_, _ = io.WriteString(w, compose(r, relatesTo)) // a client that is gone asks again
}

// authorised checks Basic credentials in constant time. A domain or machine name
// before the user's is taken off.
func (s *Server) authorised(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	if i := strings.LastIndexByte(user, '\\'); i >= 0 {
		user = user[i+1:]
	}
	same := func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return subtle.ConstantTimeCompare(x[:], y[:])
	}
	return ok && same(strings.ToLower(user), strings.ToLower(s.cfg.User))&same(password, s.cfg.Password) == 1
}
