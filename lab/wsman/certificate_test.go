package wsman

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bodgit/ntlmssp"
)

type issued struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func issue(t *testing.T, name string, use x509.ExtKeyUsage, by *issued) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{use}, IsCA: by == nil, BasicConstraintsValid: true,
	}
	if by == nil {
		by = &issued{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issued{certificate, key}
}

// secure gives a client of a server over HTTPS; its own certificate is optional.
func secure(t *testing.T, cfg Config, own *issued) *client {
	t.Helper()
	cfg.User, cfg.Password = "Tester", "right"
	p := &player{}
	s := NewServer(cfg, p)
	t.Cleanup(func() { s.Close() })
	h := httptest.NewUnstartedServer(s)
	h.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	h.Config.ConnContext = s.ConnContext
	h.StartTLS()
	t.Cleanup(h.Close)
	s.cfg.Certificate = h.Certificate()
	c := &client{t: t, server: s, url: h.URL, player: p, http: h.Client(), vars: map[string]string{"TIMEOUT": "PT60S"}}
	if own != nil {
		c.http.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{{Certificate: [][]byte{own.certificate.Raw}, PrivateKey: own.key}}
	}
	return c
}

func TestClientCertificate(t *testing.T) {
	authority := issue(t, "authority", x509.ExtKeyUsageClientAuth, nil)
	stranger := issue(t, "authority", x509.ExtKeyUsageClientAuth, nil)
	mine := issue(t, "TESTER", x509.ExtKeyUsageClientAuth, &authority)
	others := issue(t, "Somebody", x509.ExtKeyUsageClientAuth, &authority)
	servers := issue(t, "Tester", x509.ExtKeyUsageServerAuth, &authority)
	forged := issue(t, "Tester", x509.ExtKeyUsageClientAuth, &stranger)
	known := Config{ClientCA: authority.certificate}
	for _, tc := range []struct {
		name   string
		cfg    Config
		own    *issued
		scheme string
		status int
	}{
		{"mapped", known, &mine, schemeCertificate, 200},
		{"not asked for", known, &mine, "", 401},
		{"none", known, nil, schemeCertificate, 401},
		{"of another account", known, &others, schemeCertificate, 401},
		{"not for clients", known, &servers, schemeCertificate, 401},
		{"of another authority", known, &forged, schemeCertificate, 401},
		{"no authority", Config{}, &mine, schemeCertificate, 401},
		{"strict", Config{ClientCA: authority.certificate, Strict: true}, &mine, schemeCertificate, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := secure(t, tc.cfg, tc.own)
			resp, err := c.post(c.envelope("identify"), http.Header{"Authorization": {tc.scheme}})
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
		})
	}
}

// TestNTLMOverHTTPS: TLS is all the encryption that a strict service wants, and a client
// that is bound to another certificate's connection is refused.
func TestNTLMOverHTTPS(t *testing.T) {
	for name, tc := range map[string]struct {
		bound  func(own []byte) []byte // what the client takes for the server's certificate
		status int
	}{
		"bound":           {func(own []byte) []byte { return own }, 200},
		"not bound":       {func([]byte) []byte { return nil }, 200},
		"bound elsewhere": {func([]byte) []byte { return []byte("another") }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			c := secure(t, Config{Strict: true}, nil)
			n := newNegotiator(t, c, "Tester", "right")
			n.http = c.http
			if der := tc.bound(c.server.cfg.Certificate.Raw); der != nil {
				sum := sha256.Sum256(der)
				n.bindings = &ntlmssp.ChannelBindings{ApplicationData: append([]byte("tls-server-end-point:"), sum[:]...)}
			}
			if resp, b := n.post(n.challenge(), typeSOAP, []byte(c.envelope("masterzen-create"))); resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, tc.status, b)
			}
		})
	}
}
