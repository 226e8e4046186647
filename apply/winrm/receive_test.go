package winrm_test

import (
	"bytes"
	"strings"
	"testing"

	"vnettune/apply/winrm"
)

const running, done = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Running", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"

func received(inside string) string {
	return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Body><rsp:ReceiveResponse>` +
		inside + `</rsp:ReceiveResponse></s:Body></s:Envelope>`
}

// What cannot be read is an error: neither output that is shorter nor exit code 0.
func TestParseReceive(t *testing.T) {
	state := func(s, inside string) string {
		return `<rsp:CommandState State="` + s + `">` + inside + `</rsp:CommandState>`
	}
	stream := func(name, id, text string) string {
		return `<rsp:Stream Name="` + name + `" CommandId="` + id + `">` + text + `</rsp:Stream>`
	}
	tests := []struct {
		name, answer string
		out          string
		done         bool
		exit         int
		wrong        string
	}{
		{"base64 that is none", received(stream("stdout", "C1", "b2!") + state(running, "")), "", false, 0, "stdout is no base64"},
		{"output", received(stream("stdout", "C1", "b2s=") + stream("stderr", "c1", "bm8=") + state(running, "")), "ok|no", false, 0, ""},
		{"output on lines", received(stream("stdout", "C1", "\r\nb2\r\ns=\r\n") + state(running, "")), "ok|", false, 0, ""},
		{"the end", received(stream("stdout", "C1", "") + state(done, "<rsp:ExitCode>3</rsp:ExitCode>")), "|", true, 3, ""},
		{"a large exit code", received(state(done, "<rsp:ExitCode>3221225786</rsp:ExitCode>")), "|", true, 3221225786, ""},
		{"a negative exit code", received(state(done, "<rsp:ExitCode>-1</rsp:ExitCode>")), "|", true, 4294967295, ""},
		{"no exit code", received(state(done, "")), "", false, 0, "without an exit code"},
		{"an exit code that is none", received(state(done, "<rsp:ExitCode>many</rsp:ExitCode>")), "", false, 0, "is no number"},
		{"another command's output", received(stream("stdout", "C2", "b2s=") + state(running, "")), "", false, 0, "another command's"},
		{"nothing", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>`, "", false, 0, "holds no output"},
		{"no XML", "hello", "", false, 0, "the answer is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			ended, exit, err := winrm.ParseReceive(t.Context(), []byte(tt.answer), "C1", &stdout, &stderr)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("error %v, want %q", err, tt.wrong)
				}
				return
			}
			if got := stdout.String() + "|" + stderr.String(); err != nil || got != tt.out || ended != tt.done || exit != tt.exit {
				t.Errorf("%q, done %v, exit code %d, %v", got, ended, exit, err)
			}
		})
	}
}

// FuzzParseReceive: no answer of a guest brings the reader down, and what it takes is in it.
func FuzzParseReceive(f *testing.F) {
	f.Add([]byte(received("")))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var stdout, stderr bytes.Buffer
		if _, exit, err := winrm.ParseReceive(t.Context(), answer, "C1", &stdout, &stderr); err == nil && (exit < 0 || stdout.Len()+stderr.Len() > len(answer)) {
			t.Errorf("exit code %d, %d bytes out of %d", exit, stdout.Len()+stderr.Len(), len(answer))
		}
	})
}
