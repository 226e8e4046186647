package winrm_test

import (
	"bytes"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
)

// A zone names an interface of this host: it is dialled by, and the guest reads none. The
// loopback address stands for a link-local one; the kernel takes a zone with it, too.
func TestAZoneStaysHere(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	lo := ""
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback != 0 {
			lo = i.Name
		}
	}
	for _, https := range []bool{false, true} {
		l, err := net.Listen("tcp6", "[::1]:0")
		if err != nil || lo == "" {
			t.Skipf("NOT TESTED: addresses with a zone: no IPv6 on the loopback interface: %v", err)
		}
		service := wsman.NewServer(wsman.Config{User: "Administrator", Password: password}, &echo{})
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || strings.Contains(r.Host, lo) || bytes.Contains(body, []byte("%"+lo)) || bytes.Contains(body, []byte("%25")) {
				t.Errorf("the guest is told of this host's interface: Host %s, %s, %v", r.Host, body, err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			service.ServeHTTP(w, r)
		}))
		s.Config.ConnContext = service.ConnContext
		s.Listener.Close()
		s.Listener = l
		_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
		c := winrm.Config{Address: net.JoinHostPort("::1%"+lo, port), Auth: winrm.Basic, User: "Administrator", Password: password, HTTPS: https}
		if https {
			s.StartTLS()
			c.CACert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}) // for ::1, without a zone
			if _, err := winrm.Fingerprint(t.Context(), c); err != nil {
				t.Error(err)
			}
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		w := client(t, c)
		if err := w.Ping(t.Context()); err != nil {
			t.Errorf("https %v: %v", https, err)
		}
		if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
			t.Errorf("https %v: %+v, %v", https, r, err)
		}
	}
}
