package wsman

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"

	"vnettune/lab/wsman/ntlm"
)

// Schemes of the header Authorization.
const (
	schemeBasic     = "Basic"
	schemeNegotiate = "Negotiate"
	schemeNTLM      = "NTLM" // an older word for the same tokens
	// schemeCertificate is sent without a token: the certificate is in the TLS
	// connection (DMTF DSP0226, annex C).
	schemeCertificate = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
)

// errUnauthorised is answered with 401; the headers are already set.
var errUnauthorised = errors.New("unauthorised")

// authenticate finds out whether the request comes from the account of the server. A
// session is returned where a connection was authenticated, with NTLM: its messages may
// be sealed. It sets the headers of the 401 that errUnauthorised asks for.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) (*ntlm.Session, error) {
	conn := connectionOf(r)
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	refused := func() (*ntlm.Session, error) {
		if conn != nil {
			*conn = connection{}
			w.Header().Add("WWW-Authenticate", schemeNegotiate)
		}
		if !s.cfg.Strict {
			w.Header().Add("WWW-Authenticate", `Basic realm="WSMAN"`)
		}
		return nil, errUnauthorised
	}
	switch {
	case scheme == "" && conn != nil && conn.session != nil:
		if r.ContentLength == 0 && !s.cfg.AcceptEmpty {
			return refused()
		}
		return conn.session, nil
	case strings.EqualFold(scheme, schemeBasic) && !s.cfg.Strict:
		if s.basic(r) {
			return nil, nil
		}
	case conn != nil && (strings.EqualFold(scheme, schemeNegotiate) || strings.EqualFold(scheme, schemeNTLM)):
		message, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
		if err != nil {
			return refused()
		}
		challenge, err := s.negotiate(r, conn, message)
		switch {
		case err != nil:
			return refused()
		case challenge != nil:
			w.Header().Add("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(challenge))
			return nil, errUnauthorised
		}
		return conn.session, nil
	case strings.EqualFold(scheme, schemeCertificate) && !s.cfg.Strict:
		if s.mapped(r.TLS) {
			return nil, nil
		}
	}
	return refused()
}

// negotiate takes one message of NTLM; a challenge goes back to the client, without
// one the connection is authenticated.
func (s *Server) negotiate(r *http.Request, conn *connection, message []byte) (challenge []byte, err error) {
	exchange := conn.exchange
	*conn = connection{}
	if exchange != nil {
		conn.session, err = exchange.Finish(message)
		return nil, err
	}
	server := ntlm.Server{Computer: s.exec.OS().CSName, Now: s.now, Password: func(user string) (string, bool) {
		return s.cfg.Password, strings.EqualFold(user, s.cfg.User)
	}}
	if r.TLS != nil && s.cfg.Certificate != nil {
		server.Binding = ntlm.Binding(s.cfg.Certificate)
	}
	conn.exchange, challenge, err = server.Begin(message)
	return challenge, err
}

// mapped says whether the client has a certificate that stands for the account.
func (s *Server) mapped(state *tls.ConnectionState) bool {
	if state == nil || len(state.PeerCertificates) == 0 || s.cfg.ClientCA == nil {
		return false
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.cfg.ClientCA)
	client := state.PeerCertificates[0]
	_, err := client.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil && strings.EqualFold(client.Subject.CommonName, s.cfg.User)
}

// basic checks Basic credentials in constant time. A domain or machine name before the
// user's is taken off.
func (s *Server) basic(r *http.Request) bool {
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
