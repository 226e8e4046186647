package guest

import (
	"crypto/tls"
	"fmt"
	"slices"
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
			return WinRM{}, fmt.Errorf("winrm %q: unknown; use %s or %s", s, wordStrict, wordAcceptEmpty)
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
	return &tls.Config{Certificates: []tls.Certificate{cert}}, nil
}
