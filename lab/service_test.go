package lab_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"vnettune/lab"
	"vnettune/trouble"
)

// logon prints the status of a request that logs on in a way, and how else one might.
func logon(way, address, user, password string) error {
	url, transport := "http://"+address+":5985/wsman", &http.Transport{}
	header := http.Header{"Content-Type": {"application/soap+xml;charset=UTF-8"}}
	if way == "certificate" {
		pair, err := tls.LoadX509KeyPair(os.Getenv("LAB_CERTIFICATE"), os.Getenv("LAB_KEY"))
		if err != nil {
			return err
		}
		authority, err := os.ReadFile(os.Getenv("LAB_AUTHORITY"))
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(authority)
		url, transport.TLSClientConfig = "https://"+address+":5986/wsman", &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}
		header.Set("Authorization", "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual")
	}
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">`+
		`<s:Header/><s:Body><i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>`))
	if err != nil {
		return err
	}
	request.Header = header
	if way == "basic" {
		request.SetBasicAuth(user, password)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	fmt.Print(response.StatusCode, " ", strings.Join(response.Header.Values("WWW-Authenticate"), ", "))
	return nil
}

// TestService: what the guest's WinRM allows is what the lab was asked for.
func TestService(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	for _, tc := range []struct {
		name  string
		winrm []string
		want  map[string]string
	}{
		{"open", nil, map[string]string{"basic": "200 ", "certificate": "200 ", "nothing": `401 Negotiate, Basic realm="WSMAN"`}},
		{"strict", []string{"strict"}, map[string]string{"basic": "401 Negotiate", "certificate": "401 Negotiate", "nothing": "401 Negotiate"}},
	} {
		i, err := m.Up(t.Context(), lab.Options{Name: tc.name, Kind: lab.KindFast, Executable: executable(t), WinRM: tc.winrm})
		if err != nil {
			t.Fatal(err)
		}
		for way, want := range tc.want {
			if got := ask(t, i, "logon", way); got != want {
				t.Errorf("%s, %s: %q, want %q", tc.name, way, got, want)
			}
		}
	}
	if _, err := m.Up(t.Context(), lab.Options{Name: "strict", Kind: lab.KindFast, Executable: executable(t)}); err == nil || !strings.Contains(trouble.Line(err), "take it down first") {
		t.Errorf("Up with another service: %v", err)
	}
}
