package winrm_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
)

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
