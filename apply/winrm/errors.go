package winrm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vnettune/apply/winrm/fault"
	"vnettune/foreign"
)

// A NetError is a failure below WinRM: no connection, a reset, a deadline, or an
// HTTP server without its service behind it. The guest may have run what was asked.
type NetError struct {
	Step string // which exchange: create shell, command, send, receive ...
	Err  error
}

// Error says in which exchange what failed.
func (e *NetError) Error() string {
	return fmt.Sprintf("winrm %s: %s", e.Step, foreign.Line(e.Err.Error()))
}

// Unwrap gives what failed.
func (e *NetError) Unwrap() error { return e.Err }

// Lost says whether err means that the guest could not be reached, that the
// connection broke, or that the service is not there or is going: what a reboot
// looks like, as opposed to an answer.
func Lost(err error) bool {
	var lost *NetError
	var f *fault.Fault
	return errors.As(err, &lost) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &f) && f.Kind() == fault.Gone
}

// An UnreadError is an answer that came and cannot be read: the guest has taken what was sent.
type UnreadError struct {
	Step    string // which exchange
	Address string
	Err     error
}

// Error says in which exchange, and why.
func (e *UnreadError) Error() string {
	return fmt.Sprintf("winrm %s: %s: %v", e.Step, e.Address, e.Err)
}

// Unwrap gives the reason.
func (e *UnreadError) Unwrap() error { return e.Err }

// Begun says whether err leaves it open that a command was begun: an answer about it came, and could
// not be read.
func Begun(err error) bool {
	var unread *UnreadError
	return errors.As(err, &unread) && slices.Contains([]string{"command", "send", "receive"}, unread.Step)
}

// An AuthError is a login that the guest refused.
type AuthError struct {
	Step    string
	User    string
	Address string
	Auth    Auth
	HTTPS   bool
	Offered []string // the schemes that the guest takes, as it says
}

// Is makes every AuthError an ErrUnauthorized.
func (e *AuthError) Is(target error) bool { return target == fault.ErrUnauthorized }

// Error says who was refused, and why if that is known.
func (e *AuthError) Error() string {
	s := fmt.Sprintf("winrm %s: %v (%s at %s)", e.Step, fault.ErrUnauthorized, e.User, e.Address)
	if cause, _ := e.cause(); cause != "" {
		s += ": " + cause
	}
	return s
}

// Advice is what lets the user in.
func (e *AuthError) Advice() string {
	_, advice := e.cause()
	return advice
}

// cause is what may be the reason of the refusal, and what to do then; "" where it can
// only be the user or the password.
func (e *AuthError) cause() (cause, advice string) {
	offers := func(scheme string) bool {
		return slices.ContainsFunc(e.Offered, func(o string) bool { return strings.EqualFold(o, scheme) })
	}
	have := strings.Join(e.Offered, ", ")
	switch {
	case e.Auth == Certificate:
		return "no user of the guest is mapped to the client certificate, or it does not take certificates",
			"on the guest, in cmd.exe: winrm set winrm/config/service/auth @{Certificate=\"true\"}"
	case e.Auth == Basic && have != "" && !offers("Basic"):
		return "it takes " + have + ", not Basic", "take transport.auth: ntlm"
	case e.Auth == Basic && !e.HTTPS:
		return "or it refuses messages that are not encrypted", "take transport.auth: ntlm"
	case e.Auth == NTLM && have != "" && !offers("Negotiate"):
		return "it takes " + have + ", not Negotiate",
			"on the guest, in cmd.exe: winrm set winrm/config/service/auth @{Negotiate=\"true\"}; or take transport.auth: basic over https"
	case e.Auth == NTLM && have != "":
		// It takes the scheme and not this proof (docs/facts/windows-answers.md D11).
		return "", "where user and password are right, a policy keeps NTLM logons out (Restrict NTLM, Protected Users, network logons denied to local accounts): take a local administrator whom no such policy names"
	}
	return "", ""
}

// A TrustError is a certificate that is not trusted. Nothing was sent to its owner.
type TrustError struct {
	Step        string
	Fingerprint string // of the certificate that was shown, SHA-256 in hexadecimal
	Err         error
}

// Unwrap gives what TLS says of the certificate.
func (e *TrustError) Unwrap() error { return e.Err }

// Error says why it is not trusted.
func (e *TrustError) Error() string {
	var pin *pinError
	if errors.As(e.Err, &pin) {
		return fmt.Sprintf("winrm %s: %v: unless the guest was given a new certificate, something else answers in its place", e.Step, e.Err)
	}
	return fmt.Sprintf("winrm %s: the guest's certificate is not trusted (%s)", e.Step, foreign.Line(e.Err.Error()))
}

// Advice is how to come to trust it.
func (e *TrustError) Advice() string {
	var pin *pinError
	if errors.As(e.Err, &pin) {
		return ""
	}
	return "name its authority as guest.trust.ca, or give its fingerprint as guest.trust.fingerprint, if the guest says the same one: " + e.Fingerprint
}

// withContext prefers the context's own error: a cancelled call failed because
// it was cancelled, whatever the network said.
func withContext(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%v)", ctx.Err(), err)
	}
	return err
}
