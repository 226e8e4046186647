package winrm_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
)

// shells counts the shells of a service: those that were made, and those that are there.
type shells struct{ made, open atomic.Int32 }

// status keeps that of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// watched is a service with limits whose shells are counted.
func watched(t *testing.T, e *echo, limits wsman.Config) (winrm.Config, *shells) {
	t.Helper()
	var s shells
	c, _ := serveNTLM(t, limits, e, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			done := status{ResponseWriter: w, code: http.StatusOK}
			next.ServeHTTP(&done, r)
			switch {
			case done.code != http.StatusOK:
			case bytes.Contains(body, []byte("transfer/Create<")):
				s.made.Add(1)
				s.open.Add(1)
				if !bytes.Contains(body, []byte("IdleTimeOut>PT600S<")) {
					t.Errorf("a shell without an idle time of its own: %s", body)
				}
			case bytes.Contains(body, []byte("transfer/Delete<")):
				s.open.Add(-1)
			}
		})
	})
	c.Auth = winrm.Basic
	return c, &s
}

// A shell is given as many commands as it surely takes, which depends on the guest's Windows.
func TestRoomOfAShell(t *testing.T) {
	for version, want := range map[string]int{
		"10.0.19045": 1000, "6.2.9200": 1000, "6.1.7601": 10, "5.1.2600": 10, "": 10, "ten": 10, "10.0.99999999999": 10,
	} {
		w := client(t, serve(t, &echo{version: version}, nil))
		if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
			t.Fatal(err)
		}
		if got := w.Room(); got != want {
			t.Errorf("%q: room for %d, want %d", version, got, want)
		}
	}
}

// The commands of a shell are counted, since no Windows counts one down that has ended: no
// command is ever refused, whoever else uses up the user's operations.
func TestAShellIsRenewedBeforeItIsFull(t *testing.T) {
	for _, tc := range []struct {
		name             string
		version          string
		operations, made int32
	}{
		{"an old Windows", "6.1.7601", 15, 4},
		{"one that is full sooner than it should be", "10.0.19045", 7, 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := &echo{version: tc.version}
			c, s := watched(t, e, wsman.Config{MaxOperations: int(tc.operations), MaxShells: 1})
			w := client(t, c)
			for i := range 40 {
				if r, err := w.Run(t.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
					t.Fatalf("command %d: %+v, %v", i, r, err)
				}
			}
			if e.runs.Load() != 40 || s.made.Load() != tc.made {
				t.Errorf("%d commands in %d shells; want 40 in %d", e.runs.Load(), s.made.Load(), tc.made)
			}
		})
	}
}

// A command for the shell of the one before does not make it anew when it is full: it does not
// run, and the next has a shell with room.
func TestAFullShellThatIsTheOnlyOne(t *testing.T) {
	e := &echo{version: "6.1.7601"}
	c, s := watched(t, e, wsman.Config{MaxOperations: 12})
	w := client(t, c)
	if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
		t.Fatal(err)
	}
	only := winrm.InThisShell(t.Context())
	for i := range 11 {
		if _, err := w.Run(only, "cat", []byte{}); err != nil {
			t.Fatalf("command %d for this shell: %v", i, err)
		}
	}
	if _, err := w.Run(only, "cat", []byte{}); !errors.Is(err, winrm.ErrShellGone) || !winrm.Lost(err) || s.made.Load() != 1 {
		t.Errorf("beyond its room: %v, %d shells", err, s.made.Load())
	}
	if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil || s.made.Load() != 2 || e.runs.Load() != 13 {
		t.Errorf("the next: %v, %d shells, %d commands", err, s.made.Load(), e.runs.Load())
	}
}

// However a command ends, no shell is left behind.
func TestNoShellIsLeftBehind(t *testing.T) {
	run := func(w *winrm.Client, line string, limit time.Duration) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		_, _ = w.Run(ctx, line, []byte("x"))
	}
	for name, leave := range map[string]func(w *winrm.Client){
		"done":                         func(w *winrm.Client) { run(w, "cat", time.Minute) },
		"cancelled":                    func(w *winrm.Client) { run(w, "sleep", 50*time.Millisecond) },
		"cancelled, then another":      func(w *winrm.Client) { run(w, "sleep", 50*time.Millisecond); run(w, "cat", time.Minute) },
		"given up by its own limit":    func(w *winrm.Client) { run(w, "sleep", time.Minute) },
		"forgotten without a reboot":   func(w *winrm.Client) { run(w, "cat", time.Minute); w.Forget() },
		"forgotten, then another":      func(w *winrm.Client) { run(w, "cat", time.Minute); w.Forget(); run(w, "cat", time.Minute) },
		"a line that cannot be sent":   func(w *winrm.Client) { run(w, "cat", time.Minute); run(w, "]]>", time.Minute) },
		"forgotten again and again":    func(w *winrm.Client) { run(w, "cat", time.Minute); w.Forget(); w.Forget() },
		"cancelled before it is begun": func(w *winrm.Client) { run(w, "cat", 0) },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := watched(t, &echo{}, wsman.Config{})
			c.Answer, c.Command = time.Second, 100*time.Millisecond
			w, err := winrm.New(c)
			if err != nil {
				t.Fatal(err)
			}
			leave(w)
			w.Settle()
			w.Close()
			if n := s.open.Load(); n > 0 {
				t.Errorf("%d of %d shells are left", n, s.made.Load())
			}
		})
	}
}

// After a cancel that the guest could not be told of at once, the next shell's first errand is
// to delete the old one.
func TestAShellThatCouldNotBeDeleted(t *testing.T) {
	var deaf atomic.Bool
	c, s := watched(t, &echo{}, wsman.Config{})
	inner := c.Address
	c.Address = serveFront(t, inner, func(body string) bool {
		return deaf.Load() && (strings.Contains(body, "transfer/Delete") || strings.Contains(body, "shell/Signal"))
	})
	w := client(t, c)
	deaf.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _ = w.Run(ctx, "sleep", nil)
	w.Settle()
	deaf.Store(false)
	if _, err := w.Run(t.Context(), "cat", []byte{}); err != nil {
		t.Fatal(err)
	}
	if s.made.Load() != 2 || s.open.Load() != 1 {
		t.Errorf("%d shells made, %d there; want two and the one in use", s.made.Load(), s.open.Load())
	}
}
