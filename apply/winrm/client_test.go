package winrm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/lab/windows/machine"
	"vnettune/lab/wsman"
)

// echo is a guest whose programs are "cat" (standard input to standard output),
// "flood" (4 MiB), "fail" (exit code 3) and "sleep" (until it is told to end).
type echo struct {
	runs    atomic.Int32
	begin   chan struct{} // programs wait for its end; nil: they do not
	version string        // of its Windows; "" is not told
}

func (e *echo) Run(ctx context.Context, c machine.Command) int {
	e.runs.Add(1)
	if e.begin != nil {
		select {
		case <-e.begin:
		case <-ctx.Done():
		}
	}
	switch c.Line {
	case "cat":
		_, _ = io.Copy(c.Stdout, c.Stdin)
		return 0
	case "flood":
		for range 64 {
			_, _ = c.Stdout.Write(bytes.Repeat([]byte("0123456789abcdef"), 4096))
		}
		return 0
	case "sleep":
		<-ctx.Done()
		return 1
	}
	fmt.Fprint(c.Stderr, "no such program")
	return 3
}
func (e *echo) OS() machine.OSInfo { return machine.OSInfo{Version: e.version} }
func (e *echo) GoingDown() bool    { return false }

const password = "a secret of this test"

// serve starts a WinRM service; wrap may stand between it and the client.
func serve(t *testing.T, e *echo, wrap func(http.Handler) http.Handler) winrm.Config {
	t.Helper()
	service := wsman.NewServer(wsman.Config{User: "Administrator", Password: password}, e)
	var h http.Handler = service
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnContext = service.ConnContext
	s.Start()
	t.Cleanup(s.Close)
	return winrm.Config{Address: strings.TrimPrefix(s.URL, "http://"), Auth: winrm.Basic, User: "Administrator", Password: password}
}

// listen serves a handler and returns its address.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func client(t *testing.T, c winrm.Config) *winrm.Client {
	t.Helper()
	w, err := winrm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestRun(t *testing.T) {
	for _, auth := range []winrm.Auth{winrm.Basic, winrm.NTLM} {
		t.Run(string(auth), func(t *testing.T) { testRun(t, auth) })
	}
}

func testRun(t *testing.T, auth winrm.Auth) {
	c := serve(t, &echo{}, nil)
	c.Auth = auth
	w := client(t, c)
	big := bytes.Repeat([]byte("0123456789abcdef"), 40_000) // several messages each way
	for _, in := range [][]byte{{}, []byte("schön\n"), big} {
		r, err := w.Run(t.Context(), "cat", in)
		if err != nil || r.Exit != 0 || !bytes.Equal(r.Stdout, in) {
			t.Fatalf("%d bytes of input: %d bytes out, exit code %d, %v", len(in), len(r.Stdout), r.Exit, err)
		}
	}
	if r, err := w.Run(t.Context(), "flood", nil); err != nil || !bytes.Equal(r.Stdout, bytes.Repeat([]byte("0123456789abcdef"), 4<<16)) {
		t.Errorf("4 MiB of output: %d bytes, %v", len(r.Stdout), err)
	}
	r, err := w.Run(t.Context(), "fail", nil)
	if err != nil || r.Exit != 3 || string(r.Stderr) != "no such program" {
		t.Errorf("a program that fails: %+v, %v; want its exit code and its words", r, err)
	}
}

func TestACancelledCallReturns(t *testing.T) {
	w := client(t, serve(t, &echo{}, nil))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := w.Run(ctx, "sleep", nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if r, err := w.Run(t.Context(), "cat", []byte("still there")); err != nil || string(r.Stdout) != "still there" {
		t.Errorf("the next command: %+v, %v", r, err)
	}
}

func TestASilentGuestDoesNotHoldTheCaller(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it takes connections and never answers
	w := client(t, winrm.Config{Address: l.Addr().String()})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Run(ctx, "cat", []byte{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
}

func TestASilentGuestIsLostWithTheAnswerLimit(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it takes connections and never answers
	w := client(t, winrm.Config{Address: l.Addr().String(), Answer: 50 * time.Millisecond})
	if _, err := w.Run(t.Context(), "cat", []byte{}); !winrm.Lost(err) {
		t.Errorf("error %v, want a lost connection", err)
	}
}

func TestACommandThatNeverEndsIsGivenUp(t *testing.T) {
	c := serve(t, &echo{}, nil)
	c.Answer, c.Command = time.Second, 10*time.Millisecond
	w := client(t, c)
	if _, err := w.Run(t.Context(), "sleep", nil); !winrm.Lost(err) || !strings.Contains(err.Error(), "has not ended") {
		t.Errorf("error %v, want a command that has not ended", err)
	}
	if r, err := w.Run(t.Context(), "cat", []byte("still there")); err != nil || string(r.Stdout) != "still there" {
		t.Errorf("the next command: %+v, %v", r, err)
	}
}

func TestAWrongPassword(t *testing.T) {
	c := serve(t, &echo{}, nil)
	c.Password = "another secret"
	_, err := client(t, c).Run(t.Context(), "cat", []byte{})
	if !errors.Is(err, fault.ErrUnauthorized) || strings.Contains(err.Error(), "another secret") {
		t.Errorf("error %v, want ErrUnauthorized without the password", err)
	}
}

func TestAClosedPortIsANetError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	w := client(t, winrm.Config{Address: address})
	var lost *winrm.NetError
	if _, err := w.Run(t.Context(), "cat", []byte{}); !errors.As(err, &lost) {
		t.Errorf("run: %v, want a NetError", err)
	}
	if err := w.Ping(t.Context()); !errors.As(err, &lost) {
		t.Errorf("ping: %v, want a NetError", err)
	}
}

// A shell that is gone (a reboot, an idle timeout) is made anew for a command that
// was refused, since that has not run.
func TestALostShellIsMadeAnew(t *testing.T) {
	var swap atomic.Pointer[http.Handler]
	e := &echo{}
	fresh := func() {
		var h http.Handler = wsman.NewServer(wsman.Config{User: "Administrator", Password: password}, e)
		swap.Store(&h)
	}
	fresh()
	c := serve(t, e, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*swap.Load()).ServeHTTP(w, r) })
	})
	w := client(t, c)
	if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
		t.Fatal(err)
	}
	fresh() // it knows no shell
	if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
		t.Fatalf("after the shell was lost: %+v, %v", r, err)
	}
	if n := e.runs.Load(); n != 2 {
		t.Errorf("%d commands ran, want 2: none may run twice", n)
	}
}

// A command that is for no other shell does not run where its own is gone: another machine
// may have taken the guest's place.
func TestACommandForOneShellRunsInNoOther(t *testing.T) {
	var swap atomic.Pointer[http.Handler]
	e := &echo{}
	fresh := func() {
		var h http.Handler = wsman.NewServer(wsman.Config{User: "Administrator", Password: password}, e)
		swap.Store(&h)
	}
	fresh()
	w := client(t, serve(t, e, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*swap.Load()).ServeHTTP(w, r) })
	}))
	only := winrm.InThisShell(t.Context())
	refused := func(when string) {
		t.Helper()
		ran := e.runs.Load()
		var lost *winrm.NetError
		if _, err := w.Run(only, "cat", []byte{}); !errors.As(err, &lost) || e.runs.Load() != ran {
			t.Errorf("%s: %v, %d commands ran", when, err, e.runs.Load()-ran)
		}
	}
	refused("before any command")
	if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
		t.Fatal(err)
	}
	if r, err := w.Run(only, "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
		t.Fatalf("in the same shell: %+v, %v", r, err)
	}
	fresh() // it knows no shell
	refused("on another machine")
	if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
		t.Errorf("a command for any shell: %v", err)
	}
	w.Forget()
	refused("after the shell was given up")
}

// A fault in mid-command ends it: the library's own loop goes on for ever here.
func TestAFaultWhileReceivingEndsTheCommand(t *testing.T) {
	const gone = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:InvalidSelectors</s:Value></s:Subcode></s:Code>` +
		`<s:Reason><s:Text>Die Shell wurde nicht gefunden.</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2150858843"/></s:Detail></s:Fault></s:Body></s:Envelope>`
	var received atomic.Int32
	e := &echo{}
	c := serve(t, e, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			if bytes.Contains(body, []byte("shell/Receive<")) {
				received.Add(1)
				w.Header().Set("Content-Type", "application/soap+xml;charset=UTF-8")
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, gone)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	})
	_, err := client(t, c).Run(t.Context(), "cat", []byte{})
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != 2150858843 || f.Subcode != "w:InvalidSelectors" || !strings.Contains(err.Error(), "the shell is gone") {
		t.Errorf("error %v, want the fault with its meaning", err)
	}
	if received.Load() != 1 || e.runs.Load() > 1 {
		t.Errorf("%d receives, %d commands; want one of each", received.Load(), e.runs.Load())
	}
}
