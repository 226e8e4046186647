package winrm_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/lab/wsman"
	"vnettune/trouble"
)

// serveTLS starts a service over HTTPS that takes client certificates of ca.
func serveTLS(t *testing.T, e *echo, ca *x509.Certificate) (winrm.Config, *x509.Certificate) {
	t.Helper()
	known := httptest.NewTLSServer(nil) // every one has the same certificate
	cert := known.Certificate()
	known.Close()
	service := wsman.NewServer(wsman.Config{User: "Administrator", Password: password, Certificate: cert, ClientCA: ca}, e)
	s := httptest.NewUnstartedServer(service)
	s.Config.ConnContext = service.ConnContext
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return winrm.Config{Address: strings.TrimPrefix(s.URL, "https://"), HTTPS: true, Auth: winrm.NTLM, User: "Administrator", Password: password}, cert
}

func TestTheCertificateIsVerified(t *testing.T) {
	base, cert := serveTLS(t, &echo{}, nil)
	sum := sha256.Sum256(cert.Raw)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	tests := []struct {
		name  string
		trust func(*winrm.Config)
		ok    bool
	}{
		{"by nothing", func(*winrm.Config) {}, false},
		{"by its fingerprint", func(c *winrm.Config) { c.Fingerprint = hex.EncodeToString(sum[:]) }, true},
		{"by another's fingerprint", func(c *winrm.Config) { c.Fingerprint = strings.Repeat("00", 32) }, false},
		{"by its authority", func(c *winrm.Config) { c.CACert, c.ServerName = ca, "example.com" }, true},
		{"by its authority, another name", func(c *winrm.Config) { c.CACert, c.ServerName = ca, "elsewhere.example" }, false},
		{"insecure", func(c *winrm.Config) { c.Insecure = true }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, auth := range []winrm.Auth{winrm.Basic, winrm.NTLM} {
				c := base
				c.Auth = auth
				tt.trust(&c)
				_, err := client(t, c).Run(t.Context(), "cat", []byte{})
				var trust *winrm.TrustError
				if (err == nil) != tt.ok || err != nil && (!errors.As(err, &trust) || trust.Fingerprint != hex.EncodeToString(sum[:]) || winrm.Lost(err)) {
					t.Errorf("%s: error %v, want trusted: %v", auth, err, tt.ok)
				}
			}
		})
	}
	if _, err := winrm.New(winrm.Config{Address: "x:1", HTTPS: true, Fingerprint: "abc"}); err == nil {
		t.Error("a fingerprint of three digits is taken")
	}
}

func TestNoProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	if _, err := client(t, serve(t, &echo{}, nil)).Run(t.Context(), "cat", []byte{}); err != nil {
		t.Errorf("with a proxy in the environment: %v", err)
	}
}

func TestHTTPSToAPortWithoutTLS(t *testing.T) {
	c := serve(t, &echo{}, nil)
	c.HTTPS = true
	_, err := client(t, c).Run(t.Context(), "cat", nil)
	_, certificateErr := winrm.Fingerprint(t.Context(), c)
	for _, err := range []error{err, certificateErr} {
		if err == nil || !strings.Contains(trouble.Line(err), `its answer begins with "HTTP/"`) || !strings.Contains(trouble.Line(err), "write guest.control with http://") {
			t.Errorf("error %v", err)
		}
	}
}

// An https port that is spoken to in clear is told from one that merely breaks: by an answer of its own (Go's server
// gives 400), or without any, as that of Windows does.
func TestHTTPToAPortWithTLS(t *testing.T) {
	c, _ := serveTLS(t, &echo{}, nil)
	c.HTTPS = false
	pair := tls.Config{Certificates: httptestPair(t)}
	mute := newHostile(t, func(c net.Conn, r *bufio.Reader) {
		if first, err := r.Peek(1); err != nil || first[0] != 22 { // of a handshake (RFC 8446, 5.1)
			return
		}
		_ = tls.Server(&peeked{c, r}, &pair).Handshake()
	})
	dead := newHostile(t, func(net.Conn, *bufio.Reader) {})
	for name, tt := range map[string]struct {
		address string
		says    bool
	}{"answers 400": {c.Address, true}, "closes": {mute.address, true}, "closes whatever comes": {dead.address, false}} {
		for _, auth := range []winrm.Auth{winrm.NTLM, winrm.Basic} {
			_, err := client(t, winrm.Config{Address: tt.address, Auth: auth, User: "u", Password: password}).Run(t.Context(), "cat", nil)
			if err == nil || strings.Contains(trouble.Line(err), "the port speaks TLS") != tt.says || strings.Contains(trouble.Line(err), "write guest.control as https://"+tt.address) != tt.says {
				t.Errorf("%s, %s: %v", name, auth, err)
			}
		}
	}
}

// httptestPair is the certificate of net/http's test servers with its key.
func httptestPair(t *testing.T) []tls.Certificate {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.TLS.Certificates
}

// peeked is a connection of which something was looked at.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

func TestFingerprint(t *testing.T) {
	c, cert := serveTLS(t, &echo{}, nil)
	got, err := winrm.Fingerprint(t.Context(), c)
	if sum := sha256.Sum256(cert.Raw); err != nil || got != hex.EncodeToString(sum[:]) {
		t.Errorf("fingerprint %q, %v", got, err)
	}
	h := newHostile(t, func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := winrm.Fingerprint(ctx, winrm.Config{Address: h.address, HTTPS: true}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("of a silent service: %v", err)
	}
}

// issue makes a certificate for name; with no parent it is an authority.
func issue(t *testing.T, name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true}
	if parent == nil {
		form.IsCA, form.KeyUsage = true, x509.KeyUsageCertSign
		parent, parentKey = form, key
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func TestAClientCertificate(t *testing.T) {
	ca, caKey := issue(t, "authority", nil, nil)
	for user, ok := range map[string]bool{"Administrator": true, "Somebody": false} {
		c, _ := serveTLS(t, &echo{}, ca)
		cert, key := issue(t, user, ca, caKey)
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		c.Auth, c.Insecure, c.User, c.Password = winrm.Certificate, true, "", ""
		c.ClientCert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
		c.ClientKey = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		r, err := client(t, c).Run(t.Context(), "cat", []byte("x"))
		if ok && (err != nil || string(r.Stdout) != "x") || !ok && !errors.Is(err, fault.ErrUnauthorized) {
			t.Errorf("%s: %+v, %v", user, r, err)
		}
		c.HTTPS = false
		if _, err := winrm.New(c); err == nil {
			t.Error("a client certificate over http is taken")
		}
	}
	if _, err := winrm.New(winrm.Config{Address: "x:1", HTTPS: true, Auth: winrm.Certificate, ClientCert: []byte("no PEM")}); err == nil {
		t.Error("a client certificate that is none is taken")
	}
}

// A proxy that the configuration names carries http and https alike, as a tunnel.
func TestAProxy(t *testing.T) {
	var tunnels atomic.Int32
	proxy := newHostile(t, func(c net.Conn, r *bufio.Reader) {
		req, err := http.ReadRequest(r)
		if err != nil || req.Method != http.MethodConnect {
			return
		}
		to, err := net.Dial("tcp", req.Host)
		if err != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
			return
		}
		defer to.Close()
		tunnels.Add(1)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, r); to.Close() }()
		_, _ = io.Copy(c, to)
	})
	plain, _ := serveNTLM(t, wsman.Config{Strict: true}, &echo{}, nil)
	secure, _ := serveTLS(t, &echo{}, nil)
	secure.Insecure = true
	for _, c := range []winrm.Config{plain, secure} {
		c.Proxy = "http://" + proxy.address
		if r, err := client(t, c).Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
			t.Errorf("https %v: %+v, %v", c.HTTPS, r, err)
		}
	}
	if tunnels.Load() != 2 {
		t.Errorf("%d tunnels, want 2", tunnels.Load())
	}
	c := plain
	c.Address, c.Proxy = "127.0.0.1:1", "http://"+proxy.address
	if _, err := client(t, c).Run(t.Context(), "cat", nil); !winrm.Lost(err) || !strings.Contains(trouble.Line(err), "CONNECT") {
		t.Errorf("a guest that the proxy cannot reach: %v", err)
	}
	silent := newHostile(t, func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	c.Proxy = "http://" + silent.address
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client(t, c).Run(ctx, "cat", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent proxy: %v", err)
	}
	for _, wrong := range []string{"http://me:hunter2@proxy:1", "https://proxy:1", "proxy:1", "http://proxy", "socks5://proxy:1"} {
		c.Proxy = wrong
		if _, err := winrm.New(c); err == nil || strings.Contains(trouble.Line(err), "hunter2") {
			t.Errorf("proxy %q: error %v", wrong, err)
		}
	}
}
