package winrm

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"vnettune/apply/winrm/fault"
	"vnettune/apply/winrm/ntlm"
	"vnettune/foreign"
	"vnettune/trouble"
)

// authentication proves the user to the guest. Basic, NTLM and client
// certificates are the ones there are; Kerberos would be one more: its prove would
// exchange tokens as NTLM's does and return a channel that seals with the ticket's key.
type authentication interface {
	// prove makes a new connection the user's and says how messages travel on it.
	prove(ctx context.Context, s *session) (channel, error)
}

// channel carries SOAP messages over one connection. It may keep state of the
// connection: after an error it is not used again.
type channel interface {
	// wrap makes header and body of a message.
	wrap(message []byte) (http.Header, []byte, error)
	// unwrap takes the message out of an answer.
	unwrap(r reply) ([]byte, error)
}

// The content type of messages.
const (
	soapType = "application/soap+xml"
	soapUTF8 = soapType + ";charset=UTF-8"
)

// open carries messages as they are. The connection hides them, or the campaign
// says in so many words that nothing need hide them.
type open struct {
	authorization string // of every request, "" for none
}

func (o open) wrap(message []byte) (http.Header, []byte, error) {
	h := http.Header{"Content-Type": {soapUTF8}}
	if o.authorization != "" {
		h.Set("Authorization", o.authorization)
	}
	return h, message, nil
}

func (o open) unwrap(r reply) ([]byte, error) {
	if t, _, err := mime.ParseMediaType(r.header.Get("Content-Type")); err != nil || t != soapType {
		return nil, trouble.Hint(fmt.Errorf("it answers with content type %q: this is no WinRM service", foreign.Word(t)), fault.NoWinRM)
	}
	return r.body, nil
}

// basic sends user and password with every request.
type basic struct{ user, password string }

func (b basic) prove(context.Context, *session) (channel, error) {
	return open{"Basic " + base64.StdEncoding.EncodeToString([]byte(b.user+":"+b.password))}, nil
}

// certificate is proved by TLS; the header names the profile (DSP0226, security
// profile https/mutual).
type certificate struct{}

func (certificate) prove(context.Context, *session) (channel, error) {
	return open{"http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"}, nil
}

// negotiated proves the user by NTLM's challenge and response: the password never
// crosses the wire. It belongs to one connection.
type negotiated struct {
	user, password string
	seal           bool // encrypt every message, as plain HTTP needs
}

func (n negotiated) prove(ctx context.Context, s *session) (channel, error) {
	client, err := ntlm.NewClient(n.user, n.password)
	if err != nil {
		return nil, err
	}
	hello, err := client.Hello()
	if err != nil {
		return nil, err
	}
	first, err := s.exchange(ctx, negotiate(hello), nil, maxAnswer)
	if err != nil {
		return nil, err
	}
	if first.status != http.StatusUnauthorized {
		return nil, &fault.StatusError{Status: first.status}
	}
	challenge, err := challengeOf(first.header)
	if err != nil {
		return nil, err
	}
	answer, err := client.Answer(challenge, n.seal, first.certificate())
	if err != nil {
		return nil, err
	}
	second, err := s.exchange(ctx, negotiate(answer), nil, maxAnswer)
	switch {
	case err != nil:
		return nil, err
	case second.status == http.StatusUnauthorized:
		return nil, &AuthError{Offered: offered(second.header)}
	case second.status == http.StatusServiceUnavailable:
		return nil, &fault.StatusError{Status: second.status}
	}
	if n.seal {
		return sealed{client.Session()}, nil
	}
	return open{}, nil
}

// negotiate is the header of an empty request with a token. Windows takes a bare
// NTLM message in place of SPNEGO's.
func negotiate(token string) http.Header {
	return http.Header{
		"Authorization": {"Negotiate " + token},
		"Content-Type":  {soapUTF8},
	}
}

// challengeOf takes the server's token out of its refusal.
func challengeOf(h http.Header) (string, error) {
	for _, v := range h.Values("WWW-Authenticate") {
		scheme, token, _ := strings.Cut(strings.TrimSpace(v), " ")
		if !strings.EqualFold(scheme, "Negotiate") || token == "" {
			continue
		}
		return strings.TrimSpace(token), nil
	}
	return "", refusal(h)
}

// refusal is a demand for a login as an error: one of the guest, or of another service in its place.
func refusal(h http.Header) error {
	all := offered(h)
	for _, v := range h.Values("WWW-Authenticate") {
		_, realm, named := strings.Cut(v, `realm="`)
		realm, _, _ = strings.Cut(realm, `"`)
		if named && realm != wsman && !slices.Contains(all, "Negotiate") && !slices.Contains(all, "Kerberos") {
			return &fault.StatusError{Status: http.StatusUnauthorized, Realm: foreign.Word(realm)}
		}
	}
	return &AuthError{Offered: all}
}

// wsman is the realm that WinRM names where it takes Basic.
const wsman = "WSMAN"

// schemes are the ways to log in that a WinRM service can offer.
var schemes = []string{"Negotiate", "Kerberos", "NTLM", "Basic", "CredSSP", "Digest"}

// offered lists the schemes that the guest would take. Other words of it are not
// repeated: what they are nobody knows.
func offered(h http.Header) []string {
	var all []string
	for _, v := range h.Values("WWW-Authenticate") {
		word, _, _ := strings.Cut(strings.TrimSpace(v), " ")
		for _, s := range schemes {
			if strings.EqualFold(s, word) {
				all = append(all, s)
			}
		}
	}
	return all
}

// sealed carries messages encrypted and signed with the keys of the login.
type sealed struct{ session *ntlm.Session }

func (s sealed) wrap(message []byte) (http.Header, []byte, error) {
	contentType, body, err := s.session.Wrap(soapUTF8, message)
	return http.Header{"Content-Type": {contentType}}, body, err
}

func (s sealed) unwrap(r reply) ([]byte, error) {
	return s.session.Unwrap(r.header.Get("Content-Type"), r.body)
}

// How often a login that was refused is tried again. Whoever polls a guest would
// otherwise lock the account: Windows does so after 10 refusals by default
// (Microsoft, Account lockout threshold; Windows 11 22H2 and later), and policies of
// domains after 5. A few tries there must be, since a guest that is starting may not
// know its users yet.
const (
	maxLogins   = 4
	loginWindow = 30 * time.Minute // in which there are no more refusals than that
	loginPause  = 5 * time.Second  // after the first refusal; doubles
)

// logins keeps count of refused logins. The zero value has seen none.
type logins struct {
	refused []time.Time // since the last success, not older than loginWindow
	last    error
}

// next is when a login may be tried.
func (l *logins) next() time.Time {
	n := len(l.refused)
	switch {
	case n == 0:
		return time.Time{}
	case n >= maxLogins:
		return l.refused[n-maxLogins].Add(loginWindow)
	}
	return l.refused[n-1].Add(loginPause << (n - 1))
}

// allowed gives the refusal again where no login may be tried now.
func (l *logins) allowed(now time.Time) error {
	l.forget(now)
	next := l.next()
	switch {
	case !now.Before(next):
		return nil
	case len(l.refused) >= maxLogins:
		return fmt.Errorf("%w; it was refused %d times and is not tried again for %s, lest the account be locked",
			l.last, len(l.refused), next.Sub(now).Round(time.Second))
	}
	return l.last
}

// forget drops the refusals that are older than the window.
func (l *logins) forget(now time.Time) {
	l.refused = slices.DeleteFunc(l.refused, func(t time.Time) bool { return !now.Before(t.Add(loginWindow)) })
}

// outcome takes note of how a login went.
func (l *logins) outcome(now time.Time, err error) {
	refused, elsewhere := (*AuthError)(nil), (*fault.StatusError)(nil)
	switch {
	case err == nil:
		*l = logins{}
	case errors.As(err, &refused):
		l.refused, l.last = append(l.refused, now), refused
	case errors.As(err, &elsewhere) && elsewhere.Realm != "": // a gateway that asks for the same account locks it as well
		l.refused, l.last = append(l.refused, now), elsewhere
	}
}
