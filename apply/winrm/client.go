package winrm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/masterzen/winrm"
	"github.com/masterzen/winrm/soap"
)

// Times that the client asks of the service and allows itself.
const (
	operationTimeout = 20 * time.Second // the service answers a Receive within it
	answerTimeout    = operationTimeout + 10*time.Second
	closeTimeout     = 2 * time.Second // best effort on the way out
	pingTimeout      = 500 * time.Millisecond
	maxOutput        = 64 << 20 // bytes of one command's output
	stdinChunk       = 96 << 10 // bytes of standard input in one message: fits MaxEnvelopeSizekb 150
)

// Client talks to one guest. It keeps one shell open and runs one command at a
// time; it is safe for concurrent use.
type Client struct {
	config Config
	url    string
	http   *http.Transport
	params *winrm.Parameters

	mu    sync.Mutex
	shell string // id of the kept shell, "" for none
}

// Result is what a command left behind.
type Result struct {
	Stdout []byte
	Stderr []byte
	Exit   int
}

// New makes a client. It does not connect.
func New(c Config) (*Client, error) {
	t, err := newHTTP(c)
	if err != nil {
		return nil, fmt.Errorf("winrm %s: %w", c.Address, err)
	}
	scheme := "http"
	if c.HTTPS {
		scheme = "https"
	}
	return &Client{
		config: c,
		url:    scheme + "://" + c.Address + "/wsman",
		http:   t,
		params: winrm.NewParameters("PT20S", "en-US", 153600),
	}, nil
}

// Run runs a command line in the guest's cmd.exe with stdin as its standard
// input and waits for its end; with nil the input stays open and empty. Errors: ErrUnauthorized, *Fault, *NetError, or
// the context's error.
func (c *Client) Run(ctx context.Context, command string, stdin []byte) (Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(command, "]]>") {
		return Result{}, errors.New("winrm command: the text \"]]>\" cannot be sent")
	}
	id, err := c.start(ctx, command)
	if err != nil {
		c.dropAfter(err)
		return Result{}, withContext(ctx, err)
	}
	result, err := c.converse(ctx, id, stdin)
	if err != nil {
		c.abandon(id)
		return Result{}, withContext(ctx, err)
	}
	return result, nil
}

// start opens the shell if there is none and starts the command. A command that
// was refused because the shell is gone has not run: it is started once more in
// a new shell.
func (c *Client) start(ctx context.Context, command string) (string, error) {
	kept := c.shell != ""
	for {
		if c.shell == "" {
			answer, err := c.send(ctx, "create shell", winrm.NewOpenShellRequest(c.url, c.params))
			if err != nil {
				return "", err
			}
			if c.shell, err = winrm.ParseOpenShellResponse(answer); err != nil {
				return "", fmt.Errorf("winrm create shell: %w", err)
			}
		}
		answer, err := c.send(ctx, "command", winrm.NewExecuteCommandRequest(c.url, c.shell, command, nil, c.params))
		var fault *Fault
		if errors.As(err, &fault) && fault.shellLost() && kept {
			c.shell, kept = "", false
			continue
		}
		if err != nil {
			return "", err
		}
		id, err := winrm.ParseExecuteCommandResponse(answer)
		if err != nil {
			return "", fmt.Errorf("winrm command: %w", err)
		}
		return id, nil
	}
}

// converse feeds standard input and collects the output until the command ends.
func (c *Client) converse(ctx context.Context, id string, stdin []byte) (Result, error) {
	for first := true; stdin != nil && (first || len(stdin) > 0); first = false {
		n := min(len(stdin), stdinChunk)
		last := n == len(stdin)
		if _, err := c.send(ctx, "send", winrm.NewSendInputRequest(c.url, c.shell, id, stdin[:n], last, c.params)); err != nil {
			return Result{}, err
		}
		stdin = stdin[n:]
	}
	var stdout, stderr bytes.Buffer
	for {
		answer, err := c.send(ctx, "receive", winrm.NewGetOutputRequest(c.url, c.shell, id, "stdout stderr", c.params))
		var fault *Fault
		if errors.As(err, &fault) && fault.Code == codeOperationTimeout {
			continue
		}
		if err != nil {
			return Result{}, err
		}
		done, exit, err := winrm.ParseSlurpOutputErrResponse(answer, &stdout, &stderr)
		if err != nil {
			return Result{}, fmt.Errorf("winrm receive: %w", err)
		}
		if stdout.Len()+stderr.Len() > maxOutput {
			return Result{}, fmt.Errorf("winrm receive: the command wrote more than %d MiB", maxOutput>>20)
		}
		if done {
			c.tell(winrm.NewSignalRequest(c.url, c.shell, id, c.params))
			return Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Exit: exit}, nil
		}
	}
}

func (c *Client) send(ctx context.Context, step string, m *soap.SoapMessage) (string, error) {
	defer m.Free()
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	return c.post(ctx, step, m.String())
}

// tell sends a message whose answer nobody needs.
func (c *Client) tell(m *soap.SoapMessage) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_, _ = c.send(ctx, "signal", m)
}

// abandon leaves a command that failed: the shell is not used again. Nothing is
// waited for, since the guest may be gone.
func (c *Client) abandon(command string) {
	shell := c.shell
	c.shell = ""
	old := c.http
	c.http = old.Clone()
	go func() {
		defer old.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		for _, m := range []*soap.SoapMessage{
			winrm.NewSignalRequest(c.url, shell, command, c.params),
			winrm.NewDeleteShellRequest(c.url, shell, c.params),
		} {
			leaving := &Client{config: c.config, url: c.url, http: old}
			_, _ = leaving.post(ctx, "leave", m.String())
		}
	}()
}

// dropAfter forgets the shell when err says that it cannot be used any more.
func (c *Client) dropAfter(err error) {
	var fault *Fault
	var lost *NetError
	if errors.As(err, &lost) || errors.As(err, &fault) && fault.shellLost() {
		c.shell = ""
		c.http.CloseIdleConnections()
	}
}

// Forget drops the shell and every connection without telling the guest: after
// a reboot neither exists any more.
func (c *Client) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shell = ""
	c.http.CloseIdleConnections()
}

// Ping says whether something takes connections at the guest's address. It is
// no proof of a boot: an old system answers too while it goes down.
func (c *Client) Ping(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: pingTimeout}).DialContext(ctx, "tcp", c.config.Address)
	if err != nil {
		return &NetError{Step: "connect", Err: err}
	}
	return conn.Close()
}

// Close deletes the kept shell, as well as that can be done in a moment.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shell != "" {
		c.tell(winrm.NewDeleteShellRequest(c.url, c.shell, c.params))
		c.shell = ""
	}
	c.http.CloseIdleConnections()
}

// withContext prefers the context's own error: a cancelled call failed because
// it was cancelled, whatever the network said.
func withContext(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%v)", ctx.Err(), err)
	}
	return err
}
