package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

const good = "<answer>all is well</answer>"

// serve is a server that answers good to everybody, behind the wire of a plan. A
// request's path is its action and its query the line of its command.
func serve(t *testing.T, faults ...string) (url string, done func() int) {
	t.Helper()
	plan, err := ParsePlan(faults)
	if err != nil {
		t.Fatal(err)
	}
	wire := NewWire(plan.At(1), func(line string) string { return line })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan struct{}, 100)
	wrapped := wire.Listener(l)
	s := &http.Server{Handler: wire.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		code, done := wire.Observe(r.Context(), strings.Trim(r.URL.Path, "/"), r.URL.RawQuery)
		if code == 0 || done {
			ran <- struct{}{}
		}
		if code != 0 {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, code)
			return
		}
		w.Header().Set("X-Kept", "yes")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, good)
	}))}
	go func() { _ = s.Serve(wrapped) }()
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String(), func() int { return len(ran) }
}

// ask sends one request and gives its status and body.
func ask(t *testing.T, url string) (int, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // only against a test that hangs
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("question"))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	a, err := transport.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return a.StatusCode, string(b), err
}

func TestWireAnswers(t *testing.T) {
	isReset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
	for name, c := range map[string]struct {
		fault  string
		status int
		body   func(string) bool
		err    func(error) bool
		ran    int
	}{
		"none":             {"ignore=x", 202, func(b string) bool { return b == good }, nil, 1},
		"in another boot":  {"reset@boot=2", 202, func(b string) bool { return b == good }, nil, 1},
		"late answer":      {"stall=1ms", 202, func(b string) bool { return b == good }, nil, 1},
		"401":              {"http=401", 401, func(b string) bool { return !strings.Contains(b, "well") }, nil, 0},
		"503":              {"http=503", 503, func(b string) bool { return !strings.Contains(b, "well") }, nil, 0},
		"reset":            {"reset", 0, nil, isReset, 0},
		"connection reset": {"reset@request=connect", 0, nil, isReset, 0},
		"refused":          {"refused", 0, nil, isReset, 0},
		"lost":             {"lose", 0, nil, isReset, 1},
		"garbage":          {"garbage", 200, func(b string) bool { return len(b) == 1024 && b[255] == 255 }, nil, 1},
		"truncated":        {"truncate", 202, nil, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }, 1},
		"truncated body":   {"truncate=body", 202, func(b string) bool { return b == good[:len(good)/2] }, nil, 1},
		"oversized":        {"oversize", 202, func(b string) bool { return strings.HasPrefix(b, good) && len(b) == len(good)+oversized }, nil, 1},
		"bloated":          {"bloat=depth", 202, func(b string) bool { return strings.HasSuffix(b, good) && len(b) > bloated }, nil, 1},
		"slow drip":        {"drip=1ms", 202, func(b string) bool { return b == good }, nil, 1},
		"refused by code":  {"refuse=170", 500, func(b string) bool { return b == "170" }, nil, 0},
		"done by code":     {"taken=2150858793@request=receive", 500, func(b string) bool { return b == "2150858793" }, nil, 1},
		"closed port":      {"late", 0, nil, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, ran := serve(t, c.fault)
			status, body, err := ask(t, url+"/receive")
			switch {
			case c.err == nil && err != nil, c.err != nil && (err == nil || !c.err(err)):
				t.Errorf("error %v", err)
			case status != c.status || c.body != nil && !c.body(body):
				t.Errorf("status %d, body of %d bytes %.80q", status, len(body), body)
			case ran() != c.ran:
				t.Errorf("the request was done %d times, want %d", ran(), c.ran)
			}
		})
	}
}

// A fault that happens once leaves the server as it was.
func TestWireRecovers(t *testing.T) {
	for _, f := range []string{"reset", "http=500", "lose", "truncate", "refused=10ms", "reset@request=connect", "refused=10ms@request=connect"} {
		t.Run(f, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, f)
			first, _, err := ask(t, url+"/create")
			if err == nil && first == 202 {
				t.Fatal("the fault did not happen")
			}
			for deadline := time.Now().Add(time.Minute); ; {
				if _, body, err := ask(t, url+"/create"); err == nil && body == good {
					return
				} else if time.Now().After(deadline) {
					t.Fatalf("afterwards: %q, %v", body, err)
				}
			}
		})
	}
}

// A request that stalls is not done, and ends with its client.
func TestWireStalls(t *testing.T) {
	for _, f := range []string{"stall", "stall@request=connect"} {
		url, ran := serve(t, f)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/create", nil)
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		if a, err := transport.RoundTrip(r); err == nil {
			a.Body.Close()
			t.Errorf("%s: answered with status %d", f, a.StatusCode)
		}
		if ran() != 0 {
			t.Errorf("%s: the request was done", f)
		}
	}
}

// The step of a request is that of the last command line.
func TestWireKnowsTheStep(t *testing.T) {
	url, _ := serve(t, "http=500@step=write,request=receive,nth=2")
	for i, c := range []struct {
		path   string
		status int
	}{
		{"/command?read", 202}, {"/receive", 202}, {"/receive", 202},
		{"/command?write", 202}, {"/receive", 202}, {"/receive", 500}, {"/receive", 202},
	} {
		if status, _, err := ask(t, url+c.path); err != nil || status != c.status {
			t.Errorf("request %d: status %d, %v; want %d", i, status, err, c.status)
		}
	}
}

// Closing the server ends what a fault holds open.
func TestWireCloses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := ParsePlan([]string{"late"})
	if err != nil {
		t.Fatal(err)
	}
	wrapped := NewWire(plan, nil).Listener(l)
	accepted := make(chan error)
	go func() {
		_, err := wrapped.Accept()
		accepted <- err
	}()
	wrapped.Close()
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
}
