package wsman

import (
	"context"
	"net/http"

	"vnettune/lab/windows"
)

// Executor plays processes; *windows.Machine is one.
type Executor interface {
	Run(ctx context.Context, c windows.Command) int
	OS() windows.OSInfo
	GoingDown() bool
}

// Config of a server.
type Config struct {
	User     string // account that may log on, matched without case
	Password string
}

// Server answers WS-Management requests. It is an http.Handler for /wsman.
type Server struct {
	cfg  Config
	exec Executor
}

// NewServer makes a server that runs its commands on m.
func NewServer(cfg Config, m Executor) *Server { return &Server{cfg: cfg, exec: m} }

// ServeHTTP answers one message.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("WWW-Authenticate", `Basic realm="WSMAN"`)
	w.WriteHeader(http.StatusUnauthorized)
}
