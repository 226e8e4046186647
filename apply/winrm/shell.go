package winrm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/masterzen/winrm"
	"github.com/masterzen/winrm/soap"

	"vnettune/apply/winrm/envelope"
	"vnettune/apply/winrm/fault"
)

// A shell that nobody uses any more ends by itself after this time: one that a
// killed harness left behind must not use up the user's quota, which is 5 shells
// on WinRM 2.0. The kept shell may end so as well, and is then made anew.
const shellIdle = "PT900S"

// Waits for a quota that is used up.
const (
	quotaPause = 500 * time.Millisecond
	quotaTries = 3
)

// inThisShell is the key of InThisShell.
type inThisShell struct{}

// InThisShell is ctx for commands that run in the shell of the command before them or
// not at all: no two machines have one shell. Where it is gone they give a *NetError.
func InThisShell(ctx context.Context) context.Context {
	return context.WithValue(ctx, inThisShell{}, true)
}

// ErrShellGone says that a command did not run because another shell would be another
// machine's, for all that is known.
var ErrShellGone = errors.New("the shell of the command before is gone, and this one is for no other")

// start opens the shell if there is none and starts the command. A command that
// was refused because the shell is gone or a quota is used up has not run: it is
// started once more in a new shell, unless it is for no other.
func (c *Client) start(ctx context.Context, command string) (string, error) {
	bound := ctx.Value(inThisShell{}) != nil
	if bound && c.shell == "" {
		return "", &NetError{Step: "command", Err: ErrShellGone}
	}
	pause := c.pause
	for try, renewed := 1, false; ; {
		kept := c.shell != ""
		id, err := c.tryStart(ctx, command)
		var f *fault.Fault
		switch {
		case err == nil:
			return id, nil
		case !errors.As(err, &f):
			return "", err
		case f.Kind() == fault.Shell && bound:
			c.shell = ""
			return "", &NetError{Step: "command", Err: errors.Join(ErrShellGone, f)}
		case f.Kind() == fault.Quota && bound:
			c.cleanUp(ctx) // the next command has room
			return "", &NetError{Step: "command", Err: errors.Join(ErrShellGone, f)}
		case f.Kind() == fault.Shell && kept && !renewed:
			c.shell, renewed = "", true
		case f.Kind() == fault.Quota && try < quotaTries:
			try++
			if err := wait(ctx, pause); err != nil {
				return "", errors.Join(err, f)
			}
			pause *= 2
			c.cleanUp(ctx)
		default:
			return "", err
		}
	}
}

func (c *Client) tryStart(ctx context.Context, command string) (string, error) {
	if c.shell == "" {
		answer, err := c.send(ctx, "create shell", c.newShell())
		var f *fault.Fault
		if errors.As(err, &f) && f.Code == fault.CodeIdleTime && !c.anyIdle {
			c.anyIdle = true // the guest allows less: its own time, then
			answer, err = c.send(ctx, "create shell", c.newShell())
		}
		if err != nil {
			return "", err
		}
		if c.shell, err = envelope.ShellID(ctx, answer); err != nil {
			return "", fmt.Errorf("winrm create shell: %w", err)
		}
	}
	answer, err := c.send(ctx, "command", winrm.NewExecuteCommandRequest(c.url, c.shell, command, nil, c.params))
	if err != nil {
		return "", err
	}
	id, err := envelope.CommandID(ctx, answer)
	if err != nil {
		return "", fmt.Errorf("winrm command: %w", err)
	}
	return id, nil
}

// newShell is the library's request for a shell with an idle time, which the
// library cannot ask for.
func (c *Client) newShell() *soap.SoapMessage {
	const uri = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
	m := soap.NewMessage()
	m.Header().To(c.url).ReplyTo("http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous").
		MaxEnvelopeSize(c.params.EnvelopeSize).Id("uuid:" + uuid.NewString()).Locale(c.params.Locale).Timeout(c.params.Timeout).
		Action("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create").ResourceURI(uri).
		AddOption(soap.NewHeaderOption("WINRS_NOPROFILE", "FALSE")).
		AddOption(soap.NewHeaderOption("WINRS_CODEPAGE", "65001")).
		Build()
	shell := m.CreateBodyElement("Shell", soap.DOM_NS_WIN_SHELL)
	parts := [][2]string{{"IdleTimeOut", shellIdle}, {"InputStreams", "stdin"}, {"OutputStreams", "stdout stderr"}} // the schema's order
	if c.anyIdle {
		parts = parts[1:]
	}
	for _, e := range parts {
		m.CreateElement(shell, e[0], soap.DOM_NS_WIN_SHELL).SetContent(e[1])
	}
	return m
}

// release lets the guest forget a command that has ended. Where it cannot be told
// the shell is given up, and the command with it.
func (c *Client) release(ctx context.Context, command string) {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	if _, err := c.send(ctx, "signal", winrm.NewSignalRequest(c.url, c.shell, command, c.params)); err != nil {
		c.abandon("")
	}
}

// abandon gives up the shell, with a command that may still run in it. The guest
// is told over another connection, and nobody waits for that: it may be gone.
func (c *Client) abandon(command string) {
	shell := c.shell
	c.shell = ""
	c.disconnect()
	c.mu.Lock()
	c.leaked[shell] = true
	c.mu.Unlock()
	c.leaving.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
		defer cancel()
		other := c.sibling()
		defer other.disconnect()
		if command != "" {
			if _, err := other.post(ctx, "signal", winrm.NewSignalRequest(c.url, shell, command, c.params).String(), maxAnswer); err != nil {
				return
			}
		}
		c.delete(ctx, other, shell)
	})
}

// sibling is a client of the same guest with a connection of its own.
func (c *Client) sibling() *Client {
	return &Client{config: c.config, url: c.url, auth: c.auth, dialer: c.dialer, tls: c.tls, params: c.params}
}

// delete deletes a given-up shell through a client.
func (c *Client) delete(ctx context.Context, through *Client, shell string) {
	_, err := through.post(ctx, "delete", winrm.NewDeleteShellRequest(c.url, shell, c.params).String(), maxAnswer)
	var f *fault.Fault
	if err == nil || errors.As(err, &f) && f.Kind() == fault.Shell {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.leaked, shell)
	}
}

// cleanUp deletes the shells that this client has given up, and its own: a new
// one has room for commands.
func (c *Client) cleanUp(ctx context.Context) {
	c.mu.Lock()
	var shells []string
	for s := range c.leaked {
		shells = append(shells, s)
	}
	if c.shell != "" {
		shells = append(shells, c.shell)
		c.shell = ""
	}
	c.mu.Unlock()
	for _, s := range shells {
		c.delete(ctx, c, s)
	}
}

// wait is time.Sleep that ctx can end.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
