package soap

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Reply is an answer: its action, its body as XML and its HTTP status (0: 200).
type Reply struct {
	action string
	body   string
	Status int
}

// Actions of the faults.
const (
	actionFault     = nsWSMan + "/fault"
	actionAddrFault = nsAddr + "/fault"
)

// Anonymous is the address of whoever asked.
const Anonymous = nsAddr + "/role/anonymous"

// Answer is the answer to the request: its action is the request's and "Response".
func (e *Envelope) Answer(body string) Reply {
	return Reply{action: e.Header.Action + "Response", body: body}
}

// Compose makes the envelope of r for the request with the given message id.
func Compose(r Reply, relatesTo string) string {
	if r.action == "" { // Identify is answered without addressing
		return `<s:Envelope xml:lang="" xmlns:s="` + nsSOAP + `"><s:Header/><s:Body>` + r.body + `</s:Body></s:Envelope>`
	}
	relates := ""
	if relatesTo != "" {
		relates = "<a:RelatesTo>" + Escape(relatesTo) + "</a:RelatesTo>"
	}
	return `<s:Envelope xml:lang="en-US" xmlns:s="` + nsSOAP + `" xmlns:a="` + nsAddr + `" xmlns:x="` + NSTransfer +
		`" xmlns:w="` + nsWSMan + `" xmlns:rsp="` + NSShell + `" xmlns:p="` + nsMSWSMan + `" xmlns:n="` + NSEnum + `">` +
		`<s:Header><a:Action>` + r.action + `</a:Action><a:MessageID>uuid:` + NewUUID() + `</a:MessageID><a:To>` + Anonymous + `</a:To>` +
		relates + `</s:Header><s:Body>` + r.body + `</s:Body></s:Envelope>`
}

// Identified answers Identify with the version of the system.
func Identified(version string) Reply {
	return Reply{body: `<wsmid:IdentifyResponse xmlns:wsmid="` + nsIdentity + `"><wsmid:ProtocolVersion>` + nsWSMan +
		`</wsmid:ProtocolVersion><wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor><wsmid:ProductVersion>` +
		Escape(version) + `</wsmid:ProductVersion></wsmid:IdentifyResponse>`}
}

// Escape makes text safe inside XML.
func Escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

// NewUUID makes a random id in the upper-case form of Windows.
func NewUUID() string { return strings.ToUpper(uuid.NewString()) }

// Fault is an error that is answered as a SOAP fault.
type Fault struct {
	sender  bool   // whose fault: the client's or the server's
	subcode string // with the reply's prefixes
	detail  string // last part of the FaultDetail URI, "" for none
	code    uint32 // WSManFault code
	text    string
}

// Error is the text with its code.
func (f *Fault) Error() string { return fmt.Sprintf("%s (%d)", f.text, f.code) }

// OfSender is a fault of the client's. The subcode has the reply's prefixes; detail is the
// last part of the FaultDetail URI, "" for none; code is the WSManFault's.
func OfSender(subcode, detail string, code uint32, text string) *Fault {
	return &Fault{true, subcode, detail, code, text}
}

// OfReceiver is a fault of the server's.
func OfReceiver(subcode, detail string, code uint32, text string) *Fault {
	return &Fault{false, subcode, detail, code, text}
}

// The faults of a header. Their codes are those of the windows-rs constants, their texts
// this server's own.
var (
	errNotUnderstood    = OfReceiver("", "", 2150858768, "A header that must be understood is not.")
	errNoMessageID      = OfSender("a:MessageInformationHeaderRequired", "", 2150858769, "The request has no MessageID.")
	errEnvelopeTooSmall = OfSender("w:EncodingLimit", "MinimumEnvelopeLimit", 2150858878, "The MaxEnvelopeSize of the request is below 8192 bytes, in which no answer fits.")
)

// Malformed says that a request has not the form that it must have.
func Malformed(text string) *Fault {
	return OfSender("w:SchemaValidationError", "", 2150858817, text)
}

// Reply makes the SOAP fault; every fault has HTTP status 500.
func (f *Fault) Reply() Reply {
	who, subcode := "s:Receiver", ""
	switch {
	case f == errNotUnderstood: // SOAP's own, which has no second word
		who = "s:MustUnderstand"
	case f.sender:
		who = "s:Sender"
	}
	if f.subcode != "" {
		subcode = "<s:Subcode><s:Value>" + f.subcode + "</s:Value></s:Subcode>"
	}
	detail := ""
	if f.detail != "" {
		detail = "<w:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/" + f.detail + "</w:FaultDetail>"
	}
	action := actionFault
	if strings.HasPrefix(f.subcode, "a:") {
		action = actionAddrFault
	}
	return Reply{action: action, Status: http.StatusInternalServerError, body: "<s:Fault><s:Code><s:Value>" + who +
		"</s:Value>" + subcode + "</s:Code>" +
		`<s:Reason><s:Text xml:lang="en-US">` + Escape(f.text) + "</s:Text></s:Reason><s:Detail>" + detail +
		`<f:WSManFault xmlns:f="` + nsFault + `" Code="` + strconv.FormatUint(uint64(f.code), 10) + `" Machine="localhost"><f:Message>` +
		Escape(f.text) + "</f:Message></f:WSManFault></s:Detail></s:Fault>"}
}
