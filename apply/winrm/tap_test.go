package winrm_test

import (
	"bytes"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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
