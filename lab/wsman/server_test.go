package wsman

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWholeCommand(t *testing.T) {
	want := map[string]string{
		"masterzen": `show|[]|shell=true|cp=65001|A=|`,
		"pywinrm":   `show|["first" "second"]|shell=true|cp=65001|A=b|C:\x`,
	}
	for who, out := range want {
		t.Run(who, func(t *testing.T) {
			c := newClient(t, Config{})
			created := c.ask(who + "-create")
			if created.Action != doCreate+"Response" || created.RelatesTo != "uuid:11111111-2222-3333-4444-555555555555" {
				t.Errorf("create answered action %q relating to %q", created.Action, created.RelatesTo)
			}
			if created.ShellID == "" || created.ShellID != created.Selector {
				t.Errorf("shell id %q, selector %q: want the same", created.ShellID, created.Selector)
			}
			c.vars["SHELLID"] = created.ShellID
			c.start(who, "show")
			got, exit := c.collect(who)
			if got["stdout"] != out || got["stderr"] != "complaint" || exit != 7 {
				t.Errorf("got %q and exit code %d, want stdout %q", got, exit, out)
			}
			for _, step := range []struct{ name, action string }{{"signal", doSignal + "Response"}, {"delete", doDelete + "Response"}} {
				if a := c.ask(who + "-" + step.name); a.status != 200 || a.Action != step.action {
					t.Errorf("%s: status %d, action %q", step.name, a.status, a.Action)
				}
			}
			if a := c.ask(who + "-receive"); a.Fault.Code != 2150858843 || a.status != 500 {
				t.Errorf("receive after delete: status %d, code %d", a.status, a.Fault.Code)
			}
		})
	}
}

func TestEveryStreamEndsOnce(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.start("masterzen", "show")
	ends := map[string]int{}
	for done := false; !done; {
		a := c.ask("masterzen-receive")
		for _, s := range a.Streams {
			if s.End == "true" {
				ends[s.Name]++
			}
		}
		done = strings.HasSuffix(a.State.State, "/Done")
		if !done && len(ends) > 0 {
			t.Error("a stream ended before the command did")
		}
	}
	if ends["stdout"] != 1 || ends["stderr"] != 1 {
		t.Errorf("ends %v, want one of each stream", ends)
	}
}

func TestInput(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.pipe("masterzen", "copy")
	c.vars["INPUTTEXT"] = base64.StdEncoding.EncodeToString([]byte("one "))
	c.ask("masterzen-send")
	c.vars["INPUTTEXT"] = base64.StdEncoding.EncodeToString([]byte("two\x00\xff"))
	c.ask("masterzen-send")
	if a := c.ask("masterzen-send-end"); a.Action != doSend+"Response" {
		t.Errorf("send answered %q", a.Action)
	}
	out, exit := c.collect("masterzen")
	if out["stdout"] != "one two\x00\xff" || exit != 0 {
		t.Errorf("got %q, exit code %d", out["stdout"], exit)
	}
	c.pipe("masterzen", "copy")
	c.vars["INPUTTEXT"] = "no base64!"
	if a := c.ask("masterzen-send"); a.Fault.Code != 2150858817 {
		t.Errorf("broken base64: %s", a.text)
	}
}

func TestReceiveHoldsUntilTimeout(t *testing.T) {
	c := newClient(t, Config{})
	c.open("pywinrm")
	c.start("pywinrm", "copy")
	c.vars["TIMEOUT"] = "PT0.050S"
	a := c.ask("pywinrm-receive")
	if a.status != 500 || a.Code != "s:Receiver" || a.Subcode != "w:TimedOut" || a.Fault.Code != 2150858793 {
		t.Errorf("status %d, code %s %s, WSManFault %d", a.status, a.Code, a.Subcode, a.Fault.Code)
	}
	if !strings.HasSuffix(a.FaultDetail, "/faultDetail/OperationTimeout") {
		t.Errorf("fault detail %q", a.FaultDetail)
	}
}

func TestOutputInPieces(t *testing.T) {
	const size = 300_000
	c := newClient(t, Config{})
	c.open("masterzen")
	c.start("masterzen", "big 300000")
	total := 0
	for done := false; !done; {
		a := c.ask("masterzen-receive")
		if len(a.text) > 153600 {
			t.Errorf("answer of %d bytes, the client takes 153600", len(a.text))
		}
		for _, s := range a.Streams {
			b, err := base64.StdEncoding.DecodeString(s.Text)
			if err != nil {
				t.Fatal(err)
			}
			total += len(b)
		}
		done = strings.HasSuffix(a.State.State, "/Done")
	}
	if total != 2*size {
		t.Errorf("received %d bytes, want %d", total, 2*size)
	}
}

func TestWriterWaitsForItsClient(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.start("masterzen", "big 1048576") // writes twice what there is room for
	out, exit := c.collect("masterzen")
	if len(out["stdout"]) != 2*1048576 || exit != 0 {
		t.Errorf("%d bytes, exit code %d", len(out["stdout"]), exit)
	}
}

func TestSignals(t *testing.T) {
	t.Run("terminate", func(t *testing.T) {
		c := newClient(t, Config{})
		c.open("masterzen")
		c.start("masterzen", "hang")
		c.ask("masterzen-receive") // its first output
		waiting := make(chan answer)
		go func() {
			a, _ := c.try("masterzen-receive")
			waiting <- a
		}()
		c.ask("masterzen-signal")
		// The waiting Receive was there before the signal or came after it.
		if a := <-waiting; a.Fault.Code != 995 && a.Fault.Code != 2150859085 {
			t.Errorf("receive of a terminated command: %s", a.text)
		}
		if a := c.ask("masterzen-receive"); a.Fault.Code != 2150859085 {
			t.Errorf("receive after terminate: %s", a.text)
		}
	})
	t.Run("ctrl_c", func(t *testing.T) {
		c := newClient(t, Config{})
		c.open("masterzen")
		c.start("masterzen", "hang")
		if a := c.ask("prefixes-ctrl-c"); a.Action != doSignal+"Response" {
			t.Fatalf("signal: %s", a.text)
		}
		if _, exit := c.collect("masterzen"); exit != 0xC000013A {
			t.Errorf("exit code %#x", exit)
		}
	})
}

// Whether a client asks to leave cmd.exe out makes no difference (docs/facts/windows-answers.md C8).
func TestSkipShell(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.vars["COMMANDLINE"] = "show"
	a := c.ask("prefixes-command-direct")
	if a.CommandID == "" {
		t.Fatalf("command: %s", a.text)
	}
	c.vars["COMMANDID"] = a.CommandID
	if out, _ := c.collect("masterzen"); !strings.Contains(out["stdout"], "shell=true") {
		t.Errorf("got %q, want cmd.exe", out["stdout"])
	}
}

func TestLogon(t *testing.T) {
	c := newClient(t, Config{})
	basic := func(user, password string) http.Header {
		return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}}
	}
	for _, tc := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"right", basic("Tester", "right"), 200},
		{"other case of the user", basic("TESTER", "right"), 200},
		{"with a domain", basic(`HOST\tester`, "right"), 200},
		{"wrong password", basic("tester", "Right"), 401},
		{"wrong user", basic("root", "right"), 401},
		{"none", http.Header{"Authorization": nil}, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, err := c.post(c.envelope("identify"), tc.header)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
			if got := strings.Join(resp.Header.Values("WWW-Authenticate"), ", "); tc.status == 401 && got != `Negotiate, Basic realm="WSMAN"` {
				t.Errorf("WWW-Authenticate %q", got)
			}
		})
	}
}

func TestIdentify(t *testing.T) {
	c := newClient(t, Config{})
	for _, tc := range []struct {
		name   string
		header http.Header
		want   string
	}{
		{"with a logon", nil, "OS: 10.0.19045 SP: 0.0 Stack: 3.0"},
		{"without", http.Header{"Wsmanidentify": {"unauthenticated"}, "Authorization": nil}, "OS: 0.0.0 SP: 0.0 Stack: 3.0"},
	} {
		resp, err := c.post(c.envelope("identify"), tc.header)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || !strings.Contains(string(b), tc.want) {
			t.Errorf("%s: status %d: %s", tc.name, resp.StatusCode, b)
		}
	}
	resp, err := c.post(c.envelope("masterzen-create"), http.Header{"Wsmanidentify": {"unauthenticated"}, "Authorization": nil})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("a shell without a logon: status %d", resp.StatusCode)
	}
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		envelope string
		code     uint32
		subcode  string
	}{
		{"unknown-action", 2150858753, "a:ActionNotSupported"},
		{"unknown-resource", 2150858811, "a:DestinationUnreachable"},
	} {
		c := newClient(t, Config{})
		c.open("masterzen")
		a := c.ask(tc.envelope)
		if a.status != 500 || a.Fault.Code != tc.code || a.Subcode != tc.subcode || a.RelatesTo != "11111111-2222-3333-4444-555555555555" {
			t.Errorf("%s: status %d, %s, code %d, relates to %q", tc.envelope, a.status, a.Subcode, a.Fault.Code, a.RelatesTo)
		}
	}
	c := newClient(t, Config{})
	for _, body := range []string{"", "no xml", "<a/>", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>`} {
		resp, err := c.post(body, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 500 || !strings.Contains(string(b), "2150858817") {
			t.Errorf("body %q: status %d: %s", body, resp.StatusCode, b)
		}
	}
}

func TestQuotas(t *testing.T) {
	c := newClient(t, Config{MaxShells: 2, MaxCommands: 1, MaxEnvelopeSize: 20000})
	c.open("masterzen")
	c.open("masterzen")
	if a := c.ask("masterzen-create"); a.Fault.Code != 2150859173 {
		t.Errorf("third shell: %s", a.text)
	}
	c.start("masterzen", "hang")
	c.vars["COMMANDLINE"] = "show"
	if a := c.ask("masterzen-command"); a.Fault.Code != 2150859241 {
		t.Errorf("second command: %s", a.text)
	}
	c.ask("masterzen-signal")
	if a := c.ask("masterzen-command"); a.CommandID == "" {
		t.Errorf("command after the first was terminated: %s", a.text)
	}
	c.vars["COMMANDLINE"] = strings.Repeat("x", 20000)
	resp, err := c.post(c.envelope("masterzen-command"), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("envelope above the limit: status %d", resp.StatusCode)
	}
	c.ask("masterzen-delete")
	if a := c.ask("masterzen-create"); a.ShellID == "" {
		t.Errorf("shell after one was deleted: %s", a.text)
	}

	c = newClient(t, Config{})
	c.open("masterzen")
	c.vars["COMMANDLINE"] = strings.Repeat("x", maxCommandLine+1)
	if a := c.ask("masterzen-command"); a.Fault.Code != 2147942606 {
		t.Errorf("command line above the limit: %s", a.text)
	}
}

func TestIdleShellEnds(t *testing.T) {
	c := newClient(t, Config{})
	now := time.Now()
	c.server.now = func() time.Time { return now }
	c.open("pywinrm") // asks for 120 s
	now = now.Add(119 * time.Second)
	c.start("pywinrm", "show")
	now = now.Add(119 * time.Second)
	c.collect("pywinrm")
	now = now.Add(121 * time.Second)
	if a := c.ask("pywinrm-receive"); a.Fault.Code != 2150858843 {
		t.Errorf("shell idle for 121 s: %s", a.text)
	}
}

func TestGoingDownClosesConnections(t *testing.T) {
	c := newClient(t, Config{})
	c.open("masterzen")
	c.start("masterzen", "copy") // writes nothing: the Receive has to wait
	waiting := make(chan error)
	go func() {
		_, err := c.try("masterzen-receive")
		waiting <- err
	}()
	c.player.down.Store(true)
	if err := <-waiting; err == nil {
		t.Error("a waiting receive was answered while the machine went down")
	}
	if a, err := c.try("masterzen-create"); err == nil {
		t.Errorf("answered while the machine went down: %s", a.text)
	}
}

func TestQueryOperatingSystem(t *testing.T) {
	c := newClient(t, Config{})
	enum := c.ask("wmi-enumerate")
	if enum.Context == "" {
		t.Fatalf("enumerate: %s", enum.text)
	}
	c.vars["CONTEXT"] = enum.Context
	for _, name := range []string{"wmi-pull", "wmi-get", "wmi-query"} {
		a := c.ask(name)
		for _, want := range []string{"<c:BuildNumber>19045<", "<c:Caption>Windows &amp; Co<", "<cim:Datetime>2026-01-02T03:04:05.600000Z<"} {
			if !strings.Contains(a.text, want) {
				t.Errorf("%s has no %s: %s", name, want, a.text)
			}
		}
	}
	c.vars["CONTEXT"] = "uuid:other"
	if a := c.ask("wmi-pull"); a.Fault.Code != 2150858817 {
		t.Errorf("unknown enumeration: %s", a.text)
	}
}
