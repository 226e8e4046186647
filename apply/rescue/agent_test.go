package rescue_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
)

// qga plays the QEMU guest agent behind its socket, in the forms of qemu-ga-ref.
type qga struct {
	t      *testing.T
	path   string
	stale  string // written before the first answer, as if for an earlier client
	silent bool
	exec   func(path string, args []string, stdin []byte) string // members of the final guest-exec-status

	mu       sync.Mutex
	requests []string
	polls    map[int64]int
	ended    map[int64]string
	next     int64
}

func newQGA(t *testing.T) *qga {
	dir, err := os.MkdirTemp("", "vnt") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	q := &qga{t: t, path: filepath.Join(dir, "qga"), polls: map[int64]int{}, ended: map[int64]string{}, next: 100}
	l, err := net.Listen("unix", q.path)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { c.Close() })
			q.serve(c) // one client at a time, as QEMU does
			stop()
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait(); os.RemoveAll(dir) })
	return q
}

func (q *qga) serve(c net.Conn) {
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Bytes()
		flushed := bytes.HasPrefix(line, []byte{0xff})
		var r struct {
			Execute   string
			Arguments json.RawMessage
		}
		if err := json.Unmarshal(bytes.TrimPrefix(line, []byte{0xff}), &r); err != nil {
			q.t.Errorf("the agent was sent %q", line)
			return
		}
		q.mu.Lock()
		q.requests = append(q.requests, r.Execute)
		answer := q.answer(r.Execute, r.Arguments)
		if r.Execute == "guest-sync-delimited" {
			if !flushed {
				q.t.Error("guest-sync-delimited came without the byte that flushes the agent's parser")
			}
			answer = q.stale + "\xff" + answer
		}
		silent := q.silent
		q.mu.Unlock()
		if silent {
			continue
		}
		if _, err := c.Write([]byte(answer + "\n")); err != nil {
			return
		}
	}
}

func (q *qga) answer(name string, arguments json.RawMessage) string {
	var a struct {
		ID        int64
		PID       int64
		Path      string
		Arg       []string
		InputData []byte `json:"input-data"`
		Capture   bool   `json:"capture-output"`
	}
	if len(arguments) > 0 {
		if err := json.Unmarshal(arguments, &a); err != nil {
			q.t.Errorf("%s: arguments %s: %v", name, arguments, err)
		}
	}
	switch name {
	case "guest-sync-delimited":
		return fmt.Sprintf(`{"return": %d}`, a.ID)
	case "guest-ping":
		return `{"return": {}}`
	case "guest-exec":
		if q.exec == nil || !a.Capture {
			return `{"error": {"class": "GenericError", "desc": "Guest agent command failed, error was 'Failed to execute child process'"}}`
		}
		q.next++
		q.ended[q.next] = q.exec(a.Path, a.Arg, a.InputData)
		return fmt.Sprintf(`{"return": {"pid": %d}}`, q.next)
	case "guest-exec-status":
		if q.polls[a.PID]++; q.polls[a.PID] < 3 {
			return `{"return": {"exited": false}}`
		}
		return `{"return": {"exited": true, ` + q.ended[a.PID] + `}}`
	case "guest-info":
		return `{"return": {"version": "7.2.22", "supported_commands": [{"name": "guest-exec", "enabled": true, "success-response": true}, ` +
			`{"name": "guest-exec-status", "enabled": false, "success-response": true}]}}`
	}
	return `{"error": {"class": "CommandNotFound", "desc": "The command ` + name + ` has not been found"}}`
}

// hurry is a clock that does not wait.
type hurry struct{}

func (hurry) Now() time.Time                                   { return time.Now() }
func (hurry) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestTheAgentRunsCommands(t *testing.T) {
	q := newQGA(t)
	q.stale = `{"return": {"pid": 7}}` + "\n" + `{"error": {"class": "GenericError", "desc": "JSON parse error"}}` + "\n"
	q.exec = func(path string, args []string, stdin []byte) string {
		if path != "reg" || !slices.Equal(args, []string{"query", `HKLM\A b`, "/v", "X"}) || string(stdin) != `{"a": 1}` {
			t.Errorf("the agent was asked to run %q %q with %q", path, args, stdin)
		}
		return `"exitcode": 3, "out-data": "b25l", "err-data": "/w=="` // one, 0xff
	}
	r := rescue.NewRunner(&rescue.SocketAgent{Path: q.path}, hurry{})
	defer r.Forget()
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := r.Run(t.Context(), `reg query "HKLM\A b" /v X`, []byte(`{"a": 1}`))
	if err != nil || got.Exit != 3 || string(got.Stdout) != "one" || string(got.Stderr) != "\xff" {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []string{"guest-sync-delimited", "guest-ping", "guest-exec", "guest-exec-status", "guest-exec-status", "guest-exec-status"}
	if !slices.Equal(q.requests, want) {
		t.Errorf("asked %v, want %v", q.requests, want)
	}
}

func TestTheAgentCarriesLargeOutputs(t *testing.T) {
	q := newQGA(t)
	big := bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)
	data, err := json.Marshal(big)
	if err != nil {
		t.Fatal(err)
	}
	q.exec = func(string, []string, []byte) string { return `"exitcode": 0, "out-data": ` + string(data) }
	r := rescue.NewRunner(&rescue.SocketAgent{Path: q.path}, hurry{})
	defer r.Forget()
	got, err := r.Run(t.Context(), "x", nil)
	if err != nil || !bytes.Equal(got.Stdout, big) {
		t.Fatalf("%d bytes, %v; want %d", len(got.Stdout), err, len(big))
	}
}

func TestWhatTheAgentCannotDo(t *testing.T) {
	for _, c := range []struct{ name, status, command, want string }{
		{"too much output", `"exitcode": 0, "out-data": "", "out-truncated": true`, "x", "more than the 16 MiB"},
		{"ended by an exception", `"signal": 11`, "x", "signal or exception 11"},
		{"no exit code", `"out-data": ""`, "x", "without an exit code"},
		{"a quote is missing", `"exitcode": 0`, `reg "x`, "a quote is missing"},
		{"no command", `"exitcode": 0`, " ", "an empty command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := newQGA(t)
			q.exec = func(string, []string, []byte) string { return c.status }
			r := rescue.NewRunner(&rescue.SocketAgent{Path: q.path}, hurry{})
			defer r.Forget()
			if _, err := r.Run(t.Context(), c.command, nil); err == nil || !strings.Contains(err.Error(), c.want) || apply.Lost(err) {
				t.Errorf("error %v, want %q and no lost guest", err, c.want)
			}
		})
	}
	q := newQGA(t) // refuses guest-exec
	r := rescue.NewRunner(&rescue.SocketAgent{Path: q.path}, hurry{})
	defer r.Forget()
	var refused *rescue.AgentError
	if _, err := r.Run(t.Context(), "x", nil); !errors.As(err, &refused) || apply.Lost(err) {
		t.Errorf("error %v, want the agent's refusal", err)
	}
}

// Nobody behind the socket, or nothing at its path, is a guest that is lost for now.
func TestAnAgentThatDoesNotAnswer(t *testing.T) {
	silent := newQGA(t)
	silent.silent = true
	for _, path := range []string{silent.path, filepath.Join(t.TempDir(), "none")} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		r := rescue.NewRunner(&rescue.SocketAgent{Path: path}, hurry{})
		if err := r.Ping(ctx); err == nil || !apply.Lost(err) {
			t.Errorf("%s: %v, want a lost guest", path, err)
		}
		r.Forget()
	}
}

// After an answer that never came the next one is not taken for it.
func TestTheAgentStaysInStep(t *testing.T) {
	q := newQGA(t)
	q.exec = func(string, []string, []byte) string { return `"exitcode": 0` }
	r := rescue.NewRunner(&rescue.SocketAgent{Path: q.path}, hurry{})
	defer r.Forget()
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	q.mu.Lock()
	q.silent = true
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := r.Ping(ctx); err == nil {
		t.Fatal("a silent agent answered")
	}
	q.mu.Lock()
	q.silent, q.requests = false, nil
	q.mu.Unlock()
	if err := r.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q.requests[0] != "guest-sync-delimited" {
		t.Errorf("asked %v, want to begin in step again", q.requests)
	}
}

func TestCheckOfAnAgentThatMayNotRunPrograms(t *testing.T) {
	q := newQGA(t)
	w := newWorld(t)
	l := w.ladder()
	l.Agent = &rescue.SocketAgent{Path: q.path}
	for _, c := range l.Check(t.Context()) {
		if c.Rung == rescue.RungAgent && (c.OK || !strings.Contains(c.Detail, "guest-exec-status is not allowed")) {
			t.Errorf("%+v, want the command that is missing", c)
		}
	}
}
