package wsman

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/masterzen/winrm"
)

// TestMasterzen: the library under the harness with its own transports. The one that
// seals logs on anew for every message, in a connection that is authenticated already.
func TestMasterzen(t *testing.T) {
	sealing := func() winrm.Transporter {
		e, err := winrm.NewEncryption("ntlm")
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	unsealed := func() winrm.Transporter { return &winrm.ClientNTLM{} }
	for _, tc := range []struct {
		name      string
		cfg       Config
		transport func() winrm.Transporter
		refused   string
	}{
		{"basic", Config{}, nil, ""},
		{"basic where it is off", Config{Strict: true}, nil, "401"},
		{"ntlm in clear", Config{}, unsealed, ""},
		{"ntlm in clear where sealing is wanted", Config{Strict: true}, unsealed, "500"},
		{"ntlm sealed", Config{Strict: true}, sealing, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClient(t, tc.cfg)
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			port, err := strconv.Atoi(u.Port())
			if err != nil {
				t.Fatal(err)
			}
			p := *winrm.DefaultParameters
			p.TransportDecorator = tc.transport
			m, err := winrm.NewClientWithParameters(winrm.NewEndpoint(u.Hostname(), port, false, false, nil, nil, nil, time.Minute), "tester", "right", &p)
			if err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			code, err := m.RunWithContext(t.Context(), "show", &out, &errs)
			switch {
			case tc.refused != "":
				if err == nil || !strings.Contains(err.Error(), tc.refused) {
					t.Errorf("got %v, want %s", err, tc.refused)
				}
			case err != nil || code != 7 || !strings.Contains(out.String(), "shell=true") || errs.String() != "complaint":
				t.Errorf("exit code %d, %q, %q, %v", code, &out, &errs, err)
			}
		})
	}
}
