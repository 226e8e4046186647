package winrm

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vnettune/apply/winrm/fault"
)

// stateDone is the state of a command that has ended ([MS-WSMV] 2.2.4.10).
const stateDone = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"

// receiveResponse is an answer to Receive.
type receiveResponse struct {
	XMLName xml.Name `xml:"Envelope"`
	Body    struct {
		Response *struct {
			Streams []struct {
				Name      string `xml:"Name,attr"`
				CommandID string `xml:"CommandId,attr"`
				Text      string `xml:",chardata"`
			} `xml:"Stream"`
			State struct {
				State string  `xml:"State,attr"`
				Exit  *string `xml:"ExitCode"`
			} `xml:"CommandState"`
		} `xml:"ReceiveResponse"`
	} `xml:"Body"`
}

// parseReceive takes a command's output out of an answer and says whether it has
// ended, with its exit code. The library's own reading takes what it cannot decode
// for nothing, and a missing exit code for 0.
func parseReceive(answer []byte, command string, stdout, stderr *bytes.Buffer) (done bool, exit int, err error) {
	var r receiveResponse
	if err := xml.Unmarshal(answer, &r); err != nil {
		return false, 0, fmt.Errorf("the answer is malformed: %w", err)
	}
	if r.Body.Response == nil {
		return false, 0, errors.New("the answer holds no output")
	}
	for _, s := range r.Body.Response.Streams {
		var to *bytes.Buffer
		switch s.Name {
		case "stdout":
			to = stdout
		case "stderr":
			to = stderr
		default:
			continue
		}
		if !strings.EqualFold(s.CommandID, command) {
			return false, 0, errors.New("the answer holds another command's output")
		}
		if _, err := io.Copy(to, base64.NewDecoder(base64.StdEncoding, strings.NewReader(strings.TrimSpace(s.Text)))); err != nil {
			return false, 0, fmt.Errorf("%s is no base64: %w", s.Name, err)
		}
	}
	if r.Body.Response.State.State != stateDone {
		return false, 0, nil
	}
	if r.Body.Response.State.Exit == nil {
		return false, 0, errors.New("the command ended without an exit code: it was ended from outside")
	}
	code, err := strconv.ParseUint(strings.TrimSpace(*r.Body.Response.State.Exit), 10, 32)
	if err != nil {
		// A negative number is the same bits as a signed one.
		signed, signedErr := strconv.ParseInt(strings.TrimSpace(*r.Body.Response.State.Exit), 10, 32)
		if signedErr != nil {
			return false, 0, fmt.Errorf("the exit code %q is no number", fault.Short(*r.Body.Response.State.Exit))
		}
		code = uint64(uint32(signed))
	}
	return true, int(code), nil
}
