package winrm_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
)

// tap keeps all bytes that cross the connections of a listener, and counts them.
type tap struct {
	net.Listener
	mu    sync.Mutex
	bytes bytes.Buffer
	conns []net.Conn
}

type tapped struct {
	net.Conn
	tap *tap
}

func (t *tap) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns = append(t.conns, c)
	return tapped{c, t}, nil
}

func (t *tap) keep(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes.Write(b)
}

// seen says whether the text crossed the wire, as it is or in base64.
func (t *tap) seen(text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Contains(t.bytes.Bytes(), []byte(text)) ||
		bytes.Contains(t.bytes.Bytes(), []byte(base64.StdEncoding.EncodeToString([]byte(text))))
}

// count is the number of connections there were.
func (t *tap) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.conns)
}

// cut closes every connection, as an idle timeout or a firewall does.
func (t *tap) cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.conns {
		c.Close()
	}
}

func (c tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.tap.keep(b[:n])
	return n, err
}

func (c tapped) Write(b []byte) (int, error) {
	c.tap.keep(b)
	return c.Conn.Write(b)
}

// serveNTLM starts a service behind a tap; wrap may stand between it and the client.
func serveNTLM(t *testing.T, conf wsman.Config, e *echo, wrap func(http.Handler) http.Handler) (winrm.Config, *tap) {
	t.Helper()
	conf.User, conf.Password = "Administrator", password
	service := wsman.NewServer(conf, e)
	var h http.Handler = service
	if wrap != nil {
		h = wrap(service)
	}
	s := httptest.NewUnstartedServer(h)
	wire := &tap{Listener: s.Listener}
	s.Listener, s.Config.ConnContext = wire, service.ConnContext
	s.Start()
	t.Cleanup(s.Close)
	return winrm.Config{Address: strings.TrimPrefix(s.URL, "http://"), User: "Administrator", Password: password}, wire
}

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
	if !errors.Is(err, winrm.ErrUnauthorized) || !strings.Contains(err.Error(), "take transport.auth: ntlm") {
		t.Errorf("error %v", err)
	}
}

func TestNTLMWithAWrongPassword(t *testing.T) {
	for _, user := range []string{"Administrator", `GUEST\Administrator`, "nobody"} {
		c, wire := serveNTLM(t, wsman.Config{}, &echo{}, nil)
		c.User, c.Password = user, "another secret"
		_, err := client(t, c).Run(t.Context(), "cat", []byte{})
		var auth *winrm.AuthError
		if !errors.As(err, &auth) || auth.User != user || strings.Contains(err.Error(), "another secret") {
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
			if _, err := w.Run(t.Context(), "cat", nil); !errors.Is(err, winrm.ErrUnauthorized) {
				t.Fatalf("%s: error %v, want ErrUnauthorized", auth, err)
			}
		}
		if n := wire.count(); n > 5 {
			t.Errorf("%s: %d logins in 50 calls", auth, n)
		}
	}
}

// tamper changes the answers to sealed requests, from the nth on.
func tamper(from int32, change func(w http.ResponseWriter, status int, h http.Header, body []byte)) (wrap func(http.Handler) http.Handler, sealed *atomic.Int32) {
	sealed = new(atomic.Int32)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/encrypted") || sealed.Add(1) < from {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			change(w, rec.Code, rec.Header(), rec.Body.Bytes())
		})
	}, sealed
}

func TestSealedAnswersAreChecked(t *testing.T) {
	answer := func(w http.ResponseWriter, status int, contentType string, body []byte) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	tests := []struct {
		name   string
		change func(w http.ResponseWriter, status int, h http.Header, body []byte)
		says   string
	}{
		{"a bit flipped", func(w http.ResponseWriter, status int, h http.Header, body []byte) {
			body[len(body)-40] ^= 1
			answer(w, status, h.Get("Content-Type"), body)
		}, "it was altered"},
		{"cut off", func(w http.ResponseWriter, status int, h http.Header, body []byte) {
			answer(w, status, h.Get("Content-Type"), body[:len(body)/2])
		}, "breaks off"},
		{"bytes left out", func(w http.ResponseWriter, status int, h http.Header, body []byte) {
			end := bytes.LastIndex(body, []byte("--Encrypted Boundary"))
			answer(w, status, h.Get("Content-Type"), append(body[:end-5:end-5], body[end:]...))
		}, "its length is not what it says"},
		{"another length", func(w http.ResponseWriter, status int, h http.Header, body []byte) {
			answer(w, status, h.Get("Content-Type"), bytes.Replace(body, []byte("Length="), []byte("Length=-"), 1))
		}, "its length is no number"},
		{"no parts", func(w http.ResponseWriter, status int, h http.Header, _ []byte) {
			answer(w, status, h.Get("Content-Type"), []byte("hello"))
		}, "it has not two parts"},
		{"in clear", func(w http.ResponseWriter, _ int, _ http.Header, _ []byte) {
			answer(w, http.StatusOK, soap, []byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>`))
		}, "does not encrypt its messages"},
		{"a fault in clear", func(w http.ResponseWriter, _ int, _ http.Header, _ []byte) {
			answer(w, http.StatusInternalServerError, soap, []byte(soapFault(2150858843)))
		}, "HTTP status 500"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wrap, sealed := tamper(1, tt.change)
			e := &echo{}
			c, _ := serveNTLM(t, wsman.Config{Strict: true}, e, wrap)
			_, err := client(t, c).Run(t.Context(), "cat", []byte{})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want %q", err, tt.says)
			}
			if n := sealed.Load(); n != 1 || e.runs.Load() != 0 {
				t.Errorf("%d messages, %d commands; want one message", n, e.runs.Load())
			}
		})
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
			case forever && !errors.Is(err, winrm.ErrUnauthorized):
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

// A challenge can be anything; a message is never sent in clear because of it.
func TestHostileChallenges(t *testing.T) {
	challenge := func(flags uint32, info string) string {
		b := make([]byte, 56)
		copy(b, "NTLMSSP\x00\x02\x00\x00\x00")
		binary.LittleEndian.PutUint32(b[20:], flags)
		binary.LittleEndian.PutUint16(b[40:], uint16(len(info)))
		binary.LittleEndian.PutUint16(b[42:], uint16(len(info)))
		binary.LittleEndian.PutUint32(b[44:], 56)
		return "Negotiate " + base64.StdEncoding.EncodeToString(append(b, info...))
	}
	const all = 0xe28a8235 // as Windows confirms
	tests := []struct{ name, header, says string }{
		{"no Negotiate", `Basic realm="WSMAN"`, "it takes Basic, not Negotiate"},
		{"no challenge", "Negotiate", "refuses the user or the password"},
		{"no base64", "Negotiate %%%", "challenge is malformed"},
		{"too short", "Negotiate TlRMTVNTUAAC", "challenge is malformed"},
		{"no NTLM", "Negotiate " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 64)), "invalid NTLM challenge"},
		{"refused in the end", challenge(all, ""), "refuses the user or the password"},
		{"target information cut off", challenge(all, "\x06\x00\x40\x00"), "NTLM"},
		{"flags of two bytes", challenge(all, "\x07\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x02\x00\x01\x00\x00\x00\x00\x00"), "challenge is malformed"},
		{"no sealing", challenge(all&^0x20, ""), "does not encrypt its messages"},
		{"no signing", challenge(all&^0x10, ""), "does not encrypt its messages"},
		{"56 bits", challenge(all&^0x20000000, ""), "does not encrypt its messages"},
		{"no extended security", challenge(all&^0x80000, ""), "does not encrypt its messages"},
		{"no key exchange", challenge(all&^0x40000000, ""), "does not encrypt its messages"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var clear atomic.Bool
			var requests atomic.Int32
			h := newHostile(t, func(c net.Conn, r *bufio.Reader) {
				for {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					body, _ := io.ReadAll(req.Body)
					clear.Store(clear.Load() || bytes.Contains(body, []byte("Envelope")))
					requests.Add(1)
					_, _ = io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: "+tt.header+"\r\nContent-Length: 0\r\n\r\n")
				}
			})
			_, err := client(t, winrm.Config{Address: h.address, User: "Administrator", Password: password}).Run(t.Context(), "cat", []byte{})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want %q", err, tt.says)
			}
			if clear.Load() || requests.Load() > 2 {
				t.Errorf("a message in clear: %v; %d requests", clear.Load(), requests.Load())
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
