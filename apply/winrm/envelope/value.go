package envelope

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vnettune/foreign"
)

// The namespaces of what is looked for.
const (
	addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	shell      = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
	identity   = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
)

// The actions of the two answers that name something.
const (
	createResponse  = "http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse"
	commandResponse = shell + "/CommandResponse"
)

// idForm is how ids look. Windows gives GUIDs; an id is sent back as it came, so it must not
// mean anything in XML.
var idForm = regexp.MustCompile(`^[A-Za-z0-9{}:._-]{1,100}$`)

// ShellID is the shell that an answer to Create names.
func ShellID(ctx context.Context, answer []byte) (string, error) {
	return id(ctx, answer, createResponse, "ShellId", "shell")
}

// CommandID is the command that an answer to Command names.
func CommandID(ctx context.Context, answer []byte) (string, error) {
	return id(ctx, answer, commandResponse, "CommandId", "command")
}

// id takes the text of the element in the body of an answer with the action wanted.
func id(ctx context.Context, answer []byte, wanted, element, what string) (string, error) {
	var action, found string
	var text strings.Builder // of the element that is being read
	err := Walk(ctx, answer, func(path []xml.Name, token xml.Token) error {
		at := path[len(path)-1]
		of := &found
		switch {
		case len(path) == 3 && path[1].Local == "Header" && at == xml.Name{Space: addressing, Local: "Action"}:
			of = &action
		case len(path) > 2 && path[1].Local == "Body" && at == xml.Name{Space: shell, Local: element}:
		default:
			return nil
		}
		switch t := token.(type) {
		case xml.StartElement:
			text.Reset()
		case xml.CharData:
			text.Write(t[:min(len(t), maxTag)])
			if text.Len() > maxTag {
				return fmt.Errorf("the answer names no %s", what)
			}
		case xml.EndElement:
			value := strings.TrimSpace(text.String())
			if *of != "" && *of != value {
				return errors.New("the answer says two things at once")
			}
			*of = value
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case action != wanted:
		return "", fmt.Errorf("an answer to something else came: %s", foreign.Word(action))
	case found == "":
		return "", fmt.Errorf("the answer names no %s", what)
	case !idForm.MatchString(found):
		return "", fmt.Errorf("the answer's id of a %s is none: %s", what, foreign.Word(found))
	}
	return found, nil
}

// versionForm is how a service names its Windows, such as "OS: 10.0.17763 SP: 0.0 Stack: 3.0"
// (https://learn.microsoft.com/powershell/module/microsoft.wsman.management/test-wsman).
var versionForm = regexp.MustCompile(`^OS: \d{1,3}\.\d{1,3}\.(\d{1,9})\b`)

// Build is the build of Windows that an answer to Identify tells; 0 where it tells none.
func Build(ctx context.Context, answer []byte) int {
	var text strings.Builder
	if err := Walk(ctx, answer, func(path []xml.Name, token xml.Token) error {
		t, ok := token.(xml.CharData)
		if ok && path[len(path)-1] == (xml.Name{Space: identity, Local: "ProductVersion"}) {
			text.Write(t[:min(len(t), maxTag-min(text.Len(), maxTag))])
		}
		return nil
	}); err != nil {
		return 0
	}
	m := versionForm.FindStringSubmatch(strings.TrimSpace(text.String()))
	if m == nil {
		return 0
	}
	build, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return build
}
