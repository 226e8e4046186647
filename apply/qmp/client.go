package qmp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"vnettune/foreign"
)

// eventBuffer is how many events wait for a reader; of more the oldest are lost,
// so that a caller who does not listen cannot block the answers.
const eventBuffer = 64

// Client is one connection to a monitor. Its methods may be called concurrently.
// QEMU serves one client at a time on a socket: a second one waits for its greeting.
type Client struct {
	conn   net.Conn
	lines  *bufio.Scanner
	events chan Event
	done   chan struct{} // closed when the connection has ended

	mu      sync.Mutex
	nextID  uint64
	waiting map[uint64]chan message
	ended   error
}

// Dial connects to the monitor's unix socket and leaves capability negotiation.
// The context limits both.
func Dial(ctx context.Context, socket string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("connect to qemu monitor: %w", err)
	}
	c, err := NewClient(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("qemu monitor %s: %w", socket, err)
	}
	return c, nil
}

// NewClient negotiates on a connection that is already open; it owns conn, and
// closes it when negotiation fails.
func NewClient(ctx context.Context, conn net.Conn) (*Client, error) {
	c := &Client{
		conn:    conn,
		lines:   bufio.NewScanner(conn),
		events:  make(chan Event, eventBuffer),
		done:    make(chan struct{}),
		waiting: map[uint64]chan message{},
	}
	c.lines.Buffer(make([]byte, 64<<10), 16<<20)
	if err := c.greet(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	go c.read()
	if _, err := c.Execute(ctx, "qmp_capabilities", nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// greet reads QEMU's first line.
func (c *Client) greet(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if !c.lines.Scan() {
		return fmt.Errorf("no greeting: %w", errors.Join(ctx.Err(), c.scanError()))
	}
	m, err := parse(c.lines.Bytes())
	if err != nil {
		return err
	}
	if m.Greeting == nil {
		return errors.New("no greeting: this is not a qemu monitor in control mode")
	}
	return nil
}

// Execute runs one command and returns what it returned. A refusal is an *Error.
// When the context ends first the command may still take effect.
func (c *Client) Execute(ctx context.Context, command string, arguments any) (json.RawMessage, error) {
	id, answer, err := c.send(ctx, command, arguments)
	if err != nil {
		return nil, fmt.Errorf("qmp command %q: %w", command, err)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return nil, &Error{Command: command, Class: foreign.Line(m.Error.Class), Desc: foreign.Words(m.Error.Desc)}
		}
		return m.Return, nil
	case <-ctx.Done():
		c.forget(id)
		return nil, fmt.Errorf("qmp command %q: %w", command, ctx.Err())
	case <-c.done:
		// The answer may have come just before the end, as it does after "quit".
		select {
		case m := <-answer:
			if m.Error == nil {
				return m.Return, nil
			}
		default:
		}
		return nil, fmt.Errorf("qmp command %q: %w", command, c.Err())
	}
}

// Events gives what QEMU reports, from the end of negotiation on. The channel is
// closed when the connection ends.
func (c *Client) Events() <-chan Event { return c.events }

// Done is closed when the connection has ended, which is how the end of QEMU shows.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err says why the connection ended; nil while it stands.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// Close ends the connection and waits until its reader has ended.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.done
	return err
}

func (c *Client) send(ctx context.Context, command string, arguments any) (uint64, chan message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return 0, nil, c.ended
	}
	c.nextID++
	id := c.nextID
	line, err := json.Marshal(request{Execute: command, Arguments: arguments, ID: id})
	if err != nil {
		return 0, nil, fmt.Errorf("arguments: %w", err)
	}
	deadline, _ := ctx.Deadline()
	if err := c.conn.SetWriteDeadline(deadline); err != nil {
		return 0, nil, err
	}
	answer := make(chan message, 1)
	c.waiting[id] = answer
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		delete(c.waiting, id)
		return 0, nil, err
	}
	return id, answer, nil
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// read sorts the incoming lines until the connection ends.
func (c *Client) read() {
	defer close(c.events)
	defer close(c.done)
	for c.lines.Scan() {
		m, err := parse(c.lines.Bytes())
		if err != nil {
			c.conn.Close()
			c.end(err)
			return
		}
		switch {
		case m.Event != "":
			c.publish(m.event())
		case m.ID != nil:
			c.deliver(*m.ID, m)
		}
	}
	c.end(c.scanError())
}

func (c *Client) deliver(id uint64, m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answer, ok := c.waiting[id]; ok {
		delete(c.waiting, id)
		answer <- m
	}
}

// publish drops the oldest event when nobody reads.
func (c *Client) publish(e Event) {
	for {
		select {
		case c.events <- e:
			return
		default:
		}
		select {
		case <-c.events:
		default:
		}
	}
}

func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = err
}

// scanError says why no further line came.
func (c *Client) scanError() error {
	if err := c.lines.Err(); err != nil {
		return fmt.Errorf("connection to qemu lost: %w", err)
	}
	return errors.New("qemu closed the connection")
}
