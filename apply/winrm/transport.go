package winrm

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Config names a guest's WinRM service and how to trust it.
type Config struct {
	Address     string // host:port
	HTTPS       bool
	User        string
	Password    string
	CACert      []byte // PEM; nil: the system's authorities
	ServerName  string // name on the certificate, when it is not the host's
	Fingerprint string // SHA-256 of the certificate in hexadecimal; then nothing else is asked of it
	Insecure    bool   // take any certificate
}

// maxAnswer bounds one SOAP answer in bytes.
const maxAnswer = 16 << 20

// dialTimeout bounds the making of one connection.
const dialTimeout = 5 * time.Second

// newHTTP makes the connection pool of one guest: one connection, no proxy from
// the environment.
func newHTTP(c Config) (*http.Transport, error) {
	t := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext,
		MaxConnsPerHost:     1,
		MaxIdleConnsPerHost: 1,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression:  true,
	}
	if !c.HTTPS {
		return t, nil
	}
	t.TLSClientConfig = &tls.Config{ServerName: c.ServerName, MinVersion: tls.VersionTLS12}
	switch {
	case c.Fingerprint != "":
		want, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(c.Fingerprint))
		if err != nil || len(want) != sha256.Size {
			return nil, errors.New("the fingerprint must be a SHA-256 in hexadecimal (64 digits)")
		}
		t.TLSClientConfig.InsecureSkipVerify = true // the pin replaces the chain
		t.TLSClientConfig.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			got := sha256.Sum256(raw[0])
			if string(got[:]) != string(want) {
				return fmt.Errorf("the guest's certificate has the fingerprint %x, not the pinned one", got)
			}
			return nil
		}
	case c.Insecure:
		t.TLSClientConfig.InsecureSkipVerify = true
	case len(c.CACert) > 0:
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(c.CACert) {
			return nil, errors.New("the CA file holds no PEM certificate")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return t, nil
}

// post sends one SOAP message and returns the answer. A fault is an error.
func (c *Client) post(ctx context.Context, step, message string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(message))
	if err != nil {
		return "", fmt.Errorf("winrm %s: %w", step, err)
	}
	req.Header.Set("Content-Type", "application/soap+xml;charset=UTF-8")
	req.SetBasicAuth(c.config.User, c.config.Password)
	resp, err := c.http.RoundTrip(req)
	if err != nil {
		return "", &NetError{Step: step, Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", &NetError{Step: step, Err: err}
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return "", fmt.Errorf("winrm %s: %w (%s at %s)", step, ErrUnauthorized, c.config.User, c.config.Address)
	}
	if fault := parseFault(step, string(body)); fault != nil {
		return "", fault
	}
	if resp.StatusCode != http.StatusOK {
		return "", &NetError{Step: step, Err: fmt.Errorf("HTTP status %s", resp.Status)}
	}
	if !strings.Contains(resp.Header.Get("Content-Type"), "application/soap+xml") {
		return "", fmt.Errorf("winrm %s: %s answers with content type %q: this is no WinRM service", step, c.config.Address, resp.Header.Get("Content-Type"))
	}
	return string(body), nil
}
