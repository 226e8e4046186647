package envelope

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"vnettune/foreign"
)

// The namespaces of what is looked for.
const (
	addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	shell      = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
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
