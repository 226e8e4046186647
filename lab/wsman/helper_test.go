package wsman

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/lab/windows/machine"
)

// player is an Executor with commands of the tests' own.
type player struct {
	down atomic.Bool
}

func (p *player) Run(ctx context.Context, c machine.Command) int {
	name, arg, _ := strings.Cut(c.Line, " ")
	switch name {
	case "show":
		fmt.Fprintf(c.Stdout, "%s|%q|shell=%v|cp=%d|A=%s|%s", c.Line, c.Args, c.Shell, c.CodePage, c.Env["A"], c.Dir)
		fmt.Fprint(c.Stderr, "complaint")
		return 7
	case "copy":
		if _, err := io.Copy(c.Stdout, c.Stdin); err != nil {
			return 2
		}
		return 0
	case "hang":
		fmt.Fprint(c.Stdout, "before")
		<-ctx.Done()
		return 1
	case "big":
		var n int
		fmt.Sscan(arg, &n)
		if _, err := c.Stdout.Write(make([]byte, n)); err != nil {
			return 1
		}
		_, err := c.Stdout.Write(make([]byte, n))
		if err != nil {
			return 1
		}
		return 0
	}
	return 99
}

func (p *player) OS() machine.OSInfo {
	return machine.OSInfo{Caption: "Windows & Co", Version: "10.0.19045", BuildNumber: "19045", OSLanguage: 1033, ProductType: 1, CSName: "WINBOX",
		LastBootUpTime: time.Date(2026, 1, 2, 3, 4, 5, 600000000, time.UTC), LocalDateTime: time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC)}
}

func (p *player) GoingDown() bool { return p.down.Load() }

// client talks to a server with the envelopes under testdata.
type client struct {
	t      *testing.T
	server *Server
	url    string
	http   *http.Client
	player *player
	vars   map[string]string // words of the envelopes to replace
}

func newClient(t *testing.T, cfg Config) *client {
	t.Helper()
	cfg.User, cfg.Password = "Tester", "right"
	p := &player{}
	s := NewServer(cfg, p)
	h := httptest.NewUnstartedServer(s)
	h.Config.ConnContext = s.ConnContext
	h.Start()
	t.Cleanup(func() {
		s.Close()
		h.Close()
	})
	return &client{t: t, server: s, url: h.URL, http: http.DefaultClient, player: p, vars: map[string]string{"TIMEOUT": "PT60S"}}
}

// answer holds the parts of a reply that tests look at.
type answer struct {
	status    int
	text      string
	Action    string   `xml:"Header>Action"`
	RelatesTo string   `xml:"Header>RelatesTo"`
	ShellID   string   `xml:"Body>Shell>ShellId"`
	Selector  string   `xml:"Body>ResourceCreated>ReferenceParameters>SelectorSet>Selector"`
	CommandID string   `xml:"Body>CommandResponse>CommandId"`
	Streams   []stream `xml:"Body>ReceiveResponse>Stream"`
	State     struct {
		State    string  `xml:"State,attr"`
		ExitCode *uint32 `xml:"ExitCode"`
	} `xml:"Body>ReceiveResponse>CommandState"`
	Code    string `xml:"Body>Fault>Code>Value"`
	Subcode string `xml:"Body>Fault>Code>Subcode>Value"`
	Fault   struct {
		Code uint32 `xml:"Code,attr"`
	} `xml:"Body>Fault>Detail>WSManFault"`
	FaultDetail string `xml:"Body>Fault>Detail>FaultDetail"`
	Context     string `xml:"Body>EnumerateResponse>EnumerationContext"`
}

type stream struct {
	Name string `xml:"Name,attr"`
	End  string `xml:"End,attr"`
	Text string `xml:",chardata"`
}

// envelope reads a request from testdata and puts the variables in.
func (c *client) envelope(name string) string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		c.t.Fatal(err)
	}
	s := string(b)
	for k, v := range c.vars {
		s = strings.ReplaceAll(s, k, v)
	}
	return s
}

func (c *client) post(body string, header http.Header) (*http.Response, error) {
	r, err := http.NewRequest(http.MethodPost, c.url+"/wsman", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/soap+xml;charset=UTF-8")
	r.SetBasicAuth("tester", "right")
	for k, v := range header {
		r.Header[k] = v
	}
	return c.http.Do(r)
}

// ask sends the envelope of that name and reads the answer.
func (c *client) ask(name string) answer {
	c.t.Helper()
	a, err := c.try(name)
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	return a
}

func (c *client) try(name string) (answer, error) {
	c.t.Helper()
	return c.tryText(c.envelope(name))
}

func (c *client) tryText(envelope string) (answer, error) {
	resp, err := c.post(envelope, nil)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, text: string(b)}
	if err := xml.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("status %d, body %q: %w", resp.StatusCode, b, err)
	}
	return a, nil
}

// open makes a shell, start a command in it, as the named client does.
func (c *client) open(who string) {
	c.t.Helper()
	a := c.ask(who + "-create")
	if a.status != 200 || a.ShellID == "" {
		c.t.Fatalf("create: status %d: %s", a.status, a.text)
	}
	c.vars["SHELLID"] = a.ShellID
}

func (c *client) start(who, line string) {
	c.t.Helper()
	c.vars["COMMANDLINE"] = line
	a := c.ask(who + "-command")
	if a.status != 200 || a.CommandID == "" {
		c.t.Fatalf("command: status %d: %s", a.status, a.text)
	}
	c.vars["COMMANDID"] = a.CommandID
}

// pipe is start of a command whose standard input is a pipe.
func (c *client) pipe(who, line string) {
	c.t.Helper()
	c.vars["COMMANDLINE"] = line
	a := c.askChanged(who+"-command", `STDIN">TRUE<`, `STDIN">FALSE<`)
	if a.CommandID == "" {
		c.t.Fatalf("command: %s", a.text)
	}
	c.vars["COMMANDID"] = a.CommandID
}

// collect receives until the command is done.
func (c *client) collect(who string) (out map[string]string, exit uint32) {
	c.t.Helper()
	out = map[string]string{}
	for {
		a := c.ask(who + "-receive")
		if a.status != 200 {
			c.t.Fatalf("receive: status %d: %s", a.status, a.text)
		}
		for _, s := range a.Streams {
			b, err := base64.StdEncoding.DecodeString(s.Text)
			if err != nil {
				c.t.Fatal(err)
			}
			out[s.Name] += string(b)
		}
		if strings.HasSuffix(a.State.State, "/Done") {
			if a.State.ExitCode == nil {
				c.t.Fatal("done without an exit code")
			}
			return out, *a.State.ExitCode
		}
	}
}
