package qmp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/apply/qmp"
)

const greeting = `{"QMP": {"version": {"qemu": {"micro": 18, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}`

// monitor is a scripted QEMU: it answers each command with the line that reply
// gives, "%d" standing for the command's id; an empty reply ends the connection.
func monitor(t *testing.T, first string, reply func(command string) []string) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "qmp.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintln(conn, first)
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			var req struct {
				Execute string
				ID      int
			}
			if err := json.Unmarshal(lines.Bytes(), &req); err != nil {
				t.Errorf("unreadable request %q: %v", lines.Text(), err)
				return
			}
			answers := reply(req.Execute)
			if answers == nil {
				return
			}
			for _, a := range answers {
				fmt.Fprintln(conn, strings.ReplaceAll(a, "%d", fmt.Sprint(req.ID)))
			}
		}
	}()
	return socket
}

func dial(t *testing.T, socket string) *qmp.Client {
	t.Helper()
	c, err := qmp.Dial(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func accept(answers ...string) func(string) []string {
	return func(command string) []string {
		if command == "qmp_capabilities" {
			return []string{`{"return": {}, "id": %d}`}
		}
		return answers
	}
}

func TestExecuteReturns(t *testing.T) {
	c := dial(t, monitor(t, greeting, accept(`{"return": {"status": "running"}, "id": %d}`)))
	got, err := c.Execute(t.Context(), "query-status", nil)
	if err != nil || string(got) != `{"status": "running"}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestExecuteRefused(t *testing.T) {
	c := dial(t, monitor(t, greeting, accept(`{"error": {"class": "CommandNotFound", "desc": "no such thing"}, "id": %d}`)))
	_, err := c.Execute(t.Context(), "nonsense", nil)
	var refused *qmp.Error
	if !errors.As(err, &refused) || refused.Class != "CommandNotFound" || refused.Command != "nonsense" {
		t.Errorf("got %v", err)
	}
}

func TestEventsBetweenAnswers(t *testing.T) {
	c := dial(t, monitor(t, greeting, accept(
		`{"timestamp": {"seconds": 1700000000, "microseconds": 5}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}`,
		`{"return": {}, "id": %d}`)))
	if _, err := c.Execute(t.Context(), "system_reset", nil); err != nil {
		t.Fatal(err)
	}
	e := <-c.Events()
	if e.Name != "SHUTDOWN" || !e.Time.Equal(time.Unix(1700000000, 5000)) || !strings.Contains(string(e.Data), "guest-reset") {
		t.Errorf("event %+v", e)
	}
}

func TestManyUnreadEventsDoNotBlockTheAnswer(t *testing.T) {
	var answers []string
	for i := range 500 {
		answers = append(answers, fmt.Sprintf(`{"event": "E%d"}`, i))
	}
	c := dial(t, monitor(t, greeting, accept(append(answers, `{"return": 1, "id": %d}`)...)))
	if _, err := c.Execute(t.Context(), "x", nil); err != nil {
		t.Fatal(err)
	}
	if e := <-c.Events(); e.Name == "E0" {
		t.Error("the oldest event was kept, so newer ones were lost")
	}
}

func TestConnectionEnds(t *testing.T) {
	c := dial(t, monitor(t, greeting, accept()))
	if _, err := c.Execute(t.Context(), "quit", nil); err == nil {
		t.Fatal("no error though the connection ended without an answer")
	}
	<-c.Done()
	if _, ok := <-c.Events(); ok {
		t.Error("events still open")
	}
	if _, err := c.Execute(t.Context(), "query-status", nil); err == nil {
		t.Error("a command on an ended connection succeeded")
	}
}

func TestContextEndsAWait(t *testing.T) {
	silent := dial(t, monitor(t, greeting, func(command string) []string {
		if command == "qmp_capabilities" {
			return []string{`{"return": {}, "id": %d}`}
		}
		return []string{}
	}))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := silent.Execute(ctx, "stop", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNotAMonitor(t *testing.T) {
	for name, first := range map[string]string{
		"other json": `{"hello": 1}`,
		"no json":    `SSH-2.0-OpenSSH_9.2`,
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := qmp.Dial(t.Context(), monitor(t, first, accept())); err == nil {
				c.Close()
				t.Error("accepted")
			}
		})
	}
}

func TestDialNowhere(t *testing.T) {
	if _, err := qmp.Dial(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("connected to a socket that does not exist")
	}
}
