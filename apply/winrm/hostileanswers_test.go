package winrm_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/foreign"
)

const (
	envelopeBegin = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell">`
	envelopeEnd   = `</s:Envelope>`
	mib           = 1 << 20
)

// answerOf is an answer with an action's name in its header, and a body.
func answerOf(action, body string) string {
	return envelopeBegin + `<s:Header><a:Action>` + action + `</a:Action></s:Header><s:Body>` + body + `</s:Body>` + envelopeEnd
}

// The steps of one command with standard input, and what an honest service answers.
var honest = map[string]string{
	"Create":  answerOf("http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse", "<rsp:Shell><rsp:ShellId>S1</rsp:ShellId></rsp:Shell>"),
	"Command": answerOf("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandResponse", "<rsp:CommandResponse><rsp:CommandId>C1</rsp:CommandId></rsp:CommandResponse>"),
	"Send":    answerOf("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/SendResponse", "<rsp:SendResponse/>"),
	"Receive": received(`<rsp:CommandState CommandId="C1" State="` + done + `"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>`),
	"Signal":  answerOf("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/SignalResponse", "<rsp:SignalResponse/>"),
	"Delete":  answerOf("http://schemas.xmlsoap.org/ws/2004/09/transfer/DeleteResponse", ""),
	"Identify": envelopeBegin + `<s:Header/><s:Body><i:IdentifyResponse xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">` +
		`<i:ProductVersion>OS: 10.0.19045 SP: 0.0 Stack: 3.0</i:ProductVersion></i:IdentifyResponse></s:Body>` + envelopeEnd,
}

// stepOf finds the step of a request by its action, or by its body where it has none.
var stepOf = regexp.MustCompile(`(Create|Command|Send|Receive|Signal|Delete)</a:Action>|<wsmid:(Identify)/>`)

// stepIn is the step of a request; "" for none.
func stepIn(body []byte) string {
	m := stepOf.FindSubmatch(body)
	if m == nil {
		return ""
	}
	return string(m[1]) + string(m[2])
}

// says answers with a status and a body in pieces.
func says(status int, pieces ...io.Reader) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", soap)
		w.WriteHeader(status)
		buffer := make([]byte, 32<<10)
		for _, p := range pieces {
			if s, ok := p.(*strings.Reader); ok {
				_, _ = s.Seek(0, io.SeekStart) // every request is answered so
			}
			if s, ok := p.(*repeated); ok {
				p = &repeated{text: s.text, left: s.left}
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{w}, p, buffer); err != nil {
				return
			}
		}
	}
}

// repeated reads as a text so many times, and costs no memory.
type repeated struct {
	text string
	left int
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	for n := 0; ; {
		switch {
		case r.left == 0 && n == 0:
			return 0, io.EOF
		case r.left == 0 || n == len(p):
			return n, nil
		}
		k := copy(p[n:], r.text[r.at:])
		n += k
		if r.at += k; r.at == len(r.text) {
			r.at, r.left = 0, r.left-1
		}
	}
}

func text(s string) io.Reader { return strings.NewReader(s) }

func times(n int, s string) io.Reader { return &repeated{text: s, left: n} }

// raw takes the connection over.
func raw(play func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		play(c)
	}
}

// endless writes a text until the client is gone.
func endless(head, text string, pause time.Duration) http.HandlerFunc {
	return raw(func(c net.Conn) { pour(c, head, text, pause) })
}

// pour writes head, and then text until nobody takes it any more.
func pour(c net.Conn, head, text string, pause time.Duration) {
	again := []byte(text)
	_, err := io.WriteString(c, head)
	for err == nil {
		_, err = c.Write(again)
		time.Sleep(pause)
	}
}

const ok200 = "HTTP/1.1 200 OK\r\nContent-Type: " + soap + "\r\n"

// faultBegin and faultEnd are around the reason of a fault.
const (
	faultBegin = `<s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>`
	faultEnd   = `</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="f" Code="4711"/></s:Detail></s:Fault></s:Body>`
)

// hostileModes are what a service may do to a request.
func hostileModes() map[string]http.HandlerFunc {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.Copy(z, times(64, strings.Repeat(" ", mib)))
	_ = z.Close()
	gzipped := func(body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", soap)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body)
		}
	}
	envelope := func(status int, inside ...io.Reader) http.HandlerFunc {
		return says(status, append(append([]io.Reader{text(envelopeBegin)}, inside...), text(envelopeEnd))...)
	}
	return map[string]http.HandlerFunc{
		"a fault of 15 MiB with comments":   envelope(500, text(faultBegin), times(15*mib/9, "a<!--b-->"), text(faultEnd)),
		"a fault of 1.9 MiB with comments":  envelope(500, text(faultBegin), times(19*mib/90, "a<!--b-->"), text(faultEnd)),
		"a fault of 15 MiB in one word":     envelope(500, text(faultBegin), times(15*mib, "a"), text(faultEnd)),
		"a fault of 1.9 MiB in one word":    envelope(500, text(faultBegin), times(19*mib/10, "a"), text(faultEnd)),
		"a fault that paints":               envelope(500, text(faultBegin+"\xc2\x9b31m&#x202e;\u2067&#x9;red &#xfeff;"+strings.Repeat("x", 3000)+faultEnd)),
		"3.9 million elements":              envelope(200, text("<s:Body>"), times(3_900_000, "<a/>"), text("</s:Body>")),
		"400,000 elements":                  envelope(200, text("<s:Body>"), times(400_000, "<a/>"), text("</s:Body>")),
		"a million elements in each other":  envelope(200, times(1_000_000, "<a>")),
		"60 elements in each other":         envelope(200, times(60, "<a>"), times(60, "</a>")),
		"a million attributes":              envelope(200, text("<s:Body"), times(1_000_000, " a=''"), text("/>")),
		"an element's name of 1.5 MiB":      envelope(200, text("<"), times(3*mib/2, "a"), text("/>")),
		"a comment of 15 MiB":               envelope(200, text("<!--"), times(15*mib, "a"), text("-->")),
		"an entity bomb":                    says(200, text(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>`+envelopeBegin+"&b;"+envelopeEnd)),
		"an unknown entity":                 envelope(200, text("&lol;")),
		"a million character references":    envelope(500, text(faultBegin), times(1_000_000, "&#x41;"), text(faultEnd)),
		"invalid UTF-8":                     envelope(200, text("<s:Body>\xff\xfe\xc3(</s:Body>")),
		"another encoding":                  says(200, text(`<?xml version="1.0" encoding="UTF-7"?>`+envelopeBegin+envelopeEnd)),
		"two roots":                         says(200, text(envelopeBegin+envelopeEnd+envelopeBegin+envelopeEnd)),
		"breaks off":                        says(200, text(envelopeBegin+"<s:Body><rsp:Shell><rsp:ShellId>S1")),
		"binary":                            says(200, times(100_000, "\x00\x01\x02\xff")),
		"a wrong content type":              func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"an endless content type":           endless("HTTP/1.1 200 OK\r\nContent-Type: ", "text/html;a=b;", 0),
		"an endless header":                 endless("HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("x", 8000)+"\r\n", 0),
		"endless answers before the answer": endless("", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", 0),
		"an endless body":                   endless(ok200+"\r\n"+envelopeBegin, strings.Repeat("x", 8000), 0),
		"an endless chunk's extension":      endless(ok200+"Transfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("x", 8000), 0),
		"endless trailers":                  endless(ok200+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: "+strings.Repeat("x", 8000)+"\r\n", 0),
		"a body in drops":                   endless(ok200+"\r\n", "x", 5*time.Millisecond),
		"a header in drops":                 endless("HTTP/1.1 200 OK\r\nX: ", "x", 5*time.Millisecond),
		"silence":                           raw(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }),
		"a length that is too long": raw(func(c net.Conn) {
			_, _ = io.WriteString(c, ok200+"Content-Length: 9999999\r\n\r\n"+envelopeBegin)
		}),
		"a length that is too short": raw(func(c net.Conn) { _, _ = io.WriteString(c, ok200+"Content-Length: 9\r\n\r\n"+honest["Create"]) }),
		"a length that is none":      raw(func(c net.Conn) { _, _ = io.WriteString(c, ok200+"Content-Length: -\x1b[2J\r\n\r\n") }),
		"gzip that is none":          gzipped([]byte("no gzip")),
		"a gzip bomb":                gzipped(bomb.Bytes()),
		"no HTTP":                    raw(func(c net.Conn) { _, _ = io.WriteString(c, "\x1b]0;owned\x07\r\n\r\n") }),
		"a redirection to itself": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		},
	}
}

// modesOf are those that only one step knows.
func modesOf(step string) map[string]http.HandlerFunc {
	id := func(ids ...string) http.HandlerFunc {
		element, action := "ShellId", "http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse"
		if step == "Command" {
			element, action = "CommandId", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandResponse"
		}
		body := ""
		for _, i := range ids {
			body += "<rsp:" + element + ">" + i + "</rsp:" + element + ">"
		}
		return says(200, text(answerOf(action, body)))
	}
	stream := func(pieces ...io.Reader) http.HandlerFunc {
		all := append([]io.Reader{text(strings.TrimSuffix(received(""), "</rsp:ReceiveResponse></s:Body></s:Envelope>"))}, pieces...)
		return says(200, append(all, text("</rsp:ReceiveResponse></s:Body></s:Envelope>"))...)
	}
	const begin, end = `<rsp:Stream Name="stdout" CommandId="C1">`, `</rsp:Stream>`
	switch step {
	case "Create", "Command":
		return map[string]http.HandlerFunc{
			"two ids":                  id("A1", "A2"),
			"no id":                    id(),
			"an id that is XML":        id("&lt;/a:To>&lt;x>"),
			"an id of 1 MiB":           id(strings.Repeat("a", mib)),
			"an id that paints":        id("&#x202e;S\u009b1"),
			"an answer to another":     says(200, text(honest["Send"])),
			"an action of 1 MiB":       says(200, text(answerOf(strings.Repeat("a", mib), ""))),
			"an id in pieces, without": id("<!---->", "<b/>"),
		}
	case "Receive":
		return map[string]http.HandlerFunc{
			"nothing, at once":        stream(),
			"nothing yet, at once":    says(500, text(soapFault(2150858793))),
			"a byte, at once":         stream(text(begin + "QQ==" + end)),
			"another's output":        stream(text(`<rsp:Stream Name="stdout" CommandId="C2">QQ==</rsp:Stream>`)),
			"no base64":               stream(text(begin + "\u009b" + end)),
			"base64 of 17 MiB":        stream(text(begin), times(17*mib/4, "QUFB"), text(end)),
			"100,000 streams":         stream(times(100_000, begin+"QQ=="+end)),
			"an end without a code":   stream(text(`<rsp:CommandState State="` + done + `"/>`)),
			"a code that is none":     stream(text(`<rsp:CommandState State="` + done + `"><rsp:ExitCode>` + strings.Repeat("&#x9b;9", 20000) + `</rsp:ExitCode></rsp:CommandState>`)),
			"an answer to another":    says(200, text(honest["Send"])),
			"a code in a million":     stream(text(`<rsp:CommandState State="`+done+`"><rsp:ExitCode>`), times(1_000_000, "9"), text(`</rsp:ExitCode></rsp:CommandState>`)),
			"a stream in 15,000 bits": stream(text(begin), times(15_000, "QUFB<!-- -->"), text("!"+end)),
		}
	}
	return nil
}

// Whatever a service answers, at whichever request: the command ends with an error, without its
// context if the answer ends, else with it; after few requests, with little memory, and with
// words that can be shown.
func TestHostileAnswersAtEveryRequest(t *testing.T) {
	general := hostileModes()
	runs := 0
	for _, step := range []string{"Create", "Identify", "Command", "Send", "Receive"} {
		modes := modesOf(step)
		for name, mode := range general {
			// What says nothing wrong is no fault: the answer to Send is not looked into.
			if step == "Send" && (name == "two roots" || name == "a length that is too short") {
				continue
			}
			if modes == nil {
				modes = map[string]http.HandlerFunc{}
			}
			modes[name] = mode
		}
		for name, mode := range modes {
			runs++
			t.Run(step+": "+name, func(t *testing.T) { hostileAnswer(t, step, mode) })
		}
	}
	if runs < 150 {
		t.Errorf("%d runs", runs)
	}
}

// What one hostile answer may cost: requests (a Receive at once is asked again less and less
// often), and bytes that were ever allocated, those of the test's own server included.
const (
	mostRequests = 40
	mostAlloc    = 24 * mib
	mostReceive  = 200 * mib // of answers of 16 MiB
)

func hostileAnswer(t *testing.T, step string, mode http.HandlerFunc) {
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, err := io.ReadAll(r.Body)
		is := stepIn(body)
		switch {
		case err != nil || is == "":
			t.Errorf("a request that is none: %q, %v", body, err)
		case is == step:
			mode(w, r)
		default:
			w.Header().Set("Content-Type", soap)
			_, _ = io.WriteString(w, honest[is])
		}
	}))
	defer s.Close()
	defer s.CloseClientConnections()
	c, err := winrm.New(winrm.Config{Address: strings.TrimPrefix(s.URL, "http://"), Auth: winrm.Basic, User: "Administrator", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := c.Run(ctx, "cat", []byte("x"))
	runtime.ReadMemStats(&after)
	c.Settle()
	c.Close()
	if err == nil && r.Unsure != nil { // the command has ended: it may have had its input
		err = r.Unsure
	}
	if err == nil && step == "Identify" {
		return // it does not matter what it says of itself
	}
	if err == nil {
		t.Fatal("no error")
	}
	if !foreign.Printable(strings.ReplaceAll(err.Error(), "\n", "; ")) || len(err.Error()) > 2*foreign.MaxLine {
		t.Errorf("words of %d bytes that cannot be shown as they are: %.300q", len(err.Error()), err)
	}
	if n := requests.Load(); n > mostRequests {
		t.Errorf("%d requests", n)
	}
	most := uint64(mostAlloc)
	if step == "Receive" {
		most = mostReceive
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > most {
		t.Errorf("%d MiB were allocated, want at most %d: %v", spent/mib, most/mib, err)
	}
}

// Output without end is given up at its bound, and what is held of it is not much more.
func TestOutputWithoutEnd(t *testing.T) {
	chunk := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 6*mib))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", soap)
		if is := stepIn(body); is != "Receive" {
			_, _ = io.WriteString(w, honest[is])
			return
		}
		_, _ = io.WriteString(w, received(`<rsp:Stream Name="stdout" CommandId="C1">`+chunk+`</rsp:Stream>`))
	}))
	defer s.Close()
	c := client(t, winrm.Config{Address: strings.TrimPrefix(s.URL, "http://"), Auth: winrm.Basic, User: "Administrator", Password: password})
	if _, err := c.Run(t.Context(), "cat", nil); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("error %v", err)
	}
}

// A proxy's header without end is no reason to fill the memory.
func TestAProxyWithoutEnd(t *testing.T) {
	for name, head := range map[string]string{
		"header": "HTTP/1.1 200 OK\r\n", "status": "HTTP/1.1 ", "refusal": "HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999999\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			proxy := newHostile(t, func(c net.Conn, r *bufio.Reader) {
				request(r)
				pour(c, head, "X: "+strings.Repeat("x", 8000)+"\r\n", 0)
			})
			c := client(t, winrm.Config{Address: "127.0.0.1:1", User: "Administrator", Password: password, Proxy: "http://" + proxy.address})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Run(t.Context(), "cat", nil)
			runtime.ReadMemStats(&after)
			if !winrm.Lost(err) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 4*mib {
				t.Errorf("%d MiB were allocated", spent/mib)
			}
		})
	}
}
