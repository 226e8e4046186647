package rescue_test

import (
	"bufio"
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

	"vnettune/apply/rescue"
)

// qemu plays QEMU's monitor: a machine with a state and snapshots.
type qemu struct {
	t         *testing.T
	path      string
	status    string
	snapshots []string

	mu   sync.Mutex
	done []string
}

func newQEMU(t *testing.T) *qemu {
	dir, err := os.MkdirTemp("", "vnt") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	q := &qemu{t: t, path: filepath.Join(dir, "qmp"), status: "running"}
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
			q.serve(c)
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait(); os.RemoveAll(dir) })
	return q
}

func (q *qemu) serve(c net.Conn) {
	fmt.Fprintln(c, `{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}`)
	for lines := bufio.NewScanner(c); lines.Scan(); {
		var r struct {
			Execute   string
			ID        int
			Arguments struct {
				Line string `json:"command-line"`
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			q.t.Errorf("the monitor was sent %q", lines.Text())
			return
		}
		q.mu.Lock()
		answer := q.answer(strings.TrimSpace(r.Execute + " " + r.Arguments.Line))
		q.mu.Unlock()
		fmt.Fprintf(c, `{%s, "id": %d}`+"\n", answer, r.ID)
	}
}

func (q *qemu) answer(asked string) string {
	command, snapshot, _ := strings.Cut(asked, "human-monitor-command ")
	if command == "" {
		command, snapshot, _ = strings.Cut(snapshot, " ")
	}
	switch command {
	case "qmp_capabilities":
		return `"return": {}`
	case "query-status":
		return `"return": {"running": ` + fmt.Sprint(q.status == "running") + `, "status": "` + q.status + `"}`
	case "query-uuid":
		return `"return": {"UUID": "0a1b2c3d-0000-4000-8000-0123456789ab"}`
	case "info":
		table := "List of snapshots present on all disks:\r\nID        TAG               VM SIZE                DATE     VM CLOCK     ICOUNT\r\n"
		for _, s := range q.snapshots {
			table += "--        " + s + "             166 MiB 2026-11-22 22:00:00 00:00:12.345                \r\n"
		}
		text, err := json.Marshal(table)
		if err != nil {
			q.t.Error(err)
		}
		return `"return": ` + string(text)
	case "loadvm":
		q.done = append(q.done, asked)
		if !slices.Contains(q.snapshots, snapshot) {
			return `"return": "Error: Device 'd' does not have the requested snapshot '` + snapshot + `'\r\n"`
		}
		return `"return": ""`
	case "cont":
		q.status = "running"
	case "system_reset":
	default:
		return `"error": {"class": "CommandNotFound", "desc": "The command ` + asked + ` has not been found"}`
	}
	q.done = append(q.done, asked)
	return `"return": {}`
}

func TestTheMonitorResetsTheMachine(t *testing.T) {
	for status, want := range map[string][]string{"running": {"system_reset"}, "paused": {"system_reset", "cont"}, "shutdown": {"system_reset", "cont"}} {
		q := newQEMU(t)
		q.status = status
		m := rescue.Monitor{Socket: q.path}
		if s, err := m.State(t.Context()); err != nil || !strings.HasSuffix(s, " is "+status) {
			t.Errorf("state %q, %v", s, err)
		}
		if id, err := m.UUID(t.Context()); err != nil || id != "0a1b2c3d-0000-4000-8000-0123456789ab" {
			t.Errorf("UUID %q, %v", id, err)
		}
		if err := m.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(q.done, want) {
			t.Errorf("a machine that is %s: %q, want %q", status, q.done, want)
		}
	}
}

func TestTheMonitorGoesBackToASnapshot(t *testing.T) {
	q := newQEMU(t)
	q.snapshots, q.status = []string{"first", "clean"}, "paused"
	m := rescue.Monitor{Socket: q.path}
	for name, want := range map[string]bool{"clean": true, "first": true, "clea": false, "TAG": false} {
		if there, err := m.HasSnapshot(t.Context(), name); err != nil || there != want {
			t.Errorf("snapshot %s is there: %v, %v; want %v", name, there, err, want)
		}
	}
	if err := m.Revert(t.Context(), "clean"); err != nil || q.status != "running" {
		t.Errorf("%v, the machine is %s", err, q.status)
	}
	if err := m.Revert(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), "requested snapshot 'other'") {
		t.Errorf("a snapshot that is not there: %v", err)
	}
}

func TestNoMonitor(t *testing.T) {
	m := rescue.Monitor{Socket: filepath.Join(t.TempDir(), "none")}
	if err := m.Reset(t.Context()); err == nil {
		t.Error("a reset without a monitor worked")
	}
	// Somebody else holds the monitor: there is no greeting.
	q := newQEMU(t)
	holder, err := net.Dial("unix", q.path)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := (rescue.Monitor{Socket: q.path}).Reset(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a monitor that another client holds: %v, want the deadline", err)
	}
}
