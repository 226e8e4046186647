package winrm

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Auth is how the user is proved to the guest.
type Auth string

// The ways to prove the user. What Basic sends over plain HTTP can be read by
// everybody on the way; NTLM encrypts every message there.
const (
	NTLM        Auth = "ntlm"
	Basic       Auth = "basic"
	Certificate Auth = "certificate" // over HTTPS only
)

// Config names a guest's WinRM service, who asks and what is trusted.
type Config struct {
	Address  string // host:port; an IPv6 address in brackets, with a zone if it is link-local
	HTTPS    bool
	Auth     Auth   // "": NTLM
	User     string // NAME, DOMAIN\NAME or NAME@DOMAIN
	Password string

	ClientCert []byte // PEM, for Certificate
	ClientKey  []byte // PEM, for Certificate

	CACert      []byte // PEM; nil: the system's authorities
	ServerName  string // name on the certificate, when it is not the host's
	Fingerprint string // SHA-256 of the certificate in hexadecimal; then nothing else is asked of it
	Insecure    bool   // take any certificate

	Answer  time.Duration // the longest that an answer may take; 0: DefaultAnswer
	Command time.Duration // the longest that a command may run; 0: DefaultCommand

	Proxy string // http://host:port of a proxy that takes CONNECT; "": none, whatever the environment says
}

// DefaultAnswer is the longest that an answer may take, DefaultCommand the longest that
// a command may run: a guest that answers that it has nothing to say yet could do so for ever.
const (
	DefaultAnswer  = 30 * time.Second
	DefaultCommand = 10 * time.Minute
)

// answer is the longest that an answer may take.
func (c Config) answer() time.Duration {
	if c.Answer == 0 {
		return DefaultAnswer
	}
	return c.Answer
}

// command is the longest that a command may run.
func (c Config) command() time.Duration {
	if c.Command == 0 {
		return DefaultCommand
	}
	return c.Command
}

// operationTime is what the service is asked to answer within, a Receive included
// whose command has nothing to say yet.
func (c Config) operationTime() time.Duration { return c.answer() * 2 / 3 }

// duration is a time as messages have it (xs:duration).
func duration(d time.Duration) string { return fmt.Sprintf("PT%.3fS", d.Seconds()) }

// withoutZone is an address as the guest may read it: a zone names an interface of
// this host, and stays here (RFC 6874, section 4).
func withoutZone(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	host, _, _ = strings.Cut(host, "%")
	return net.JoinHostPort(host, port)
}

// authentication makes what proves the user of the configuration.
func (c Config) authentication() (authentication, error) {
	switch c.Auth {
	case "", NTLM:
		return negotiated{user: c.User, password: c.Password, seal: !c.HTTPS}, nil
	case Basic:
		return basic{user: c.User, password: c.Password}, nil
	case Certificate:
		if !c.HTTPS {
			return nil, errors.New("a client certificate needs https")
		}
		return certificate{}, nil
	}
	return nil, fmt.Errorf("no such authentication: %q", c.Auth)
}

// proxy is the address of the proxy, "" for none.
func (c Config) proxy() (string, error) {
	if c.Proxy == "" {
		return "", nil
	}
	u, err := url.Parse(c.Proxy)
	if err != nil || u.Scheme != "http" || u.Port() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", errors.New("the proxy must be given as http://HOST:PORT, without a user or a password") // and is not shown
	}
	return u.Host, nil
}

// tls is how the guest's certificate is verified; nil over HTTP.
func (c Config) tls() (*tls.Config, error) {
	if !c.HTTPS {
		return nil, nil
	}
	t := &tls.Config{ServerName: c.ServerName, MinVersion: tls.VersionTLS12}
	switch {
	case c.Fingerprint != "":
		want, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(c.Fingerprint))
		if err != nil || len(want) != sha256.Size {
			return nil, errors.New("the fingerprint must be a SHA-256 in hexadecimal (64 digits)")
		}
		t.InsecureSkipVerify = true // the pin replaces the chain
		t.VerifyConnection = func(s tls.ConnectionState) error {
			if got := fingerprint(s.PeerCertificates[0]); got != hex.EncodeToString(want) {
				return &pinError{got}
			}
			return nil
		}
	case c.Insecure:
		t.InsecureSkipVerify = true
	case len(c.CACert) > 0:
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(c.CACert) {
			return nil, errors.New("the CA file holds no PEM certificate")
		}
		t.RootCAs = pool
	}
	if c.Auth == Certificate {
		pair, err := tls.X509KeyPair(c.ClientCert, c.ClientKey)
		if err != nil {
			return nil, fmt.Errorf("the client certificate and its key: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
		// Windows asks for the certificate only after it has seen the request: by
		// renegotiation in TLS 1.2, in TLS 1.3 in a way that Go does not speak
		// (github.com/ansible/ansible/issues/77768, 81197).
		t.MaxVersion, t.Renegotiation = tls.VersionTLS12, tls.RenegotiateOnceAsClient
	}
	return t, nil
}

// fingerprint is the SHA-256 of a certificate in lower-case hexadecimal.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// pinError says that a certificate is another than the pinned one.
type pinError struct{ got string }

func (e *pinError) Error() string {
	return "the guest's certificate has the fingerprint " + e.got + ", not the pinned one"
}
