package winrm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply/winrm/envelope"
	"vnettune/apply/winrm/fault"
)

// A shell that nobody uses any more ends by itself after this time: one that a
// killed harness left behind must not use up the user's quota, which is 5 shells
// on WinRM 2.0. The kept shell may end so as well, and is then made anew.
const shellIdle = "PT600S"

// A service never counts a command of a shell down again ([MS-WSMV], note 118): a shell takes
// 1,500 commands, and 15 before Windows 8 and Server 2012. It is made anew long before, so that
// those that are for one shell find room in it.
const (
	roomy     = 1000
	narrow    = 10   // also where the guest does not say what it is
	firstWide = 9200 // build of Windows 8 and Server 2012
)

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

// InAnyShell is ctx for commands behind those of InThisShell that only read: they may have another shell where that one is full.
func InAnyShell(ctx context.Context) context.Context {
	return context.WithValue(ctx, inThisShell{}, false)
}

// ErrShellGone says that a command did not run because another shell would be another
// machine's, for all that is known.
var ErrShellGone = errors.New("the shell of the command before is gone, and this one is for no other")

// start opens the shell if there is none, or makes it anew if it has taken its number of
// commands, and starts the command. A command that was refused because the shell is gone or
// full or a quota is used up has not run: it is started once more in a new shell, unless it is
// for no other. piped says that the command gets standard input.
func (c *Client) start(ctx context.Context, command string, piped bool) (string, error) {
	bound, _ := ctx.Value(inThisShell{}).(bool)
	switch {
	case bound && c.shell == "":
		return "", &NetError{Step: "command", Err: ErrShellGone}
	case !bound && c.shell != "" && c.started >= c.roomFor():
		c.cleanUp(ctx)
	}
	pause := c.pause
	for try, renewed := 1, false; ; {
		kept := c.shell != ""
		id, err := c.tryStart(ctx, command, piped)
		var f *fault.Fault
		if !errors.As(err, &f) {
			return id, err
		}
		switch kind := f.Kind(); {
		case kind == fault.Shell && bound:
			c.shell = ""
			return "", &NetError{Step: "command", Err: errors.Join(ErrShellGone, f)}
		case (kind == fault.Full || kind == fault.Quota) && bound:
			c.cleanUp(ctx) // the next command has room
			return "", &NetError{Step: "command", Err: errors.Join(ErrShellGone, f)}
		case kind == fault.Shell && kept && !renewed:
			c.shell, renewed = "", true
		case kind == fault.Full && kept && !renewed:
			c.cleanUp(ctx)
			renewed = true
		case (kind == fault.Full || kind == fault.Quota) && try < quotaTries:
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

func (c *Client) tryStart(ctx context.Context, command string, piped bool) (string, error) {
	if c.shell == "" {
		if err := c.open(ctx); err != nil {
			return "", err
		}
	}
	answer, err := c.send(ctx, "command", c.newCommand(command, piped))
	if err != nil {
		return "", err
	}
	c.started++
	id, err := envelope.CommandID(ctx, answer)
	if err != nil {
		return "", fmt.Errorf("winrm command: %w", err)
	}
	return id, nil
}

// open makes the shell, and deletes those that were given up and may still be there.
func (c *Client) open(ctx context.Context) error {
	answer, err := c.send(ctx, "create shell", c.newShell())
	var f *fault.Fault
	if errors.As(err, &f) && f.Code == fault.CodeIdleTime && !c.anyIdle {
		c.anyIdle = true // the guest allows less: its own time, then
		answer, err = c.send(ctx, "create shell", c.newShell())
	}
	if err != nil {
		return err
	}
	if c.shell, err = envelope.ShellID(ctx, answer); err != nil {
		return fmt.Errorf("winrm create shell: %w", err)
	}
	c.started = 0
	c.deleteLeaked(ctx)
	if c.room > 0 {
		return nil
	}
	return c.identify(ctx)
}

// roomFor is how many commands a shell is given.
func (c *Client) roomFor() int {
	if c.room == 0 {
		return narrow
	}
	return c.room
}

// identify asks which Windows this is, and so how many commands a shell takes. A service that
// does not say it is asked again with the next shell.
func (c *Client) identify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.config.answer())
	defer cancel()
	answer, err := c.post(ctx, "identify", identifyRequest, maxAnswer)
	var lost *NetError
	if errors.As(err, &lost) || errors.Is(err, fault.ErrUnauthorized) {
		return err
	}
	if err != nil {
		return nil
	}
	switch build := envelope.Build(ctx, answer); {
	case build >= firstWide:
		c.room = roomy
	case build > 0:
		c.room = narrow
	}
	return nil
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
