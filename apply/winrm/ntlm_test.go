package winrm_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/lab/wsman"
	"vnettune/trouble"
)

// Over plain http nothing that matters can be read on the wire, one login serves
// many commands, and a connection that was cut is made anew, whatever the service
// thinks of empty requests.
func TestMessagesAreEncrypted(t *testing.T) {
	for _, conf := range []wsman.Config{{Strict: true}, {Strict: true, AcceptEmpty: true}} {
		e := &echo{}
		c, wire := serveNTLM(t, conf, e, nil)
		w := client(t, c)
		for i := range 3 {
			in := "what the guest is told and says"
			r, err := w.Run(t.Context(), "cat", []byte(in))
			if err != nil || string(r.Stdout) != in {
				t.Fatalf("%+v: command %d: %+v, %v", conf, i, r, err)
			}
		}
		if n := wire.count(); n != 1 {
			t.Errorf("%+v: %d connections for three commands, want 1", conf, n)
		}
		wire.cut()
		if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil && !winrm.Lost(err) {
			t.Errorf("%+v: after the connection was cut: %v", conf, err)
		}
		if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
			t.Errorf("%+v: once more: %v", conf, err)
		}
		for _, secret := range []string{password, "what the guest is told", "Envelope", "CommandLine"} {
			if wire.seen(secret) {
				t.Errorf("%+v: %q crossed the wire readable", conf, secret)
			}
		}
		if !wire.seen("HTTP-SPNEGO-session-encrypted") {
			t.Errorf("%+v: the tap sees nothing", conf)
		}
	}
}

// A service as Windows has it by default refuses Basic, and the error says what
// to do instead.
func TestAStrictServiceRefusesBasic(t *testing.T) {
	c, _ := serveNTLM(t, wsman.Config{Strict: true}, &echo{}, nil)
	c.Auth = winrm.Basic
	_, err := client(t, c).Run(t.Context(), "cat", []byte{})
	if !errors.Is(err, fault.ErrUnauthorized) || !strings.Contains(trouble.Line(err), "take transport.auth: ntlm") {
		t.Errorf("error %v", err)
	}
}

func TestNTLMWithAWrongPassword(t *testing.T) {
	for _, user := range []string{"Administrator", `GUEST\Administrator`, "nobody"} {
		c, wire := serveNTLM(t, wsman.Config{}, &echo{}, nil)
		c.User, c.Password = user, "another secret"
		_, err := client(t, c).Run(t.Context(), "cat", []byte{})
		var auth *winrm.AuthError
		if !errors.As(err, &auth) || auth.User != user || strings.Contains(trouble.Line(err), "another secret") {
			t.Errorf("%s: error %v, want an AuthError without the password", user, err)
		}
		if n := wire.count(); n != 1 {
			t.Errorf("%s: %d logins; accounts get locked", user, n)
		}
	}
}

// Whoever polls a guest with a password that is wrong does not lock the account.
func TestRefusedLoginsAreFew(t *testing.T) {
	for _, auth := range []winrm.Auth{winrm.Basic, winrm.NTLM} {
		c, wire := serveNTLM(t, wsman.Config{}, &echo{}, nil)
		c.Auth, c.Password = auth, "another secret"
		w := client(t, c)
		for range 50 {
			if _, err := w.Run(t.Context(), "cat", nil); !errors.Is(err, fault.ErrUnauthorized) {
				t.Fatalf("%s: error %v, want ErrUnauthorized", auth, err)
			}
		}
		if n := wire.count(); n > 4 {
			t.Errorf("%s: %d logins in 50 calls", auth, n)
		}
	}
}

// Nor does whoever polls a gateway that stands in front of the guest, and asks for what may be the same account.
func TestRefusedLoginsElsewhereAreFew(t *testing.T) {
	var asked atomic.Int32
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("WWW-Authenticate", `Basic realm="gateway"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer gateway.Close()
	w := client(t, winrm.Config{Address: gateway.Listener.Addr().String(), Auth: winrm.Basic, User: "Administrator", Password: "a secret"})
	for range 50 {
		if _, err := w.Run(t.Context(), "cat", nil); err == nil || !strings.Contains(trouble.Line(err), "gateway") {
			t.Fatalf("error %v", err)
		}
	}
	if n := asked.Load(); n > 4 {
		t.Errorf("%d logins in 50 calls", n)
	}
}

// A login that the service forgets in mid-session is made anew, once: what it
// refused with 401 it has not done.
func TestUnauthorizedInMidSession(t *testing.T) {
	for name, forever := range map[string]bool{"once": false, "from then on": true} {
		t.Run(name, func(t *testing.T) {
			var refuse, refused atomic.Int32
			wrap := func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/encrypted") && refuse.Load() > 0 {
						refused.Add(1)
						if !forever {
							refuse.Add(-1)
						}
						_, _ = io.Copy(io.Discard, r.Body)
						w.Header().Set("WWW-Authenticate", "Negotiate")
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					next.ServeHTTP(w, r)
				})
			}
			e := &echo{}
			c, wire := serveNTLM(t, wsman.Config{Strict: true}, e, wrap)
			w := client(t, c)
			if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
				t.Fatal(err)
			}
			refuse.Store(1)
			r, err := w.Run(t.Context(), "cat", []byte("x"))
			switch {
			case forever && !errors.Is(err, fault.ErrUnauthorized):
				t.Errorf("error %v, want ErrUnauthorized", err)
			case !forever && (err != nil || string(r.Stdout) != "x"):
				t.Errorf("%+v, %v", r, err)
			case forever && (e.runs.Load() != 1 || refused.Load() != 2), !forever && e.runs.Load() != 2:
				t.Errorf("%d commands ran, %d messages refused", e.runs.Load(), refused.Load())
			}
			if n := wire.count(); n != 2 {
				t.Errorf("%d connections, want 2", n)
			}
		})
	}
}

// A service that ends the connection with every answer costs a login for every
// message, and nothing else: no command runs twice, no shell is lost.
func TestAConnectionForEveryMessage(t *testing.T) {
	wrap := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/encrypted") {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
		})
	}
	e := &echo{}
	c, wire := serveNTLM(t, wsman.Config{Strict: true, MaxShells: 1}, e, wrap)
	w := client(t, c)
	for range 2 {
		if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if n, conns := e.runs.Load(), wire.count(); n != 2 || conns < 8 {
		t.Errorf("%d commands ran over %d connections; want 2 over one a message", n, conns)
	}
}
