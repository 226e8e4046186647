package winrm

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"vnettune/apply/winrm/fault"
	"vnettune/trouble"
)

// Bounds of one HTTP exchange.
const (
	maxAnswer        = 2 << 20  // bytes of one answer, but one with output
	maxReceive       = 16 << 20 // bytes of one with output
	maxHeader        = 64 << 10 // bytes of its header
	handshakeTimeout = 10 * time.Second
)

// session is one connection. NTLM authenticates connections, and a message that
// was written may have been obeyed: so a session never dials a second time, and
// nothing below it repeats anything.
type session struct {
	http    *http.Transport
	url     string
	channel channel // how messages travel, once the connection is the user's
}

// errUnsent says that a connection was closed while it was idle: nothing of the
// message was sent.
var errUnsent = errors.New("the connection was closed before the message was sent")

// newSession makes a session that has not dialled yet.
func (c *Client) newSession() *session {
	var dialled atomic.Bool
	return &session{url: c.url, http: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			if dialled.Swap(true) {
				return nil, errUnsent
			}
			return c.dialer.dial(ctx, network, c.config.Address) // the URL's lacks the zone
		},
		TLSClientConfig:        c.tls.Clone(),
		TLSHandshakeTimeout:    handshakeTimeout,
		MaxConnsPerHost:        1,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
	}}
}

func (s *session) close() { s.http.CloseIdleConnections() }

// reply is one HTTP answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
	tls    *tls.ConnectionState // nil over HTTP
}

// certificate is the guest's, nil over HTTP.
func (r reply) certificate() *x509.Certificate {
	if r.tls == nil || len(r.tls.PeerCertificates) == 0 {
		return nil
	}
	return r.tls.PeerCertificates[0]
}

// exchange posts one body and reads the answer, of most bytes at most. Errors: errUnsent,
// a *TrustError, or what the network said.
func (s *session) exchange(ctx context.Context, header http.Header, body []byte, most int64) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header = header
	resp, err := s.http.RoundTrip(req)
	if err != nil {
		return reply{}, explained(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return reply{}, fmt.Errorf("the answer breaks off: %w", err)
	}
	if int64(len(got)) > most {
		return reply{}, fmt.Errorf("the answer is longer than %d MiB", most>>20)
	}
	return reply{resp.StatusCode, resp.Header, got, resp.TLS}, nil
}

// explained says more of an error below HTTP: what TLS says of a certificate becomes a *TrustError, and where another
// service answers it says which.
func explained(err error) error {
	var chain *tls.CertificateVerificationError
	var pin *pinError
	var plain tls.RecordHeaderError
	const noTLS = "write guest.control with http:// if this is WinRM's port without TLS (5985), or name that with TLS (5986)"
	switch {
	case errors.As(err, &pin):
		return &TrustError{Fingerprint: pin.got, Err: pin}
	case errors.As(err, &plain):
		return trouble.Hint(fmt.Errorf("the port does not speak TLS: its answer begins with %q (%w)", plain.RecordHeader[:], err), noTLS)
	case strings.Contains(err.Error(), "TLS handshake timeout"), errors.Is(err, errSilentTLS): // net/http has no error to compare with
		return trouble.Hint(fmt.Errorf("the port takes connections, and does not answer in TLS within %s (%w)", handshakeTimeout, err), noTLS)
	case errors.As(err, &chain) && len(chain.UnverifiedCertificates) > 0:
		return &TrustError{Fingerprint: fingerprint(chain.UnverifiedCertificates[0]), Err: chain.Err}
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "readLoopPeekFailLocked: %!w(<nil>)"): // nor here, where it speaks first
		return trouble.Hint(fmt.Errorf("what answers there does not speak HTTP (%w)", err), fault.NoWinRM)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("it closes the connection without an answer (%w)", err)
	}
	return err
}

// errSilentTLS says that a handshake took too long.
var errSilentTLS = errors.New("no handshake")

// inTLS says of a port that was spoken to without TLS, and did not answer as WinRM does, whether it speaks TLS. Only who
// has not heard of the guest yet asks: a connection that breaks later is a guest that reboots.
func (c *Client) inTLS(ctx context.Context, err error) bool {
	var status *fault.StatusError
	broke := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.As(err, &status) && status.Status == http.StatusBadRequest || strings.Contains(err.Error(), "malformed HTTP response")
	if c.met || c.config.HTTPS || !broke {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	raw, err := c.dialer.dial(ctx, "tcp", c.config.Address)
	if err != nil {
		return false
	}
	defer raw.Close()
	return tls.Client(raw, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx) == nil // nothing is sent over it
}
