package wsman

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bodgit/ntlmssp"

	"vnettune/lab/wsman/ntlm"
)

// negotiator is one connection with NTLM by a library that this project did not write.
type negotiator struct {
	c      *client
	http   *http.Client
	ntlm   *ntlmssp.Client
	scheme string

	bindings *ntlmssp.ChannelBindings // to the TLS connection
}

func newNegotiator(t *testing.T, c *client, user, password string) *negotiator {
	t.Helper()
	n, err := ntlmssp.NewClient(ntlmssp.SetUserInfo(user, password), ntlmssp.SetDomain(""), ntlmssp.SetWorkstation("HOST"),
		ntlmssp.SetVersion(&ntlmssp.Version{ProductMajorVersion: 6, ProductMinorVersion: 1, ProductBuild: 7601, NTLMRevisionCurrent: 15}))
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	t.Cleanup(h.CloseIdleConnections)
	return &negotiator{c: c, http: h, ntlm: n, scheme: "Negotiate"}
}

// post sends a body as it is and gives the answer with its body.
func (n *negotiator) post(authorization, contentType string, body []byte) (*http.Response, []byte) {
	n.c.t.Helper()
	r, err := http.NewRequest(http.MethodPost, n.c.url+"/wsman", bytes.NewReader(body))
	if err != nil {
		n.c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := n.http.Do(r)
	if err != nil {
		n.c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		n.c.t.Fatal(err)
	}
	return resp, b
}

// challenge sends the first message and returns the header of the third.
func (n *negotiator) challenge() (authorization string) {
	n.c.t.Helper()
	first, err := n.ntlm.Authenticate(nil, nil)
	if err != nil {
		n.c.t.Fatal(err)
	}
	resp, _ := n.post(n.scheme+" "+base64.StdEncoding.EncodeToString(first), typeSOAP, nil)
	token, ok := strings.CutPrefix(resp.Header.Get("WWW-Authenticate"), n.scheme+" ")
	if resp.StatusCode != 401 || !ok {
		n.c.t.Fatalf("status %d, WWW-Authenticate %q", resp.StatusCode, resp.Header.Values("WWW-Authenticate"))
	}
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		n.c.t.Fatal(err)
	}
	third, err := n.ntlm.Authenticate(b, n.bindings)
	if err != nil {
		n.c.t.Fatal(err)
	}
	return n.scheme + " " + base64.StdEncoding.EncodeToString(third)
}

func (n *negotiator) seal(text string) []byte {
	n.c.t.Helper()
	sealed, sig, err := n.ntlm.SecuritySession().Wrap([]byte(text))
	if err != nil {
		n.c.t.Fatal(err)
	}
	return ntlm.ComposeSealed(typeSOAP, sig, sealed)
}

// ask sends a sealed envelope and unseals the answer.
func (n *negotiator) ask(authorization, name string) answer {
	n.c.t.Helper()
	resp, b := n.post(authorization, ntlm.ContentSealed, n.seal(n.c.envelope(name)))
	if got := resp.Header.Get("Content-Type"); got != ntlm.ContentSealed {
		n.c.t.Fatalf("%s: status %d, content type %q", name, resp.StatusCode, got)
	}
	sig, sealed, err := ntlm.ParseSealed(ntlm.ContentSealed, b)
	if err != nil {
		n.c.t.Fatal(err)
	}
	text, err := n.ntlm.SecuritySession().Unwrap(sealed, sig)
	if err != nil {
		n.c.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, text: string(text)}
	if err := xml.Unmarshal(text, &a); err != nil {
		n.c.t.Fatal(err)
	}
	return a
}

// TestSealed: an empty request to authenticate, then sealed ones, a fault among them.
func TestSealed(t *testing.T) {
	for _, scheme := range []string{"Negotiate", "NTLM"} {
		c := newClient(t, Config{Strict: true})
		n := newNegotiator(t, c, "TESTER", "right")
		n.scheme = scheme
		if resp, b := n.post(n.challenge(), typeSOAP, nil); resp.StatusCode != 200 || len(b) != 0 {
			t.Fatalf("%s: status %d: %s", scheme, resp.StatusCode, b)
		}
		created := n.ask("", "masterzen-create")
		if created.status != 200 || created.ShellID == "" {
			t.Fatalf("create: %s", created.text)
		}
		c.vars["SHELLID"] = created.ShellID
		if a := n.ask("", "unknown-action"); a.status != 500 || a.Fault.Code != 2150858753 {
			t.Errorf("unknown action: %s", a.text)
		}
		if a := n.ask("", "masterzen-delete"); a.status != 200 {
			t.Errorf("delete: %s", a.text)
		}
	}
}

// TestSealedWithLogon: the message comes sealed in the very request that proves the user.
func TestSealedWithLogon(t *testing.T) {
	c := newClient(t, Config{Strict: true})
	n := newNegotiator(t, c, "Tester", "right")
	if a := n.ask(n.challenge(), "masterzen-create"); a.ShellID == "" {
		t.Errorf("create: %s", a.text)
	}
}

func TestEmptyOnAuthenticatedConnection(t *testing.T) {
	for accept, want := range map[bool]int{false: 401, true: 200} {
		c := newClient(t, Config{AcceptEmpty: accept})
		n := newNegotiator(t, c, "Tester", "right")
		n.post(n.challenge(), typeSOAP, nil)
		if resp, _ := n.post("", typeSOAP, nil); resp.StatusCode != want {
			t.Errorf("AcceptEmpty %v: status %d, want %d", accept, resp.StatusCode, want)
		}
		if accept {
			continue
		}
		// The connection knows nobody any more.
		if resp, _ := n.post("", ntlm.ContentSealed, n.seal(c.envelope("masterzen-create"))); resp.StatusCode != 401 {
			t.Errorf("after 401: status %d", resp.StatusCode)
		}
		// A client may begin anew in the same connection.
		again := newNegotiator(t, c, "Tester", "right")
		again.http = n.http
		if a := again.ask(again.challenge(), "masterzen-create"); a.ShellID == "" {
			t.Errorf("second logon: %s", a.text)
		}
	}
}

// TestUnsealed: what a server does with a message of NTLM in clear text, and with Basic.
func TestUnsealed(t *testing.T) {
	for strict, want := range map[bool]int{false: 200, true: 500} {
		c := newClient(t, Config{Strict: strict})
		n := newNegotiator(t, c, "Tester", "right")
		resp, b := n.post(n.challenge(), typeSOAP, []byte(c.envelope("masterzen-create")))
		if resp.StatusCode != want || strict && strings.Contains(string(b), "Envelope") {
			t.Errorf("strict %v: status %d, want %d: %s", strict, resp.StatusCode, want, b)
		}
	}
	c := newClient(t, Config{Strict: true})
	resp, err := c.post(c.envelope("masterzen-create"), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Values("WWW-Authenticate"); resp.StatusCode != 401 || len(got) != 1 || got[0] != "Negotiate" {
		t.Errorf("Basic where it is off: status %d, WWW-Authenticate %q", resp.StatusCode, got)
	}
}

func TestNTLMRefused(t *testing.T) {
	c := newClient(t, Config{})
	for name, n := range map[string]*negotiator{
		"wrong password": newNegotiator(t, c, "Tester", "Right"),
		"wrong user":     newNegotiator(t, c, "root", "right"),
	} {
		resp, _ := n.post(n.challenge(), typeSOAP, []byte(c.envelope("masterzen-create")))
		if got := resp.Header.Values("WWW-Authenticate"); resp.StatusCode != 401 || len(got) != 2 || got[0] != "Negotiate" {
			t.Errorf("%s: status %d, WWW-Authenticate %q", name, resp.StatusCode, got)
		}
	}
	n := newNegotiator(t, c, "Tester", "right")
	for name, token := range map[string]string{
		"no base64":             "Negotiate !",
		"no NTLM":               "Negotiate YWJj",
		"nothing":               "Negotiate",
		"third message first":   "Negotiate TlRMTVNTUAADAAAAAAAAAAAAAAA=",
		"a scheme nobody plays": "Kerberos YWJj",
	} {
		if resp, _ := n.post(token, typeSOAP, nil); resp.StatusCode != 401 {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
	}
}

// TestLogonBelongsToItsConnection: another connection of the same client is nobody's.
func TestLogonBelongsToItsConnection(t *testing.T) {
	c := newClient(t, Config{})
	n := newNegotiator(t, c, "Tester", "right")
	n.post(n.challenge(), typeSOAP, nil)
	n.http.CloseIdleConnections()
	if resp, _ := n.post("", ntlm.ContentSealed, n.seal(c.envelope("masterzen-create"))); resp.StatusCode != 401 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// TestBrokenSeal: what cannot be unsealed is no message, and its connection ends.
func TestBrokenSeal(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"one bit":    func(b []byte) []byte { b[len(b)-30] ^= 1; return b },
		"cut off":    func(b []byte) []byte { return b[:len(b)-40] },
		"no parts":   func([]byte) []byte { return []byte("hello") },
		"in clear":   func([]byte) []byte { return []byte("<Envelope/>") },
		"more bytes": func(b []byte) []byte { return append(b, "more"...) },
	} {
		c := newClient(t, Config{})
		n := newNegotiator(t, c, "Tester", "right")
		n.post(n.challenge(), typeSOAP, nil)
		resp, _ := n.post("", ntlm.ContentSealed, change(n.seal(c.envelope("masterzen-create"))))
		if resp.StatusCode != 400 {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
		if resp, _ := n.post("", ntlm.ContentSealed, n.seal(c.envelope("masterzen-create"))); resp.StatusCode != 401 {
			t.Errorf("%s, the next request: status %d", name, resp.StatusCode)
		}
	}
	c := newClient(t, Config{})
	resp, err := c.post("x", http.Header{"Content-Type": {ntlm.ContentSealed}}) // with Basic: no keys
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 400 {
		t.Errorf("sealed without keys: status %d", resp.StatusCode)
	}
}
