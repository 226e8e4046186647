package winrm

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

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

func (f *Fault) kind() faultKind { return codes[f.Code].kind }

// parseEnvelope looks through a SOAP answer. It gives the fault that it holds, nil
// for none, whatever its HTTP status was; an answer that is no whole envelope is
// an error.
func parseEnvelope(step string, answer []byte) (*Fault, error) {
	dec := xml.NewDecoder(strings.NewReader(string(answer)))
	var f *Fault
	var path []string
	for root := true; ; {
		tok, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && !root:
			return f, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("the answer is empty")
		case err != nil:
			return nil, fmt.Errorf("the answer is no whole SOAP message: %w", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if root && t.Name.Local != "Envelope" {
				return nil, errors.New("the answer is no SOAP message")
			}
			root = false
			path = append(path, t.Name.Local)
			switch {
			case t.Name.Local == "Fault" && len(path) == 3 && path[1] == "Body":
				f = &Fault{Step: step}
			case t.Name.Local == "WSManFault" && f != nil:
				for _, a := range t.Attr {
					if a.Name.Local == "Code" {
						f.Code, _ = strconv.ParseUint(a.Value, 10, 64) // 0 is "none"
					}
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if f == nil || len(path) < 2 {
				continue
			}
			text := strings.TrimSpace(string(t))
			switch at := path[len(path)-2] + "/" + path[len(path)-1]; {
			case at == "Subcode/Value":
				f.Subcode += text
			case at == "Reason/Text":
				f.Text += short(text)
			}
		}
	}
}
