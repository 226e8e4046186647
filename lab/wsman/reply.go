package wsman

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
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
