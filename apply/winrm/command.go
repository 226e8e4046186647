package winrm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masterzen/winrm"

	"vnettune/apply/winrm/fault"
	"vnettune/apply/winrm/ntlm"
)

// converse feeds standard input and collects the output until the command ends.
func (c *Client) converse(ctx context.Context, id string, stdin []byte) (Result, error) {
	in := input{command: id, rest: stdin, open: stdin != nil}
	if err := c.feed(ctx, &in); err != nil {
		return Result{}, err
	}
	var stdout, stderr bytes.Buffer
	var pace pace
	for end := time.Now().Add(c.config.command()); ; {
		if time.Now().After(end) {
			return Result{}, in.with(&NetError{Step: "receive", Err: fmt.Errorf("the command has not ended within %s", c.config.command())})
		}
		asked, before := time.Now(), stdout.Len()+stderr.Len()
		answer, err := c.sendMost(ctx, "receive", winrm.NewGetOutputRequest(c.url, c.shell, id, "stdout stderr", c.patience(&in)), maxReceive)
		took := time.Since(asked)
		var f *fault.Fault
		if errors.As(err, &f) && f.Kind() == fault.Wait {
			if err := wait(ctx, pace.after(took, 0)); err != nil {
				return Result{}, err
			}
			if err := c.feed(ctx, &in); err != nil {
				return Result{}, err
			}
			continue
		}
		if err != nil {
			return Result{}, in.with(err)
		}
		done, exit, err := parseReceive(ctx, answer, id, &stdout, &stderr)
		if err != nil {
			return Result{}, fmt.Errorf("winrm receive: %w", err)
		}
		if stdout.Len()+stderr.Len() > maxOutput {
			return Result{}, fmt.Errorf("winrm receive: the command wrote more than %d MiB", maxOutput>>20)
		}
		if done {
			c.release(ctx, id)
			return Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Exit: exit, Unsure: in.unsure}, nil
		}
		if stdout.Len()+stderr.Len() > before && !in.refused {
			in.open = false // it works with what it has
		}
		if err := wait(ctx, pace.after(took, stdout.Len()+stderr.Len()-before)); err != nil {
			return Result{}, err
		}
	}
}

const (
	stdinChunk  = 96 << 10        // bytes of standard input in one message: fits MaxEnvelopeSizekb 150
	busyTries   = 6               // of one piece while the one before is still being written: some 15 s
	unsureAfter = 5 * time.Second // how long a Receive is held while it is unsure whether the input arrived
)

// input is the standard input of a command on its way to it.
//
// A Send that fails has often been taken. The service gives up waiting for a program that has
// not begun to read, and writes what it has all the same (docs/facts/winrm.md 2); where the
// connection is lost nobody knows. So the output is received whatever a Send came to, and what
// the command says decides. While it says nothing, input that fits into one message is sent
// again, which is safe:
//   - It carries the end. If it was taken the first time there is nothing left to write to, and
//     what comes behind the end is not read.
//   - Should a service have written it, or its beginning, without the end, the program would read
//     that and then the whole. A JSON object behind the beginning of one, or behind another, is
//     never JSON: a constant script refuses it before it does anything.
//
// A piece of longer input could be read twice without anybody noticing. It is sent again only
// where the service said that it did not take it (busy).
type input struct {
	command string
	rest    []byte // what is not known to have been taken
	pieces  int    // of it that were taken
	open    bool   // its end is not known to have been taken, and may be sent again
	unsure  error  // what a piece came to of which it is not known whether it was taken
	refused bool   // the last piece is known not to have been taken
}

// with adds to an error why it is not known whether the command got its input.
func (in *input) with(err error) error {
	if in.unsure == nil {
		return err
	}
	return fmt.Errorf("%w; before that %w", err, in.unsure)
}

// feed sends what is left of the input. It returns nil also where it is not known whether the
// end has been taken, which in.unsure says then.
func (c *Client) feed(ctx context.Context, in *input) error {
	pause, tries := c.pause, 0
	for in.open {
		n := min(len(in.rest), stdinChunk)
		last := n == len(in.rest)
		_, err := c.send(ctx, "send", winrm.NewSendInputRequest(c.url, c.shell, in.command, in.rest[:n], last, c.params))
		var f *fault.Fault
		kind := fault.Other
		if errors.As(err, &f) {
			kind = f.Kind()
		}
		tries++
		switch {
		case err == nil && last:
			in.unsure = nil
		case err == nil:
		case ctx.Err() != nil || errors.Is(err, fault.ErrUnauthorized):
			return err
		case kind == fault.Closed:
			in.open, in.unsure = false, err
			return nil
		case last && (in.unsure != nil || doubtful(err)):
			in.refused = kind == fault.Busy
			in.open, in.unsure = in.refused || in.pieces == 0, err
			return nil
		case kind == fault.Busy && tries < busyTries:
			if err := wait(ctx, pause); err != nil {
				return err
			}
			pause *= 2
			continue
		case kind != fault.Wait:
			return err // it was not taken, or a part of it that nobody can tell
		}
		in.rest, in.pieces, in.open, tries = in.rest[n:], in.pieces+1, !last, 0
	}
	return nil
}

// doubtful says whether a Send that came to err may have been taken, or may be taken later: all
// but a plain refusal, and an answer of nobody knows whom.
func doubtful(err error) bool {
	var f *fault.Fault
	var status *fault.StatusError
	var trust *TrustError
	switch {
	case errors.As(err, &f):
		return f.Kind() == fault.Wait || f.Kind() == fault.Busy || f.Kind() == fault.Unsure || f.Kind() == fault.Gone
	case errors.As(err, &status):
		return status.Passing()
	}
	return !errors.As(err, &trust) && !errors.Is(err, ntlm.ErrNotEncrypted)
}

// patience is what a Receive is asked with: it is held for a shorter time where the command may
// be waiting for input that never came.
func (c *Client) patience(in *input) *winrm.Parameters {
	if !in.open || in.unsure == nil || c.config.operationTime() < unsureAfter {
		return c.params
	}
	short := *c.params
	short.Timeout = duration(unsureAfter)
	return &short
}

// A service holds a Receive until there is output, or its time is over. One that does not
// is asked less and less often.
const (
	instant   = 100 * time.Millisecond // less than that is no holding
	littleOut = 1 << 10                // bytes that are no reason to ask again at once
	paceFirst = 5 * time.Millisecond   // pause after the first such answer; doubles
)

// pace is the pause between one Receive and the next.
type pace struct{ next time.Duration }

// after is the pause after a Receive that took that long and gave so many bytes.
func (p *pace) after(took time.Duration, bytes int) time.Duration {
	if took >= instant || bytes >= littleOut {
		p.next = 0
		return 0
	}
	p.next = min(max(2*p.next, paceFirst), instant)
	return p.next
}
