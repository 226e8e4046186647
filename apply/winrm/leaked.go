package winrm

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/masterzen/winrm"

	"vnettune/apply/winrm/fault"
)

// release lets the guest forget a command that has ended. Where it cannot be told
// the shell is given up, and the command with it.
func (c *Client) release(ctx context.Context, command string) {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	if _, err := c.send(ctx, "signal", winrm.NewSignalRequest(c.url, c.shell, command, c.params)); err != nil {
		c.abandon("")
	}
}

// leak takes the kept shell for one that is given up and may still be there.
func (c *Client) leak() (shell string) {
	shell, c.shell = c.shell, ""
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaked[shell] = true
	return shell
}

// abandon gives up the shell, with a command that may still run in it. The guest
// is told over another connection, and nobody waits for that: it may be gone.
func (c *Client) abandon(command string) {
	shell := c.leak()
	c.disconnect()
	c.leaving.Go(func() {
		other := c.sibling()
		defer other.disconnect()
		if command != "" {
			ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
			defer cancel()
			// Whatever comes of it: the end of the shell is the end of the command, too.
			_, _ = other.post(ctx, "signal", winrm.NewSignalRequest(c.url, shell, command, c.params).String(), maxAnswer)
		}
		ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
		defer cancel()
		_ = c.delete(ctx, other, shell) // it stays known as leaked
	})
}

// sibling is a client of the same guest with a connection of its own.
func (c *Client) sibling() *Client {
	return &Client{config: c.config, url: c.url, auth: c.auth, dialer: c.dialer, tls: c.tls, params: c.params}
}

// delete deletes a given-up shell through a client. It returns nil where the shell is gone.
func (c *Client) delete(ctx context.Context, through *Client, shell string) error {
	_, err := through.post(ctx, "delete", winrm.NewDeleteShellRequest(c.url, shell, c.params).String(), maxAnswer)
	var f *fault.Fault
	if err == nil || errors.As(err, &f) && f.Kind() == fault.Shell {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.leaked, shell)
		return nil
	}
	return err
}

// cleanUp deletes the shells that this client has given up, and its own: a new
// one has room for commands.
func (c *Client) cleanUp(ctx context.Context) {
	if c.shell != "" {
		c.leak()
	}
	c.deleteLeaked(ctx)
}

// deleteLeaked deletes the shells that were given up, as far as that goes within a short time.
// What is left stays known.
func (c *Client) deleteLeaked(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	c.mu.Lock()
	shells := slices.Sorted(maps.Keys(c.leaked))
	c.mu.Unlock()
	for _, s := range shells {
		var f *fault.Fault
		if err := c.delete(ctx, c, s); err != nil && !errors.As(err, &f) {
			return // the next would fare no better
		}
	}
}
