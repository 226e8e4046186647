package winrm

import (
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"

	"vnettune/apply/winrm/fault"
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

const soapType = "application/soap+xml"

// open carries messages as they are. The connection hides them, or the campaign
// says in so many words that nothing need hide them.
type open struct {
	authorization string // of every request, "" for none
}

func (o open) wrap(message []byte) (http.Header, []byte, error) {
	h := http.Header{"Content-Type": {soapType + ";charset=UTF-8"}}
	if o.authorization != "" {
		h.Set("Authorization", o.authorization)
	}
	return h, message, nil
}

func (o open) unwrap(r reply) ([]byte, error) {
	if t, _, err := mime.ParseMediaType(r.header.Get("Content-Type")); err != nil || t != soapType {
		return nil, fmt.Errorf("it answers with content type %q: this is no WinRM service", fault.Short(t))
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
