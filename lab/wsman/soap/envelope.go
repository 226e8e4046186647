package soap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Namespaces of the messages. Prefixes are the client's own choice and are never
// looked at.
const (
	nsSOAP     = "http://www.w3.org/2003/05/soap-envelope"
	nsAddr     = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	NSTransfer = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
	NSEnum     = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
	nsWSMan    = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
	nsMSWSMan  = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
	nsFault    = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
	NSShell    = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
	nsIdentity = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
)

// Envelope is a request. What a message does not have stays empty.
type Envelope struct {
	XMLName xml.Name `xml:"http://www.w3.org/2003/05/soap-envelope Envelope"`
	Header  struct {
		Action           string  `xml:"http://schemas.xmlsoap.org/ws/2004/08/addressing Action"`
		MessageID        string  `xml:"http://schemas.xmlsoap.org/ws/2004/08/addressing MessageID"`
		ResourceURI      string  `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd ResourceURI"`
		OperationTimeout string  `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd OperationTimeout"`
		MaxEnvelopeSize  int     `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd MaxEnvelopeSize"`
		Selectors        []named `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd SelectorSet>Selector"`
		Options          []named `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd OptionSet>Option"`
		Others           []other `xml:",any"`
	} `xml:"http://www.w3.org/2003/05/soap-envelope Header"`
	Body body `xml:"http://www.w3.org/2003/05/soap-envelope Body"`
}

type named struct {
	Name string `xml:"Name,attr"`
	Text string `xml:",chardata"`
}

// other is a header that the server does not look into.
type other struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
}

// understood are the others that nothing depends on here: where a message goes and where
// its answer, the languages, the ids of a client's session, a hint.
var understood = map[xml.Name]bool{
	{Space: nsAddr, Local: "To"}:                              true,
	{Space: nsAddr, Local: "From"}:                            true,
	{Space: nsAddr, Local: "ReplyTo"}:                         true,
	{Space: nsAddr, Local: "FaultTo"}:                         true,
	{Space: nsWSMan, Local: "Locale"}:                         true,
	{Space: nsMSWSMan, Local: "DataLocale"}:                   true,
	{Space: nsMSWSMan, Local: "SessionId"}:                    true,
	{Space: nsMSWSMan, Local: "OperationID"}:                  true,
	{Space: nsMSWSMan, Local: "SequenceId"}:                   true,
	{Space: nsWSMan, Local: "RequestTotalItemsCountEstimate"}: true,
}

// minEnvelope is the least MaxEnvelopeSize that a client may ask for, in bytes
// ([MS-WSMV] 3.1.4.1.7).
const minEnvelope = 8192

// Check refuses what must be understood and is not, a message without an id, and
// an envelope that no answer fits into. The attribute is SOAP's own: one without its
// namespace, as many clients write it, means nothing.
func (e *Envelope) Check() error {
	for _, h := range e.Header.Others {
		for _, a := range h.Attrs {
			if a.Name == (xml.Name{Space: nsSOAP, Local: "mustUnderstand"}) && IsTrue(strings.TrimSpace(a.Value)) && !understood[h.XMLName] {
				return errNotUnderstood
			}
		}
	}
	switch size := e.Header.MaxEnvelopeSize; {
	case e.Header.MessageID == "":
		return errNoMessageID
	case size != 0 && size < minEnvelope:
		return errEnvelopeTooSmall
	}
	return nil
}

// body holds what the played messages carry; at most one part is set.
type body struct {
	Identify  *struct{}    `xml:"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd Identify"`
	Shell     *shellBody   `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Shell"`
	Command   *commandBody `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell CommandLine"`
	Send      *sendBody    `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Send"`
	Receive   *receiveBody `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Receive"`
	Signal    *signalBody  `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Signal"`
	Enumerate *enumBody    `xml:"http://schemas.xmlsoap.org/ws/2004/09/enumeration Enumerate"`
	Pull      *pullBody    `xml:"http://schemas.xmlsoap.org/ws/2004/09/enumeration Pull"`
}

type shellBody struct {
	InputStreams     string  `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell InputStreams"`
	OutputStreams    string  `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell OutputStreams"`
	WorkingDirectory string  `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell WorkingDirectory"`
	IdleTimeOut      string  `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell IdleTimeOut"`
	Variables        []named `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Environment>Variable"`
}

type commandBody struct {
	Command   commandLine `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Command"`
	Arguments []string    `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Arguments"`
}

// commandLine is a command line as WinRM reads it: &#34; stays as it is in it
// (docs/facts/windows-answers.md C8), every other reference is replaced.
type commandLine string

// UnmarshalXML implements xml.Unmarshaler.
func (c *commandLine) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	var inner struct {
		Text string `xml:",innerxml"`
	}
	if err := d.DecodeElement(&inner, &start); err != nil {
		return err
	}
	const begin, end = "<![CDATA[", "]]>"
	var b strings.Builder
	for rest := inner.Text; ; {
		before, after, found := strings.Cut(rest, begin)
		b.WriteString(strings.ReplaceAll(before, "&#34;", "&amp;#34;"))
		if !found {
			break
		}
		within, behind, _ := strings.Cut(after, end)
		b.WriteString(begin + within + end)
		rest = behind
	}
	return xml.Unmarshal([]byte("<c>"+b.String()+"</c>"), (*string)(c))
}

type sendBody struct {
	Streams []struct {
		Name      string `xml:"Name,attr"`
		CommandID string `xml:"CommandId,attr"`
		End       string `xml:"End,attr"`
		Text      string `xml:",chardata"`
	} `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Stream"`
}

type receiveBody struct {
	Desired struct {
		CommandID string `xml:"CommandId,attr"`
		Names     string `xml:",chardata"`
	} `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell DesiredStream"`
}

type signalBody struct {
	CommandID string `xml:"CommandId,attr"`
	Code      string `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Code"`
}

type enumBody struct {
	Filter   string    `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd Filter"`
	Optimize *struct{} `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd OptimizeEnumeration"`
}

type pullBody struct {
	Context string `xml:"http://schemas.xmlsoap.org/ws/2004/09/enumeration EnumerationContext"`
}

// encoding/xml learns a type at its first use. Here that is before any request: two that
// come at once would each learn it, and the race detector has been seen to end a guest
// over how the package hands the outcome from one to the other.
func init() {
	for _, t := range []any{
		&Envelope{}, &new(Envelope).Header, &body{}, &named{}, &other{}, &shellBody{}, &commandBody{}, &sendBody{},
		&receiveBody{}, &new(receiveBody).Desired, &signalBody{}, &enumBody{}, &pullBody{},
	} {
		_ = xml.Unmarshal([]byte("<learned/>"), t) // no element has that name: it is the type that counts
	}
}

// Parse reads one request.
func Parse(b []byte) (*Envelope, error) {
	var e Envelope
	d := xml.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&e); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	h := &e.Header
	for _, s := range []*string{&h.Action, &h.MessageID, &h.ResourceURI, &h.OperationTimeout} {
		*s = strings.TrimSpace(*s)
	}
	if h.Action == "" && e.Body.Identify == nil {
		return nil, errors.New("request: neither an Action nor Identify")
	}
	return &e, nil
}

// Selector gives a selector's text, matched without case, "" where there is none.
func (e *Envelope) Selector(name string) string { return lookup(e.Header.Selectors, name) }

// Option gives an option's text, matched without case, "" where there is none.
func (e *Envelope) Option(name string) string { return lookup(e.Header.Options, name) }

func lookup(list []named, name string) string {
	for _, n := range list {
		if strings.EqualFold(n.Name, name) {
			return strings.TrimSpace(n.Text)
		}
	}
	return ""
}

// IsTrue reads an xs:boolean or the TRUE of an option.
func IsTrue(s string) bool { return strings.EqualFold(s, "true") || s == "1" }

var durationForm = regexp.MustCompile(`^P(?:(\d{1,5})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$`)

// ParseDuration reads an xs:duration of days and less ("PT60.000S"). A bare
// number is taken as seconds, as some clients send it for IdleTimeOut.
func ParseDuration(s string) (time.Duration, error) {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	m := durationForm.FindStringSubmatch(s)
	if m == nil || s == "P" || s[len(s)-1] == 'T' {
		return 0, fmt.Errorf("duration %q: want a form such as PT60S", s)
	}
	var total float64 // seconds
	for i, unit := range []float64{86400, 3600, 60, 1} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseFloat(m[i+1], 64)
		if err != nil {
			return 0, fmt.Errorf("duration %q: %w", s, err)
		}
		total += n * unit
	}
	if total > longest.Seconds() {
		return 0, fmt.Errorf("duration %q: longer than %s", s, longest)
	}
	return time.Duration(total * float64(time.Second)), nil
}

// longest is the longest duration that is taken, a year: a time.Duration ends at 292 of them.
const longest = 365 * 24 * time.Hour

// defaultTimeout is a request's OperationTimeout where it names none.
const defaultTimeout = time.Minute

// Timeout reads a request's OperationTimeout.
func (e *Envelope) Timeout() (time.Duration, error) {
	if e.Header.OperationTimeout == "" {
		return defaultTimeout, nil
	}
	d, err := ParseDuration(e.Header.OperationTimeout)
	if err != nil {
		return 0, Malformed(err.Error())
	}
	return d, nil
}
