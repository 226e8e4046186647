package ntlm

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/bodgit/ntlmssp"
)

// independent is a client that this project did not write. It has no way to leave out
// the MIC or to fake one: what needs that changes its messages.
func independent(t *testing.T, user, password, domain string) *ntlmssp.Client {
	t.Helper()
	c, err := ntlmssp.NewClient(ntlmssp.SetUserInfo(user, password), ntlmssp.SetDomain(domain), ntlmssp.SetWorkstation("HOST"),
		ntlmssp.SetVersion(&ntlmssp.Version{ProductMajorVersion: 6, ProductMinorVersion: 1, ProductBuild: 7601, NTLMRevisionCurrent: 15}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// logon runs the three messages; change may alter the last one.
func logon(t *testing.T, s Server, c *ntlmssp.Client, bindings *ntlmssp.ChannelBindings, change func([]byte)) (*Session, error) {
	t.Helper()
	negotiate, err := c.Authenticate(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, challenge, err := s.Begin(negotiate)
	if err != nil {
		t.Fatal(err)
	}
	message, err := c.Authenticate(challenge, bindings)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(message)
	}
	return x.Finish(message)
}

func TestIndependentClient(t *testing.T) {
	server := Server{Computer: "WINBOX", Password: account, Now: time.Now}
	for _, domain := range []string{"", "WINBOX", "."} {
		c := independent(t, "USER", "Password", domain)
		s, err := logon(t, server, c, nil, nil)
		if err != nil || !s.Seals() {
			t.Fatalf("domain %q: %v", domain, err)
		}
		theirs := c.SecuritySession()
		for i := range 3 {
			text := bytes.Repeat([]byte("message "), i*1000)
			sealed, sig, err := theirs.Wrap(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.Unseal(sig, sealed); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("message %d to the server: %v", i, err)
			}
			sig, sealed = s.Seal(text)
			if got, err := theirs.Unwrap(sealed, sig); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("message %d to the client: %v", i, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	bound := Server{Computer: "WINBOX", Password: account, Now: time.Now, Binding: Binding(&x509.Certificate{Raw: []byte("this")})}
	other := &ntlmssp.ChannelBindings{ApplicationData: []byte("tls-server-end-point:another")}
	flip := func(at int) func([]byte) { return func(b []byte) { b[at] ^= 1 } }
	for name, tc := range map[string]struct {
		user, password string
		bindings       *ntlmssp.ChannelBindings
		change         func([]byte)
	}{
		"wrong password": {user: "User", password: "password"},
		"unknown user":   {user: "Nobody", password: "Password"},
		"empty user":     {password: "Password"},
		"another TLS":    {user: "User", password: "Password", bindings: other},
		"flags changed":  {user: "User", password: "Password", change: flip(62)},
		"MIC changed":    {user: "User", password: "Password", change: flip(micAt)},
		"response of 24 bytes": {user: "User", password: "Password", change: func(b []byte) {
			binary.LittleEndian.PutUint16(b[20:], 24)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := logon(t, bound, independent(t, tc.user, tc.password, ""), tc.bindings, tc.change)
			if !errors.Is(err, ErrRefused) {
				t.Errorf("got %v, want ErrRefused", err)
			}
		})
	}
	if _, err := logon(t, bound, independent(t, "User", "Password", ""), nil, nil); err != nil {
		t.Errorf("a client without a binding: %v", err)
	}
}

func TestBindingOfAnIndependentClient(t *testing.T) {
	certificate := &x509.Certificate{Raw: []byte("certificate"), SignatureAlgorithm: x509.ECDSAWithSHA256}
	server := Server{Computer: "WINBOX", Password: account, Now: time.Now, Binding: Binding(certificate)}
	// SHA-256 of "certificate", by sha256sum.
	hash := unhex(t, "03d66dd08835c1ca3f128cceacd1f31ac94163096b20f445ae84285bc0832d72")
	same := &ntlmssp.ChannelBindings{ApplicationData: append([]byte("tls-server-end-point:"), hash...)}
	if _, err := logon(t, server, independent(t, "User", "Password", ""), same, nil); err != nil {
		t.Error(err)
	}
}

func TestUnsealNoticesEveryChange(t *testing.T) {
	for name, change := range map[string]func(sig, sealed []byte){
		"text":      func(_, sealed []byte) { sealed[0] ^= 1 },
		"checksum":  func(sig, _ []byte) { sig[4] ^= 1 },
		"sequence":  func(sig, _ []byte) { sig[12]++ },
		"version":   func(sig, _ []byte) { sig[0]++ },
		"untouched": func(_, _ []byte) {},
	} {
		client, err := newSession(0xe28a8233, make([]byte, 16), true)
		if err != nil {
			t.Fatal(err)
		}
		server, err := newSession(0xe28a8233, make([]byte, 16), false)
		if err != nil {
			t.Fatal(err)
		}
		sig, sealed := client.Seal([]byte("text"))
		change(sig, sealed)
		_, err = server.Unseal(sig, sealed)
		if errors.Is(err, ErrUnsealed) == (name == "untouched") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "untouched" { // the same message again
			if _, err := server.Unseal(sig, sealed); !errors.Is(err, ErrUnsealed) {
				t.Errorf("repeated: %v", err)
			}
		}
	}
}

func TestWithoutStrongSealing(t *testing.T) {
	for name, flags := range map[string]uint32{
		"56 bit":                       0xe28a8233 &^ flag128,
		"no sealing":                   0xe28a8233 &^ flagSeal,
		"no extended session security": 0xe28a8233 &^ flagExtended,
	} {
		s, err := newSession(flags, make([]byte, 16), false)
		if err != nil || s.Seals() {
			t.Errorf("%s: seals %v, %v", name, s.Seals(), err)
		}
	}
}

func FuzzFinish(f *testing.F) {
	f.Add(unhex(f, exampleAuthenticate))
	f.Add([]byte(signature + "\x03\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, _ := example(t)
		if s, err := x.Finish(b); (s == nil) == (err == nil) {
			t.Errorf("session %v, error %v", s, err)
		}
	})
}

func FuzzBegin(f *testing.F) {
	f.Add([]byte(signature + "\x01\x00\x00\x00\x05\x82\x00\x00"))
	f.Add([]byte(signature + "\x02\x00\x00\x00\x05\x82\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Server{Computer: "WINBOX", Password: account, Now: time.Now}
		x, challenge, err := s.Begin(b)
		if err == nil && (x == nil || len(challenge) < 56) {
			t.Errorf("challenge of %d bytes", len(challenge))
		}
	})
}
