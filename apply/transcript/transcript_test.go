package transcript_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"vnettune/apply/scripts"
	"vnettune/apply/transcript"
	"vnettune/apply/winrm"
)

// canned answers every command with one output.
type canned struct {
	out string
	err error
}

func (c canned) Run(context.Context, string, []byte) (winrm.Result, error) {
	return winrm.Result{Stdout: []byte(c.out), Stderr: []byte("warning: " + c.out)}, c.err
}
func (c canned) Ping(context.Context) error { return c.err }
func (c canned) Forget()                    {}

// secrets are planted in every place that a transcript has; none may survive.
var secrets = []string{"Tr0ub4dor&3", "hunter2", "JaneDoe", "ACME", "ws-0815", "BUILD-HOST", "10.9.8.7", "10.9.8.1", "fe80::5054:ff:fe12:3456", "2a02:8071:22::9",
	"52-54-00-12-34-56", "525400123456", "52:54:00:12:34:57", "S-1-5-21-3623811015-3361044348-30300820", "VK7JG-NPHTM-C97JM-9MPGT-3V66T", "jdoe-home",
	"S-1-12-1-1943430372-1249052806-2496021943-3034400218", "Jürgen", "Müller", "Иван", "campaigner", "caller"}

func TestTranscriptKeepsNoSecret(t *testing.T) {
	planted := strings.Join(secrets, " ")
	// As the scripts write it: in ASCII.
	const escaped = `"escaped":"C:\\Users\\J\u00fcrgen M\u00fcller\\x.exe, C:\\Users\\\u0418\u0432\u0430\u043d\\y.exe is gone",`
	out, err := json.Marshal(map[string]any{"computerName": "WS-0815", "caption": planted, "path": `C:\Users\jdoe-home\iperf3.exe`,
		"adapters": []any{map[string]any{"guid": "{564E4554-0000-4000-8000-525400123456}", "mac": "525400123456", "addresses": []string{"10.9.8.7", "fe80::5054:ff:fe12:3456%4"}}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &transcript.Recorder{Runner: canned{out: "{" + escaped + string(out[1:])}}
	if _, err := r.Run(t.Context(), scripts.CommandLine(scripts.Facts), []byte(`{"host":"10.9.8.1"}`)); err != nil {
		t.Fatal(err)
	}
	r.Runner = canned{out: planted}
	if _, err := r.Run(t.Context(), `"C:\Users\caller\iperf3.exe" -v`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context(), `"C:\Users\jdoe-home\iperf3.exe" -v`, nil); err != nil {
		t.Fatal(err)
	}
	r.Runner = canned{err: &winrm.NetError{Step: "connect", Err: errors.New(planted)}}
	_, _ = r.Run(t.Context(), "wmic os get", nil)
	_ = r.Ping(t.Context())
	if _, err := r.Ask("route", func() (any, error) { return planted, nil }); err != nil {
		t.Fatal(err)
	}
	_, _ = r.Ask("iperf3", func() (any, error) { return nil, errors.New(planted) })
	var b bytes.Buffer
	campaign := json.RawMessage(`{"guest":{"user":"ACME\\JaneDoe","control":"ws-0815.acme.example","data":"10.9.8.7"},"name":"hunter2","notes":"/home/campaigner/vm"}`)
	if err := r.Write(&b, "test", campaign, transcript.Private{Passwords: []string{"Tr0ub4dor&3", "hunter2"}, Users: []string{`ACME\JaneDoe`},
		Hosts: []string{"ws-0815.acme.example", "build-host"}}); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if strings.Contains(strings.ToLower(b.String()), strings.ToLower(s)) {
			t.Errorf("%q is in the transcript:\n%s", s, &b)
		}
	}
	if t.Failed() {
		return
	}
	// The same word became the same everywhere, and the forms survive.
	for _, want := range []string{`"control":"host-2"`, `"computerName":"host-3"`, `"mac":"020000000001"`, "{564E4554-0000-4000-8000-020000000001}", "02-00-00-00-00-01", `["192.0.2.1","fe80::1%4"]`,
		`"data":"192.0.2.1"`, `C:\\Users\\user-5\\iperf3.exe`, "S-1-5-21-1-2-1", `{"host":"192.0.2.2"}`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in the transcript", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", &b)
	}
}

// What a user is called may be part of other words, and of the keys that we ask for.
func TestTranscriptLeavesOtherWords(t *testing.T) {
	r := &transcript.Recorder{Runner: canned{out: `{"driverVersion":"51.75.104.11","own":{"StandIn":"lab"},"administrator":true,"text":"Administrator, Administrators, AFD"}`}}
	if _, err := r.Run(t.Context(), `reg query "HKLM\SOFTWARE\vnettune" /v StandIn`, nil); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b, "test", json.RawMessage(`{}`), transcript.Private{Passwords: []string{"a", ""}, Users: []string{"Administrator", "vnettune", ""}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`reg query \"HKLM\\SOFTWARE\\vnettune\" /v StandIn`, `"administrator":true`, "user-1, Administrators, AFD", `"StandIn":"lab"`, `"driverVersion":"51.75.104.11"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in %s", want, &b)
		}
	}
}
