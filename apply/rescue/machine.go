package rescue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"vnettune/apply/qmp"
	"vnettune/foreign"
)

// Monitor is a machine behind QEMU's monitor socket (QMP).
type Monitor struct{ Socket string }

// with connects for one errand: QEMU serves one client at a time.
func (m Monitor) with(ctx context.Context, do func(*qmp.Client) error) error {
	c, err := qmp.Dial(ctx, m.Socket)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// Reset implements Machine with system_reset.
func (m Monitor) Reset(ctx context.Context) error {
	return m.with(ctx, func(c *qmp.Client) error {
		if _, err := c.Execute(ctx, "system_reset", nil); err != nil {
			return err
		}
		return letRun(ctx, c)
	})
}

// Revert implements Machine with loadvm of the human monitor, which takes a
// snapshot's name alone in every version of QEMU. It answers with nothing, or with why
// it failed.
func (m Monitor) Revert(ctx context.Context, snapshot string) error {
	return m.with(ctx, func(c *qmp.Client) error {
		said, err := human(ctx, c, "loadvm "+snapshot)
		if err != nil {
			return err
		}
		if said != "" {
			return errors.New("loadvm: " + foreign.Words(said))
		}
		return letRun(ctx, c)
	})
}

// Status is QEMU's word for what the machine does: running, shutdown and so on.
func (m Monitor) Status(ctx context.Context) (s string, err error) {
	err = m.with(ctx, func(c *qmp.Client) error {
		s, err = status(ctx, c)
		return err
	})
	return s, err
}

// Quit ends QEMU without a word to its guest.
func (m Monitor) Quit(ctx context.Context) error {
	return m.with(ctx, func(c *qmp.Client) error {
		_, err := c.Execute(ctx, "quit", nil)
		return err
	})
}

// State implements Machine.
func (m Monitor) State(ctx context.Context) (string, error) {
	state := ""
	err := m.with(ctx, func(c *qmp.Client) error {
		s, err := status(ctx, c)
		state = "the monitor answers; the machine is " + foreign.Line(s)
		return err
	})
	return state, err
}

// UUID implements Machine.
func (m Monitor) UUID(ctx context.Context) (string, error) {
	var u struct {
		UUID string `json:"UUID"`
	}
	err := m.with(ctx, func(c *qmp.Client) error {
		answer, err := c.Execute(ctx, "query-uuid", nil)
		if err == nil {
			err = json.Unmarshal(answer, &u)
		}
		return err
	})
	return u.UUID, err
}

// turned is a UUID with the bytes of its first three fields in the other order. SMBIOS
// before 2.6 left open which it is (DMTF DSP0134, System - UUID), so that a guest may say
// it otherwise than its host.
func turned(s string) string {
	id, err := uuid.Parse(s)
	if err != nil {
		return s
	}
	slices.Reverse(id[:4])
	slices.Reverse(id[4:6])
	slices.Reverse(id[6:8])
	return id.String()
}

// HasSnapshot implements Machine. "info snapshots" prints a table: number, name, size
// and times; QEMU has no other language.
func (m Monitor) HasSnapshot(ctx context.Context, snapshot string) (bool, error) {
	there := false
	err := m.with(ctx, func(c *qmp.Client) error {
		table, err := human(ctx, c, "info snapshots")
		for line := range strings.Lines(table) {
			if f := strings.Fields(line); len(f) > 2 && f[0] != "ID" && f[1] == snapshot {
				there = true
			}
		}
		return err
	})
	return there, err
}

// letRun starts a machine that is stopped.
func letRun(ctx context.Context, c *qmp.Client) error {
	s, err := status(ctx, c)
	if err != nil || s == "running" {
		return err
	}
	_, err = c.Execute(ctx, "cont", nil)
	return err
}

func status(ctx context.Context, c *qmp.Client) (string, error) {
	answer, err := c.Execute(ctx, "query-status", nil)
	if err != nil {
		return "", err
	}
	var s struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(answer, &s); err != nil || s.Status == "" {
		return "", fmt.Errorf("qmp command \"query-status\": unreadable answer %s", foreign.Line(string(answer)))
	}
	return s.Status, nil
}

func human(ctx context.Context, c *qmp.Client, line string) (string, error) {
	answer, err := c.Execute(ctx, "human-monitor-command", map[string]string{"command-line": line})
	if err != nil {
		return "", err
	}
	var said string
	if err := json.Unmarshal(answer, &said); err != nil {
		return "", fmt.Errorf("qmp command \"human-monitor-command\": unreadable answer: %w", err)
	}
	return strings.TrimSpace(said), nil
}
