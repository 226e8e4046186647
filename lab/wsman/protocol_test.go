package wsman

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"vnettune/lab/wsman/ntlm"
)

// askChanged sends an envelope of testdata with a text replaced.
func (c *client) askChanged(name, old, with string) answer {
	c.t.Helper()
	text := c.envelope(name)
	if !strings.Contains(text, old) {
		c.t.Fatalf("%s has no %q", name, old)
	}
	a, err := c.tryText(strings.Replace(text, old, with, 1))
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func TestHeadersThatMustBeUnderstood(t *testing.T) {
	const end = "</E:Header>"
	for _, tc := range []struct {
		name, header string
		code         uint32
	}{
		{"unknown", `<u:New xmlns:u="urn:u" E:mustUnderstand="true"/>`, 2150858768},
		{"unknown, by number", `<u:New xmlns:u="urn:u" E:mustUnderstand="1"/>`, 2150858768},
		{"unknown, as a hint", `<u:New xmlns:u="urn:u" E:mustUnderstand="false"/>`, 0},
		{"unknown, not SOAP's attribute", `<u:New xmlns:u="urn:u" mustUnderstand="true"/>`, 0},
		{"unknown, without", `<u:New xmlns:u="urn:u"/>`, 0},
		{"where to", `<To E:mustUnderstand="true">http://elsewhere/wsman</To>`, 0},
		{"where back", `<ReplyTo E:mustUnderstand="1"><Address>x</Address></ReplyTo>`, 0},
		{"size", `<q:MaxEnvelopeSize E:mustUnderstand="true">153600</q:MaxEnvelopeSize>`, 0},
		{"least size", `<q:MaxEnvelopeSize>8192</q:MaxEnvelopeSize>`, 0},
		{"too small a size", `<q:MaxEnvelopeSize>8191</q:MaxEnvelopeSize>`, 2150858878},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClient(t, Config{})
			c.open("masterzen")
			c.vars["COMMANDLINE"] = "show"
			a := c.askChanged("prefixes-command-direct", end, tc.header+end)
			if a.Fault.Code != tc.code || (a.CommandID == "") != (tc.code != 0) {
				t.Errorf("code %d, want %d: %s", a.Fault.Code, tc.code, a.text)
			}
			if tc.code == 2150858768 && a.Code != "s:MustUnderstand" {
				t.Errorf("fault %s", a.Code)
			}
		})
	}
}

func TestRequestsWithoutTheirParts(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.vars["COMMANDLINE"] = "   "
	if a := c.ask("masterzen-command"); a.Fault.Code != 87 || a.Subcode != "w:InvalidParameter" {
		t.Errorf("no command line: %s", a.text)
	}
	c.vars["COMMANDLINE"] = "show"
	const id = "<MessageID>11111111-2222-3333-4444-555555555555</MessageID>"
	if a := c.askChanged("prefixes-command-direct", id, ""); a.Fault.Code != 2150858769 {
		t.Errorf("no message id: %s", a.text)
	}
}

// TestCommandLineAsSent: of what XML has to write otherwise, WinRM leaves &#34; as it is in a
// command line, and so does everybody in CDATA.
func TestCommandLineAsSent(t *testing.T) {
	c := newClient(t, Config{})
	c.open("pywinrm")
	for sent, want := range map[string]string{
		`show &quot;a&quot; &amp; &#38;`: `show "a" & &`, `show &#34;a&#34;`: `show &#34;a&#34;`, `<![CDATA[show &#34;a" & b]]>`: `show &#34;a" & b`,
	} {
		c.start("pywinrm", sent)
		if out, _ := c.collect("pywinrm"); !strings.HasPrefix(out["stdout"], want+"|") {
			t.Errorf("%s: %q, want %q", sent, out["stdout"], want)
		}
	}
	c.vars["COMMANDLINE"] = "<b/>"
	if a := c.ask("pywinrm-command"); a.Fault.Code != 87 {
		t.Errorf("a command line of elements alone: %s", a.text)
	}
}

// TestSendAsAnsibleDoes: pieces of 200 kB, 268 kB as they are sent, End on the last.
func TestSendAsAnsibleDoes(t *testing.T) {
	c := newClient(t, Config{})
	c.open("pywinrm")
	c.pipe("pywinrm", "copy")
	var sent []byte
	for i := range 3 {
		piece := bytes.Repeat([]byte{byte('a' + i)}, 200_000)
		sent = append(sent, piece...)
		c.vars["INPUTTEXT"] = base64.StdEncoding.EncodeToString(piece)
		a := answer{}
		if i < 2 {
			a = c.ask("masterzen-send")
		} else {
			a = c.askChanged("masterzen-send", `Name="stdin"`, `Name="stdin" End="true"`)
		}
		if a.Action != doSend+"Response" {
			t.Fatalf("piece %d: %s", i, a.text)
		}
	}
	if out, exit := c.collect("pywinrm"); out["stdout"] != string(sent) || exit != 0 {
		t.Errorf("%d bytes back of %d, exit code %d", len(out["stdout"]), len(sent), exit)
	}
}

// TestOutputWhileTheCommandRuns: what a command wrote arrives before it ends.
func TestOutputWhileTheCommandRuns(t *testing.T) {
	c := newClient(t, Config{})
	c.open("pywinrm")
	c.start("pywinrm", "copy")
	for _, text := range []string{"first", "second"} {
		c.vars["INPUTTEXT"] = base64.StdEncoding.EncodeToString([]byte(text))
		c.ask("masterzen-send")
		a := c.ask("pywinrm-receive")
		if len(a.Streams) != 1 || !strings.HasSuffix(a.State.State, "/Running") {
			t.Fatalf("after %s: %s", text, a.text)
		}
		if b, err := base64.StdEncoding.DecodeString(a.Streams[0].Text); err != nil || string(b) != text {
			t.Errorf("got %q, %v, want %q", b, err, text)
		}
	}
}

// TestCommandsBesideEachOther: one shell, several commands, each with its own streams.
func TestCommandsBesideEachOther(t *testing.T) {
	c := newClient(t, Config{})
	c.open("pywinrm")
	c.pipe("pywinrm", "copy")
	waiting := c.vars["COMMANDID"]
	for range 3 {
		c.start("pywinrm", "show")
		if out, exit := c.collect("pywinrm"); out["stderr"] != "complaint" || exit != 7 {
			t.Errorf("got %q, exit code %d", out, exit)
		}
	}
	c.vars["COMMANDID"] = waiting
	c.ask("masterzen-send-end")
	if out, exit := c.collect("pywinrm"); out["stdout"]+out["stderr"] != "" || exit != 0 {
		t.Errorf("got %q, exit code %d", out, exit)
	}
}

// TestSealedEnvelopeAboveTheLimit: what counts is the message, not what it is wrapped in.
func TestSealedEnvelopeAboveTheLimit(t *testing.T) {
	c := newClient(t, Config{MaxEnvelopeSize: 20000})
	n := newNegotiator(t, c, "Tester", "right")
	n.post(n.challenge(), typeSOAP, nil)
	resp, _ := n.post("", ntlm.ContentSealed, n.seal(strings.Repeat(" ", 20000)))
	if resp.StatusCode != http.StatusInternalServerError { // no XML
		t.Errorf("at the limit: status %d", resp.StatusCode)
	}
	resp, _ = n.post("", ntlm.ContentSealed, n.seal(strings.Repeat(" ", 20001)))
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("above the limit: status %d", resp.StatusCode)
	}
}

// TestStandardInput: a console has no end that Send could give, a pipe has; without a word it is
// a pipe.
func TestStandardInput(t *testing.T) {
	for _, tc := range []struct {
		name, option string
		ends         bool
	}{
		{"console", `<w:Option Name="WINRS_CONSOLEMODE_STDIN">TRUE</w:Option>`, false},
		{"pipe", `<w:Option Name="WINRS_CONSOLEMODE_STDIN">FALSE</w:Option>`, true},
		{"not said", "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClient(t, Config{})
			c.open("masterzen")
			c.vars["COMMANDLINE"], c.vars["TIMEOUT"], c.vars["INPUTTEXT"] = "copy", "PT0.2S", "eA=="
			a := c.askChanged("masterzen-command", `<w:Option Name="WINRS_CONSOLEMODE_STDIN">TRUE</w:Option>`, tc.option)
			c.vars["COMMANDID"] = a.CommandID
			c.ask("masterzen-send")
			c.ask("masterzen-send-end")
			out := ""
			for {
				a = c.ask("masterzen-receive")
				for _, s := range a.Streams {
					out += s.Text
				}
				if a.status != 200 || strings.HasSuffix(a.State.State, "/Done") {
					break
				}
			}
			if out != "eA==" {
				t.Errorf("output %q", out)
			}
			if ended := a.State.ExitCode != nil; ended != tc.ends || !ended && a.Fault.Code != 2150858793 {
				t.Errorf("ended %v, want %v: %s", ended, tc.ends, a.text)
			}
		})
	}
}

// TestInputOfAnEndedCommand: nobody is left to read it.
func TestInputOfAnEndedCommand(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.pipe("masterzen", "show")
	c.collect("masterzen")
	if a := c.ask("masterzen-send-end"); a.Fault.Code != 109 {
		t.Errorf("%s", a.text)
	}
}

// TestCommandsAreNeverCountedDown: the commands of a shell that have ended count until it is
// deleted, whichever shell the next one is for.
func TestCommandsAreNeverCountedDown(t *testing.T) {
	c := newClient(t, Config{MaxOperations: 3})
	c.open("masterzen")
	first := c.vars["SHELLID"]
	for range 2 {
		c.start("masterzen", "show")
		c.collect("masterzen")
		c.ask("masterzen-signal")
	}
	c.open("masterzen")
	c.start("masterzen", "show")
	if a := c.ask("masterzen-command"); a.Fault.Code != 2150859174 {
		t.Errorf("beyond the limit: %s", a.text)
	}
	second := c.vars["SHELLID"]
	c.vars["SHELLID"] = first
	c.ask("masterzen-delete")
	c.vars["SHELLID"] = second
	if a := c.ask("masterzen-command"); a.CommandID == "" {
		t.Errorf("with a shell deleted: %s", a.text)
	}
}

// TestToldToFail: who observes decides by what fault a request is answered, and whether it is done.
func TestToldToFail(t *testing.T) {
	for _, done := range []bool{true, false} {
		asked := ""
		c := newClient(t, Config{Observe: func(_ context.Context, action, _ string) (uint32, bool) {
			asked = action
			if action == "send" {
				return 1460, done
			}
			return 0, false
		}})
		c.open("masterzen")
		c.pipe("masterzen", "copy")
		c.vars["TIMEOUT"] = "PT0.05S"
		if a := c.ask("masterzen-send-end"); a.Fault.Code != 1460 || a.status != http.StatusInternalServerError || asked != "send" {
			t.Errorf("done %v: %s", done, a.text)
		}
		if a := c.ask("masterzen-receive"); done != (a.status == http.StatusOK) {
			t.Errorf("done %v, then: %s", done, a.text)
		}
	}
}
