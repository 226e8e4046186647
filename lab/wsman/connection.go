package wsman

import (
	"context"
	"net"
	"net/http"

	"vnettune/lab/wsman/ntlm"
)

// connection is what the server knows of one TCP connection: Negotiate with NTLM
// proves who the client is to a connection, not to a request. A connection has one
// request at a time.
type connection struct {
	exchange *ntlm.Exchange // begun and not finished
	session  *ntlm.Session  // nil until the client is known
}

type connectionKey struct{}

// ConnContext is for http.Server: without it NTLM is not offered, because nothing
// tells one connection from another.
func (s *Server) ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{})
}

// connectionOf is nil where the HTTP server does not use ConnContext.
func connectionOf(r *http.Request) *connection {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	return c
}
