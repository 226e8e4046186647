package wsman

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// reply is an answer: its action, its body as XML and its HTTP status (0: 200).
type reply struct {
	action string
	body   string
	status int
}

// Actions of the answers.
const (
	actionCreated   = nsTransfer + "/CreateResponse"
	actionDeleted   = nsTransfer + "/DeleteResponse"
	actionGot       = nsTransfer + "/GetResponse"
	actionCommand   = nsShell + "/CommandResponse"
	actionReceived  = nsShell + "/ReceiveResponse"
	actionSent      = nsShell + "/SendResponse"
	actionSignalled = nsShell + "/SignalResponse"
	actionEnumed    = nsEnum + "/EnumerateResponse"
	actionPulled    = nsEnum + "/PullResponse"
	actionFault     = nsWSMan + "/fault"
	actionAddrFault = nsAddr + "/fault"
)

const anonymous = nsAddr + "/role/anonymous"

// compose makes the envelope of r for the request with the given message id.
func compose(r reply, relatesTo string) string {
	if r.action == "" { // Identify is answered without addressing
		return `<s:Envelope xml:lang="" xmlns:s="` + nsSOAP + `"><s:Header/><s:Body>` + r.body + `</s:Body></s:Envelope>`
	}
	relates := ""
	if relatesTo != "" {
		relates = "<a:RelatesTo>" + esc(relatesTo) + "</a:RelatesTo>"
	}
	return `<s:Envelope xml:lang="en-US" xmlns:s="` + nsSOAP + `" xmlns:a="` + nsAddr + `" xmlns:x="` + nsTransfer +
		`" xmlns:w="` + nsWSMan + `" xmlns:rsp="` + nsShell + `" xmlns:p="` + nsMSWSMan + `" xmlns:n="` + nsEnum + `">` +
		`<s:Header><a:Action>` + r.action + `</a:Action><a:MessageID>uuid:` + newUUID() + `</a:MessageID><a:To>` + anonymous + `</a:To>` +
		relates + `</s:Header><s:Body>` + r.body + `</s:Body></s:Envelope>`
}

// esc makes text safe inside XML.
func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

// newUUID makes a random id in the upper-case form of Windows.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// fault is an error that is answered as a SOAP fault.
type fault struct {
	sender  bool   // whose fault: the client's or the server's
	subcode string // with the reply's prefixes
	detail  string // last part of the FaultDetail URI, "" for none
	code    uint32 // WSManFault code
	text    string
}

func (f *fault) Error() string { return fmt.Sprintf("%s (%d)", f.text, f.code) }

// The faults that are played. Codes are those of the windows-rs constants, or of
// Windows itself: 87 for an empty command line (masterzen/winrm#80), and as
// 0x8007xxxx what CreateProcess fails with. The texts are this server's own.
var (
	errTimedOut         = &fault{false, "w:TimedOut", "OperationTimeout", 2150858793, "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."}
	errShellNotFound    = &fault{true, "w:InvalidSelectors", "UnexpectedSelectors", 2150858843, "The request contains selectors that name no shell on this machine."}
	errCommandNotFound  = &fault{true, "w:InvalidParameter", "", 2150859085, "The request names no command of this shell."}
	errAborted          = &fault{false, "w:InternalError", "", 995, "The I/O operation has been aborted because the command was terminated."}
	errTooManyShells    = &fault{false, "w:QuotaLimit", "", 2150859173, "This user is allowed no more shells on this machine. Delete shells or wait until idle ones end."}
	errTooManyCommands  = &fault{false, "w:QuotaLimit", "", 2150859241, "The shell is allowed no more commands at a time."}
	errStdinFull        = &fault{false, "w:QuotaLimit", "", 2150858815, "The command has not read its input and takes no more."}
	errUnknownAction    = &fault{true, "a:ActionNotSupported", "", 2150858753, "The action is not supported."}
	errUnknownResource  = &fault{true, "a:DestinationUnreachable", "InvalidResourceURI", 2150858811, "The resource URI is missing or names nothing on this machine."}
	errNotUnderstood    = &fault{false, "", "", 2150858768, "A header that must be understood is not."}
	errNoMessageID      = &fault{true, "a:MessageInformationHeaderRequired", "", 2150858769, "The request has no MessageID."}
	errEnvelopeTooSmall = &fault{true, "w:EncodingLimit", "MinimumEnvelopeLimit", 2150858878, "The MaxEnvelopeSize of the request is below 8192 bytes, in which no answer fits."}
	errNoCommand        = &fault{true, "w:InvalidParameter", "", 87, "The parameter is incorrect."}
	errNoProgram        = &fault{false, "w:InternalError", "", 2147942402, "The system cannot find the file specified."}
	errCommandTooLong   = &fault{false, "w:InternalError", "", 2147942606, "The filename or extension is too long."}
)

// errSchema says that a request has not the form that it must have.
func errSchema(text string) *fault {
	return &fault{true, "w:SchemaValidationError", "", 2150858817, text}
}

// reply makes the SOAP fault; every fault has HTTP status 500.
func (f *fault) reply() reply {
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
	return reply{action: action, status: http.StatusInternalServerError, body: "<s:Fault><s:Code><s:Value>" + who +
		"</s:Value>" + subcode + "</s:Code>" +
		`<s:Reason><s:Text xml:lang="en-US">` + esc(f.text) + "</s:Text></s:Reason><s:Detail>" + detail +
		`<f:WSManFault xmlns:f="` + nsFault + `" Code="` + strconv.FormatUint(uint64(f.code), 10) + `" Machine="localhost"><f:Message>` +
		esc(f.text) + "</f:Message></f:WSManFault></s:Detail></s:Fault>"}
}
