package winrm_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/apply/winrm"
	"vnettune/trouble"
)

// hostile is a service that does to every request what the script says, and counts
// the connections.
type hostile struct {
	address string
	conns   atomic.Int32
}

func newHostile(t *testing.T, script func(c net.Conn, requests *bufio.Reader)) *hostile {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{address: l.Addr().String()}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			h.conns.Add(1)
			open.Go(func() {
				defer c.Close()
				stop := context.AfterFunc(t.Context(), func() { c.Close() }) // done before the cleanups
				defer stop()
				script(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return h
}

// request reads one whole request.
func request(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

// always answers every request with the same bytes, then may go on.
func always(answer string, then func(net.Conn)) func(net.Conn, *bufio.Reader) {
	return func(c net.Conn, r *bufio.Reader) {
		for request(r) {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
			if then != nil {
				then(c)
				return
			}
		}
	}
}

func httpAnswer(status, contentType, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", status, contentType, len(body), body)
}

const soap = "application/soap+xml;charset=UTF-8"

func soapFault(code uint64) string {
	return fmt.Sprintf(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode></s:Code>`+
		`<s:Reason><s:Text>Der Vorgang ist fehlgeschlagen.</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="%d"/></s:Detail></s:Fault></s:Body></s:Envelope>`, code)
}

// drip sends a byte now and then until the client is gone.
func drip(c net.Conn) {
	for {
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// Whatever a service does, a call ends: with its context, or with an error that
// says what happened, after a few requests at most.
func TestAHostileService(t *testing.T) {
	const slow = 60 * time.Millisecond // the caller's limit where the service would hold it
	lost, answered, cancelled := "lost", "answered", "cancelled"
	tests := []struct {
		name   string
		script func(net.Conn, *bufio.Reader)
		kind   string
		says   string
	}{
		{"silent", func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) }, cancelled, ""},
		{"drips a header", always("HTTP/1.1 200 OK\r\nX: ", drip), cancelled, ""},
		{"drips a body", always("HTTP/1.1 200 OK\r\nContent-Type: "+soap+"\r\nContent-Length: 1000000\r\n\r\n", drip), cancelled, ""},
		{"drips chunks", always("HTTP/1.1 200 OK\r\nContent-Type: "+soap+"\r\nTransfer-Encoding: chunked\r\n\r\n", func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "1\r\nx\r\n"); err != nil {
					return
				}
				time.Sleep(2 * time.Millisecond)
			}
		}), cancelled, ""},
		{"closes at once", func(net.Conn, *bufio.Reader) {}, lost, ""},
		{"closes after the request", func(_ net.Conn, r *bufio.Reader) { request(r) }, lost, ""},
		{"half-closed", func(c net.Conn, r *bufio.Reader) {
			request(r)
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, r)
		}, lost, ""},
		{"garbage", always("\x00\x01\x02 this is no HTTP\r\n\r\n", func(net.Conn) {}), lost, ""},
		{"an endless header", always("HTTP/1.1 200 OK\r\n", func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "X-More: "+strings.Repeat("x", 4000)+"\r\n"); err != nil {
					return
				}
			}
		}), lost, ""},
		{"truncated body", always("HTTP/1.1 200 OK\r\nContent-Type: "+soap+"\r\nContent-Length: 1000\r\n\r\n<s:Envelope>", func(net.Conn) {}), lost, "breaks off"},
		{"an oversized answer", always("HTTP/1.1 200 OK\r\nContent-Type: "+soap+"\r\n\r\n", func(c net.Conn) {
			_, _ = io.Copy(c, io.LimitReader(zeros{}, 17<<20))
		}), lost, "longer than 2 MiB"},
		{"500 without a fault", always(httpAnswer("500 Internal Server Error", "text/html", "<html/>"), nil), lost, "take transport.auth: ntlm"},
		{"500 of nothing", always(httpAnswer("500 Internal Server Error", soap, ""), nil), lost, "HTTP status 500"},
		{"503", always(httpAnswer("503 Service Unavailable", "text/html", ""), nil), lost, "not running, or not yet; on the guest: sc.exe query WinRM"},
		{"404", always(httpAnswer("404 Not Found", "text/html", ""), nil), answered, "nothing listens for WinRM at /wsman there; check guest.control"},
		{"413", always(httpAnswer("413 Request Entity Too Large", "text/html", ""), nil), answered, "MaxEnvelopeSizekb"},
		{"401", always("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n", nil), answered, "it takes Negotiate, not Basic; take transport.auth: ntlm"},
		{"a router's login", always("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"Router\"\r\nContent-Length: 0\r\n\r\n", nil), answered, "it asks for a login to \"Router\", and WinRM for one to WSMAN; check guest.control"},
		{"WinRM's Basic", always("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"WSMAN\"\r\nContent-Length: 0\r\n\r\n", nil), answered, "refuses the user or the password"},
		{"a proxy", always(httpAnswer("502 Bad Gateway", "text/html", ""), nil), lost, "does not reach the guest; check guest.control and transport.proxy"},
		{"SSH", func(c net.Conn, _ *bufio.Reader) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n") }, lost, "does not speak HTTP"},
		{"a redirection", always("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", nil), answered, "HTTP status 302 Found; check guest.control: another service answers"},
		{"a web page", always(httpAnswer("200 OK", "text/html", "<html/>"), nil), answered, "this is no WinRM service; check guest.control"},
		{"no content type", always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", nil), answered, "this is no WinRM service"},
		{"an empty answer", always(httpAnswer("200 OK", soap, ""), nil), answered, "the answer is empty"},
		{"broken XML", always(httpAnswer("200 OK", soap, `<s:Envelope xmlns:s="x"><s:Body>`), nil), answered, "no whole SOAP message"},
		{"another XML", always(httpAnswer("200 OK", soap, `<html/>`), nil), answered, "no SOAP message"},
		{"an answer to something else", always(httpAnswer("200 OK", soap, `<s:Envelope xmlns:s="x"><s:Body/></s:Envelope>`), nil), answered, "create shell"},
		{"envelope too large", always(httpAnswer("500 Internal Server Error", soap, soapFault(2150858790)), nil), answered, "ERROR_WSMAN_ENVELOPE_TOO_LARGE"},
		{"access denied", always(httpAnswer("500 Internal Server Error", soap, soapFault(5)), nil), answered, "must be an administrator"},
		{"an unknown fault", always(httpAnswer("500 Internal Server Error", soap, soapFault(4711)), nil), answered, "fault 4711: Der Vorgang ist fehlgeschlagen."},
		{"a fault inside 200", always(httpAnswer("200 OK", soap, soapFault(2150858817)), nil), answered, "ERROR_WSMAN_SCHEMA_VALIDATION_ERROR"},
		{"the service is stopping", always(httpAnswer("500 Internal Server Error", soap, soapFault(995)), nil), lost, "the service is stopping"},
		{"always a lost shell", always(httpAnswer("500 Internal Server Error", soap, soapFault(2150858843)), nil), answered, "the shell is gone"},
		{"always a time-out", always(httpAnswer("500 Internal Server Error", soap, soapFault(2150858793)), nil), answered, "nothing to report"},
	}
	for _, tt := range tests {
		auths := []winrm.Auth{winrm.Basic, winrm.NTLM}
		if tt.kind == answered {
			auths = auths[:1] // what is no message is no login either: TestHostileChallenges
		}
		for _, auth := range auths {
			t.Run(tt.name+" "+string(auth), func(t *testing.T) {
				h := newHostile(t, tt.script)
				w := client(t, winrm.Config{Address: h.address, Auth: auth, User: "Administrator", Password: password})
				limit := time.Minute
				if tt.kind == cancelled {
					limit = slow
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				_, err := w.Run(ctx, "cat", []byte("x"))
				switch {
				case err == nil:
					t.Fatal("no error")
				case tt.kind == cancelled && !errors.Is(err, context.DeadlineExceeded):
					t.Errorf("error %v, want the context's", err)
				case tt.kind != cancelled && (ctx.Err() != nil || winrm.Lost(err) != (tt.kind == lost)):
					t.Errorf("error %v, want lost: %v", err, tt.kind == lost)
				case auth == winrm.Basic && !strings.Contains(trouble.Line(err), tt.says):
					t.Errorf("error %v; want one that says %q", err, tt.says)
				case strings.Contains(trouble.Line(err), password):
					t.Errorf("the error shows the password: %v", err)
				}
				if n := h.conns.Load(); n > 2 {
					t.Errorf("%d connections for one command", n)
				}
			})
		}
	}
}

// zeros reads as spaces without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// A SYN that is lost is waited for until the kernel has sent it again, after a second: a listener whose queue is full
// drops it, as the kernel of a guest that is busy does.
func TestPingSurvivesALostSYN(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := name.(*unix.SockaddrInet4).Port
	full, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)) // the one that the queue holds
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	w := client(t, winrm.Config{Address: fmt.Sprintf("127.0.0.1:%d", port), Auth: winrm.Basic})
	pinged := make(chan error, 1)
	go func() { pinged <- w.Ping(t.Context()) }()
	for !sent(t, port) {
		select {
		case err := <-pinged:
			t.Fatalf("it came through a full queue: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	taken, _, err := unix.Accept(fd) // there is room for the next SYN
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(taken)
	if err := <-pinged; err != nil {
		t.Errorf("error %v", err)
	}
}

// sent says whether a connection to a port of loopback waits for the answer to its SYN (state 02 of /proc/net/tcp).
func sent(t *testing.T, port int) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Skip("NOT TESTED: a lost SYN: ", err)
	}
	return regexp.MustCompile(fmt.Sprintf(`(?m)^ *\d+: \S+ 0100007F:%04X 02 `, port)).Match(table)
}

// A listener that takes no connection is like a guest behind a cut cable.
func TestAListenerThatNeverAccepts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, auth := range []winrm.Auth{winrm.Basic, winrm.NTLM} {
		for _, https := range []bool{false, true} {
			w := client(t, winrm.Config{Address: l.Addr().String(), Auth: auth, HTTPS: https, Insecure: https})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			if _, err := w.Run(ctx, "cat", []byte{}); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, https %v: error %v, want context.Canceled", auth, https, err)
			}
		}
	}
}

// Whoever waits for its turn obeys its own context, too.
func TestWaitingForTheTurnEnds(t *testing.T) {
	w := client(t, serve(t, &echo{}, nil))
	first, stop := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() {
		_, err := w.Run(first, "sleep", nil)
		ran <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil { // until the first has its turn and for the rest of the time
		_, _ = w.Run(ctx, "sleep", nil)
	}
	if _, err := w.Run(ctx, "cat", []byte{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
	stop()
	if err := <-ran; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
