package winrm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"vnettune/apply/winrm/fault"
	"vnettune/apply/winrm/ntlm"
	"vnettune/trouble"
)

// mostUnsent is how often a message is tried again of which nothing was sent.
const mostUnsent = 3

// post sends one SOAP message and returns the answer; a fault is an error. It
// connects where there is no connection. A message is sent again only when it is
// known that the guest has not taken it: once where the guest wants the login of a kept
// connection anew, and a few times where nothing of it left this host. Of a connection that
// has just logged in that happens too: net/http gives up one whose writer does not get to
// run within 50 ms of an answer. An answer has most bytes at most.
func (c *Client) post(ctx context.Context, step, message string, most int64) ([]byte, error) {
	for unsent := 0; ; {
		kept := c.session != nil
		answer, err := c.ask(ctx, step, message, most)
		if err == nil {
			return answer, nil
		}
		var f *fault.Fault
		if errors.As(err, &f) {
			return nil, err // the connection is as good as before
		}
		c.disconnect()
		var refused *AuthError
		switch {
		case ctx.Err() != nil:
			return nil, err
		case errors.Is(err, errUnsent) && unsent < mostUnsent:
			unsent++
		case !kept || !errors.As(err, &refused) || c.config.Auth == Basic:
			return nil, err
		}
	}
}

// ask sends one message over the connection that there is, or a new one.
func (c *Client) ask(ctx context.Context, step, message string, most int64) ([]byte, error) {
	if c.session == nil {
		if err := c.logins.allowed(time.Now()); err != nil {
			return nil, err
		}
		s := c.newSession()
		var err error
		if s.channel, err = c.auth.prove(ctx, s); err != nil {
			s.close()
			err = c.unmet(ctx, "log in", err)
			c.logins.outcome(time.Now(), err)
			return nil, err
		}
		c.session = s
	}
	header, body, err := c.session.channel.wrap([]byte(message))
	if err != nil {
		return nil, c.failure(step, err)
	}
	r, err := c.session.exchange(ctx, header, body, most)
	if err != nil {
		return nil, c.unmet(ctx, step, err)
	}
	switch r.status {
	case http.StatusOK, http.StatusInternalServerError: // a message, or a fault
		c.logins.outcome(time.Now(), nil)
	case http.StatusUnauthorized:
		err := c.failure(step, refusal(r.header))
		if c.config.Auth != NTLM { // whose login is over by now
			c.logins.outcome(time.Now(), err)
		}
		return nil, err
	default:
		return nil, c.unmet(ctx, step, &fault.StatusError{Status: r.status})
	}
	answer, err := c.session.channel.unwrap(r)
	if err == nil {
		var f *fault.Fault
		if f, err = fault.Parse(ctx, step, answer); err == nil && f != nil {
			return nil, f
		}
	}
	switch {
	case r.status != http.StatusOK: // and no fault
		return nil, c.failure(step, &fault.StatusError{Status: r.status})
	case err != nil:
		return nil, &UnreadError{Step: step, Address: c.config.Address, Err: err}
	}
	c.met = true
	return answer, nil
}

// unmet is failure, for one that may be the first that is heard of the guest's port: where that speaks TLS, and was
// spoken to without, it says so.
func (c *Client) unmet(ctx context.Context, step string, err error) error {
	if c.inTLS(ctx, err) {
		err = trouble.Hint(fmt.Errorf("the port speaks TLS, and guest.control says http (%w)", err), "write guest.control as https://%s", c.config.Address)
	}
	return c.failure(step, err)
}

// failure completes an error with what the client knows.
func (c *Client) failure(step string, err error) error {
	var auth *AuthError
	var trust *TrustError
	var status *fault.StatusError
	switch {
	case errors.As(err, &auth):
		auth.Step, auth.User, auth.Address, auth.Auth, auth.HTTPS = step, c.config.User, c.config.Address, c.config.Auth, c.config.HTTPS
		return auth
	case errors.As(err, &trust):
		trust.Step = step
		return trust
	case errors.As(err, &status):
		status.Clear = c.config.Auth == Basic && !c.config.HTTPS
		if status.Passing() {
			return &NetError{Step: step, Err: status}
		}
		if err != error(status) { // with more about it
			return fmt.Errorf("winrm %s: %w", step, err)
		}
		status.Step = step
		return status
	case errors.Is(err, ntlm.ErrNotEncrypted):
		return fmt.Errorf("winrm %s: %s: %w", step, c.config.Address, err)
	}
	return &NetError{Step: step, Err: err}
}

// disconnect gives the connection up.
func (c *Client) disconnect() {
	if c.session != nil {
		c.session.close()
		c.session = nil
	}
}
