package fault

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"vnettune/apply/winrm/envelope"
	"vnettune/foreign"
)

// ErrUnauthorized says that the guest did not accept the user or the password. The
// errors that are one are *winrm.AuthError and the *Fault of a failed authentication.
var ErrUnauthorized = errors.New("the guest refuses the user or the password")

// A Fault is an error that the WinRM service itself answered.
type Fault struct {
	Step    string
	Code    uint64 // WSMan or Windows error code; 0 when the fault carried none
	Subcode string // such as w:TimedOut
	Text    string // the service's words, possibly localised
}

// Error says what the code means.
func (f *Fault) Error() string {
	meaning, name := f.Text, ""
	if m, ok := codes[f.Code]; ok {
		meaning, name = m.means, " (ERROR_"+m.name+")"
	}
	if meaning == "" {
		meaning = "without a reason, subcode " + f.Subcode
	}
	return fmt.Sprintf("winrm %s: the service answered fault %d%s: %s", f.Step, f.Code, name, meaning)
}

// Advice is what to do about the fault, where it is known.
func (f *Fault) Advice() string { return codes[f.Code].remedy }

// Is makes the fault of a failed authentication an ErrUnauthorized.
func (f *Fault) Is(target error) bool { return target == ErrUnauthorized && f.Code == codeFailedAuth }

// Kind is what the fault means for the client.
func (f *Fault) Kind() Kind { return codes[f.Code].kind }

// maxWords is how much of a fault's reason and subcode is read: what is shown is less.
const maxWords = 4 << 10

// Parse looks through a SOAP answer. It gives the fault that it holds, nil
// for none, whatever its HTTP status was; an answer that is no whole envelope is
// an error, and so is the end of ctx.
func Parse(ctx context.Context, step string, answer []byte) (*Fault, error) {
	var f *Fault
	var subcode, text strings.Builder
	err := envelope.Walk(ctx, answer, func(path []xml.Name, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "Fault" && len(path) == 3 && path[1].Local == "Body":
				f = &Fault{Step: step}
			case t.Name.Local == "WSManFault" && f != nil:
				for _, a := range t.Attr {
					if a.Name.Local == "Code" {
						f.Code, _ = strconv.ParseUint(a.Value, 10, 64) // 0 is "none"
					}
				}
			}
		case xml.CharData:
			if f == nil || len(path) < 2 {
				return nil
			}
			switch at := path[len(path)-2].Local + "/" + path[len(path)-1].Local; at {
			case "Subcode/Value":
				gather(&subcode, t)
			case "Reason/Text":
				gather(&text, t)
			}
		}
		return nil
	})
	if err != nil || f == nil {
		return nil, err
	}
	f.Subcode, f.Text = foreign.Words(subcode.String()), foreign.Words(text.String())
	return f, nil
}

// gather adds as much of a text as is read.
func gather(to *strings.Builder, text []byte) {
	to.Write(text[:min(len(text), maxWords-to.Len())])
}

// NoWinRM is what to do where another service than WinRM answers.
const NoWinRM = "check guest.control: another service answers at that port; WinRM listens at 5985 (http) or 5986 (https) unless told otherwise (on the guest: winrm enumerate winrm/config/listener)"

// A StatusError is an HTTP answer without a message of WinRM in it.
type StatusError struct {
	Step   string
	Status int
	Realm  string // with 401: what another service than WinRM asks for a login to
	Clear  bool   // the request was neither encrypted nor sent over https
}

// Error says what the status means.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("HTTP status %d %s", e.Status, http.StatusText(e.Status))
	if e.Step != "" {
		s = "winrm " + e.Step + ": " + s
	}
	switch e.Status {
	case http.StatusOK:
		s += ": it does not ask for a login, as WinRM does"
	case http.StatusBadRequest:
		s += ": it does not understand what WinRM is asked"
	case http.StatusUnauthorized:
		s += fmt.Sprintf(": it asks for a login to %q, and WinRM for one to WSMAN", e.Realm)
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		s += ": a proxy or a gateway answers, and does not reach the guest"
	case http.StatusForbidden:
		s += ": the guest does not take requests from here, or wants a client certificate"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		s += ": nothing listens for WinRM at /wsman there"
	case http.StatusRequestEntityTooLarge:
		s += ": " + tooLarge
	case http.StatusServiceUnavailable:
		s += ": the WinRM service is not running, or not yet"
	case http.StatusInternalServerError:
		if e.Clear {
			s += ": a guest that refuses messages that are not encrypted answers so"
		}
	}
	return s
}

// Advice is what to do about the status, where it is known.
func (e *StatusError) Advice() string {
	switch {
	case e.Status < 400, e.Status == http.StatusBadRequest, e.Status == http.StatusUnauthorized, e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		return NoWinRM
	case e.Status == http.StatusForbidden:
		return "on the guest: winrm get winrm/config/service; its IPv4Filter and IPv6Filter say from where it takes requests. Where guest.control names a proxy or a web server, name the guest"
	case e.Status == http.StatusBadGateway, e.Status == http.StatusGatewayTimeout:
		return "check guest.control and transport.proxy, and that the guest behind it is up"
	case e.Status == http.StatusServiceUnavailable:
		return "on the guest: sc.exe query WinRM; the script of vnettune guest-setup starts it"
	case e.Status == http.StatusRequestEntityTooLarge:
		return raiseEnvelope
	case e.Status == http.StatusInternalServerError && e.Clear:
		return "take transport.auth: ntlm, which encrypts messages"
	}
	return ""
}

// Passing says whether the status is one of a service that is starting or ending.
func (e *StatusError) Passing() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}
