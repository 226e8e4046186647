package guest

import (
	"strings"
	"testing"

	"vnettune/trouble"
)

func TestParseWinRM(t *testing.T) {
	for _, tc := range []struct {
		in   []string
		want WinRM
		bad  string
	}{
		{in: nil},
		{in: []string{"strict"}, want: WinRM{Strict: true}},
		{in: []string{"accept-empty", "strict"}, want: WinRM{Strict: true, AcceptEmpty: true}},
		{in: []string{"strict", "Strict"}, bad: `"Strict"`},
		{in: []string{""}, bad: "use strict or accept-empty"},
	} {
		got, err := ParseWinRM(tc.in)
		if got != tc.want || (err == nil) != (tc.bad == "") || err != nil && !strings.Contains(trouble.Line(err), tc.bad) {
			t.Errorf("%q: %+v, %v", tc.in, got, err)
		}
	}
}

func TestBrokenClientCA(t *testing.T) {
	for _, text := range []string{"no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if _, err := (Config{ClientCA: text}).clientCA(); err == nil || !strings.Contains(trouble.Line(err), "authority of the clients") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
