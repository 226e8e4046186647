package guest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"vnettune/trouble"
)

// WinRM is how the service is configured; the zero value allows everything.
type WinRM struct {
	// Strict is a service as `winrm quickconfig` leaves it: no Basic, no client
	// certificates, and nothing unencrypted over HTTP, where NTLM must seal.
	Strict bool `json:"strict,omitempty"`
	// AcceptEmpty is the one of two possible behaviours that takes an empty request on
	// an authenticated connection (see wsman.Config).
	AcceptEmpty bool `json:"acceptEmpty,omitempty"`
}

// Words of ParseWinRM.
const (
	wordStrict      = "strict"
	wordAcceptEmpty = "accept-empty"
)

// ParseWinRM reads switches of the service: "strict" and "accept-empty".
func ParseWinRM(switches []string) (WinRM, error) {
	for _, s := range switches {
		if s != wordStrict && s != wordAcceptEmpty {
			return WinRM{}, trouble.Hint(fmt.Errorf("winrm %q: unknown", s), "use %s or %s", wordStrict, wordAcceptEmpty)
		}
	}
	return WinRM{Strict: slices.Contains(switches, wordStrict), AcceptEmpty: slices.Contains(switches, wordAcceptEmpty)}, nil
}

// tls is the configuration of the HTTPS listener.
func (c Config) tls() (*tls.Config, error) {
	cert, err := c.certificate()
	if err != nil {
		return nil, err
	}
	// A client's certificate is asked for and judged by WinRM, not by TLS: a client
	// without one may have a password.
	return &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert}, nil
}

// clientCA is nil if no client has a certificate.
func (c Config) clientCA() (*x509.Certificate, error) {
	if c.ClientCA == "" {
		return nil, nil
	}
	block, _ := pem.Decode([]byte(c.ClientCA))
	if block == nil {
		return nil, errors.New("authority of the clients: not in PEM")
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("authority of the clients: %w", err)
	}
	return ca, nil
}
