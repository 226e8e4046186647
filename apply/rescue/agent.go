package rescue

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"vnettune/foreign"
	"vnettune/trouble"
)

// Agent is a way to the QEMU guest agent, which runs in the guest and needs no network.
type Agent interface {
	// Command runs one command of the agent and gives what it returned. A refusal is
	// an *AgentError; every other error means that no answer came.
	Command(ctx context.Context, name string, arguments any) (json.RawMessage, error)
	// Close ends the connection, if there is one. The next command opens another.
	Close()
}

// An AgentError is a command that the agent answered with an error.
type AgentError struct {
	Command string
	Desc    string // the agent's words
}

// Error says what the agent refused, in its words.
func (e *AgentError) Error() string {
	return fmt.Sprintf("guest agent: %s: %s", e.Command, e.Desc)
}

// SocketAgent is the agent behind QEMU's unix socket. It serves one client at a time:
// where libvirt or another program holds the socket there is no answer.
type SocketAgent struct {
	Path string

	mu    sync.Mutex
	conn  net.Conn
	lines *bufio.Scanner
}

// Bounds of an answer in bytes: with a program's output, which may be as long as one over
// WinRM, and without.
const (
	maxLine = 16 << 20
	maxInfo = 1 << 20
)

// maxOthers is how many lines for earlier clients are passed over: who has more is no agent.
const maxOthers = 1000

var errOthers = fmt.Errorf("%d answers to others, and none to this command", maxOthers)

// sentinel resets the parsers of both sides (qemu-ga-ref, guest-sync-delimited).
const sentinel = 0xff

// Command implements Agent.
func (a *SocketAgent) Command(ctx context.Context, name string, arguments any) (json.RawMessage, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer, err := a.command(ctx, name, arguments)
	var refused *AgentError
	if err != nil && !errors.As(err, &refused) {
		a.drop() // what is still to come would be taken for the next answer
		return nil, errors.Join(context.Cause(ctx), fmt.Errorf("guest agent %s: %s: %w", a.Path, name, err))
	}
	return answer, err
}

// Close implements Agent.
func (a *SocketAgent) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop()
}

func (a *SocketAgent) drop() {
	if a.conn != nil {
		a.conn.Close()
	}
	a.conn, a.lines = nil, nil
}

func (a *SocketAgent) command(ctx context.Context, name string, arguments any) (json.RawMessage, error) {
	if a.conn == nil {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", a.Path)
		if err != nil {
			return nil, err
		}
		a.conn, a.lines = conn, bufio.NewScanner(conn)
		a.lines.Buffer(make([]byte, 64<<10), maxLine)
		if err := a.sync(ctx); err != nil {
			return nil, err
		}
	}
	if err := a.send(ctx, false, name, arguments); err != nil {
		return nil, err
	}
	for range maxOthers {
		line, err := a.line(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := parseAnswer(name, line)
		if answer != nil || err != nil {
			return answer, err
		}
	}
	return nil, errOthers
}

// sync makes sure that the next answer is ours: whatever an earlier client asked may
// still be answered (qemu-ga-ref, guest-sync-delimited).
func (a *SocketAgent) sync(ctx context.Context) error {
	id := randomID()
	if err := a.send(ctx, true, "guest-sync-delimited", map[string]int64{"id": id}); err != nil {
		return err
	}
	for range maxOthers {
		line, err := a.line(ctx)
		if err != nil {
			return fmt.Errorf("no answer to guest-sync-delimited (does the agent run in the guest, and does another program hold the socket?): %w", err)
		}
		at := bytes.LastIndexByte(line, sentinel)
		if at < 0 {
			continue // for an earlier client
		}
		var got struct {
			Return *int64 `json:"return"`
		}
		if json.Unmarshal(line[at+1:], &got) == nil && got.Return != nil && *got.Return == id {
			return nil
		}
	}
	return errOthers
}

// randomID is a number that fits JSON everywhere.
func randomID() int64 {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // never returned since Go 1.24
	}
	return int64(binary.LittleEndian.Uint64(b[:]) >> 12)
}

// send writes one request; flush makes the agent forget half of an earlier one.
func (a *SocketAgent) send(ctx context.Context, flush bool, name string, arguments any) error {
	line, err := agentRequest(name, arguments)
	if err != nil {
		return err
	}
	if flush {
		line = slices.Concat([]byte{sentinel}, line)
	}
	defer a.obey(ctx)()
	_, err = a.conn.Write(append(line, '\n'))
	return err
}

func agentRequest(name string, arguments any) ([]byte, error) {
	return json.Marshal(struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
	}{name, arguments})
}

func (a *SocketAgent) line(ctx context.Context) ([]byte, error) {
	defer a.obey(ctx)()
	if a.lines.Scan() {
		return a.lines.Bytes(), nil
	}
	if err := a.lines.Err(); err != nil {
		return nil, err
	}
	return nil, errors.New("the socket was closed")
}

// obey ends reads and writes of the connection with the context.
func (a *SocketAgent) obey(ctx context.Context) (end func()) {
	conn := a.conn
	_ = conn.SetDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

// parseAnswer reads one line of the agent; nil and no error for a line that is no
// answer.
func parseAnswer(name string, line []byte) (json.RawMessage, error) {
	var m struct {
		Return json.RawMessage `json:"return"`
		Error  *struct {
			Desc string `json:"desc"`
		} `json:"error"`
	}
	if err := json.Unmarshal(bytes.TrimLeft(line, "\xff"), &m); err != nil {
		return nil, fmt.Errorf("unreadable answer: %w", err)
	}
	if m.Error != nil {
		return nil, &AgentError{Command: name, Desc: foreign.Words(m.Error.Desc)}
	}
	return m.Return, nil
}

// agentInfo asks the agent what it can do; it changes nothing.
func agentInfo(ctx context.Context, a Agent) (string, error) {
	defer a.Close()
	answer, err := a.Command(ctx, "guest-info", nil)
	if err != nil {
		return "", err
	}
	var info struct {
		Version  string `json:"version"`
		Commands []struct {
			Name    string `json:"name"`
			Enabled bool   `json:"enabled"`
		} `json:"supported_commands"`
	}
	err = foreign.CheckJSON(answer, maxInfo)
	if err == nil {
		err = json.Unmarshal(answer, &info)
	}
	if err != nil {
		return "", fmt.Errorf("guest agent: unreadable guest-info: %w", err)
	}
	version := foreign.Line(info.Version)
	for _, needed := range []string{"guest-exec", "guest-exec-status"} {
		usable := false
		for _, c := range info.Commands {
			usable = usable || c.Name == needed && c.Enabled
		}
		if !usable {
			return "", trouble.Hint(fmt.Errorf("guest agent %s: the command %s is not allowed", version, needed), "take it off the agent's block list")
		}
	}
	return "the agent answers, version " + version, nil
}
