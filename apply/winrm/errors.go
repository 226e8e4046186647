package winrm

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrUnauthorized says that the guest did not accept the user or the password.
var ErrUnauthorized = errors.New("the guest refuses the user or the password")

// A NetError is a failure below WinRM: no connection, a reset, a deadline. The
// guest may have run what was asked.
type NetError struct {
	Step string // which exchange: create shell, command, send, receive ...
	Err  error
}

func (e *NetError) Error() string { return fmt.Sprintf("winrm %s: %v", e.Step, e.Err) }
func (e *NetError) Unwrap() error { return e.Err }

// A Fault is an error that the WinRM service itself answered.
type Fault struct {
	Step    string
	Code    uint64 // WSMan code; 0 when the fault carried none
	Subcode string // such as w:TimedOut
	Text    string // the service's words, possibly localised
}

func (f *Fault) Error() string {
	meaning := f.Text
	if m, ok := meanings[f.Code]; ok {
		meaning = m
	}
	return fmt.Sprintf("winrm %s: the service answered fault %d: %s", f.Step, f.Code, meaning)
}

// Codes that the client branches on (windows-rs constants; winrm/FACTS 2).
const (
	codeOperationTimeout = 2150858793
	codeShellNotFound    = 2150858843
)

// meanings says in plain words what a code means and what to do.
var meanings = map[uint64]string{
	codeOperationTimeout: "nothing to report within the operation timeout",
	codeShellNotFound:    "the shell is gone (reboot, service restart or idle timeout)",
	2150859082:           "the shell was closed already",
	2150859084:           "the shell handle is invalid",
	2150859085:           "the command handle is invalid",
	2150859118:           "the shell is not initialised",
	2150859173:           "too many shells are open on the guest; close them or raise MaxShellsPerUser",
	2150859174:           "too many operations at once; raise MaxConcurrentOperations on the guest",
	2150859175:           "too many operations of this user; raise MaxConcurrentOperationsPerUser on the guest",
	2150859176:           "too many operations on the system",
	2150858815:           "a quota of the guest is used up",
	2150858790:           "the message exceeds the guest's MaxEnvelopeSizekb",
	2150858806:           "the guest refuses the user or the password",
	5:                    "access denied: the user must be an administrator of the guest",
	2147942405:           "access denied: the user must be an administrator of the guest",
	2150859180:           "remote shells are not allowed on the guest (AllowRemoteShellAccess)",
	995:                  "the service is stopping or the command was killed",
	2147943418:           "the user's profile is being unloaded; a new shell is needed",
}

// shellLost says whether a new shell is needed after the fault.
func (f *Fault) shellLost() bool {
	switch f.Code {
	case codeShellNotFound, 2150859082, 2150859084, 2150859085, 2150859118, 2147943418:
		return true
	}
	return false
}

// parseFault reads the fault of a SOAP answer; nil when the answer is no fault.
func parseFault(step, answer string) *Fault {
	dec := xml.NewDecoder(strings.NewReader(answer))
	var f *Fault
	var path []string
	for {
		tok, err := dec.Token()
		if err != nil { // the end, or no XML at all: what was seen so far counts
			return f
		}
		switch t := tok.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			switch t.Name.Local {
			case "Fault":
				f = &Fault{Step: step}
			case "WSManFault":
				for _, a := range t.Attr {
					if f != nil && a.Name.Local == "Code" {
						f.Code, _ = strconv.ParseUint(a.Value, 10, 64)
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
				f.Text += text
			}
		}
	}
}
