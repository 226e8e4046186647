package winrm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/lab/wsman"
	"vnettune/trouble"
)

// A shell that could not be deleted when it was given up is deleted once a quota
// asks for it: the guest allows one shell here.
func TestAQuotaIsCleanedUp(t *testing.T) {
	var deaf atomic.Bool // takes no Signal and no Delete
	e := &echo{}
	c, _ := serveNTLM(t, wsman.Config{MaxShells: 1}, e, nil)
	c.Auth = winrm.Basic
	inner := c.Address
	front := serveFront(t, inner, func(body string) bool {
		return deaf.Load() && (strings.Contains(body, "transfer/Delete") || strings.Contains(body, "shell/Signal"))
	})
	c.Address = front
	w := client(t, c)
	w.HurryPauses()
	deaf.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Run(ctx, "sleep", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v, want context.DeadlineExceeded", err)
	}
	w.Settle() // its attempt to delete the shell has failed
	var f *fault.Fault
	if _, err := w.Run(t.Context(), "cat", nil); !errors.As(err, &f) || f.Code != 2150859173 || !strings.Contains(trouble.Line(err), "MaxShellsPerUser") {
		t.Fatalf("while nothing can be deleted: %v, want the fault of the quota and what to do", err)
	}
	deaf.Store(false)
	if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
		t.Errorf("with the leaked shell deleted: %+v, %v", r, err)
	}
}

// serveFront passes requests on to a service but answers 400 to those that drop picks.
func serveFront(t *testing.T, inner string, drop func(body string) bool) (address string) {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if drop(string(body)) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		req, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+inner+r.URL.Path, strings.NewReader(string(body)))
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = r.Header.Clone()
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
	return listen(t, h)
}

// serveFull is a service that refuses one command, since its shell has too many, when
// full says so.
func serveFull(t *testing.T, e *echo, full *atomic.Bool) winrm.Config {
	return serve(t, e, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if strings.Contains(string(body), "shell/Command<") && full.CompareAndSwap(true, false) {
				w.Header().Set("Content-Type", soap)
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, soapFault(2150859241))
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			next.ServeHTTP(w, r)
		})
	})
}

// A shell with too many commands in it is replaced by a new one.
func TestTooManyCommandsInAShell(t *testing.T) {
	var full atomic.Bool
	e := &echo{}
	w := client(t, serveFull(t, e, &full))
	w.HurryPauses()
	for range 2 {
		if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
			t.Errorf("%+v, %v", r, err)
		}
		full.Store(true)
	}
	if n := e.runs.Load(); n != 2 {
		t.Errorf("%d commands ran, want 2", n)
	}
}

// A command that is for no other shell than a full one does not run, and the next has room.
func TestTooManyCommandsInTheOnlyShell(t *testing.T) {
	var full atomic.Bool
	e := &echo{}
	w := client(t, serveFull(t, e, &full))
	run := func(ctx context.Context) error {
		_, err := w.Run(ctx, "cat", []byte("x"))
		return err
	}
	if err := run(t.Context()); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	if err := run(winrm.InThisShell(t.Context())); !errors.Is(err, winrm.ErrShellGone) || !winrm.Lost(err) || e.runs.Load() != 1 {
		t.Errorf("%v after %d commands; want that it did not run", err, e.runs.Load())
	}
	if err := run(t.Context()); err != nil {
		t.Errorf("the next: %v", err)
	}
}

// A guest that allows only shorter idle times than the one asked for keeps its own.
func TestAnIdleTimeThatIsRefused(t *testing.T) {
	var refused, created atomic.Int32
	c := serve(t, &echo{}, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if strings.Contains(string(body), "IdleTimeOut>") {
				refused.Add(1)
				w.Header().Set("Content-Type", soap)
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, soapFault(2150859250))
				return
			}
			if strings.Contains(string(body), "transfer/Create<") {
				created.Add(1)
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			next.ServeHTTP(w, r)
		})
	})
	w := client(t, c)
	for range 2 {
		if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
			t.Fatalf("%+v, %v", r, err)
		}
		w.Forget() // so that the next command makes a shell again
	}
	if refused.Load() != 1 || created.Load() != 2 {
		t.Errorf("refused %d times, %d shells made; want 1 and 2", refused.Load(), created.Load())
	}
}
