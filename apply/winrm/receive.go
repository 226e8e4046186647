package winrm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vnettune/apply/winrm/envelope"
	"vnettune/foreign"
)

// stateDone is the state of a command that has ended ([MS-WSMV] 2.2.4.10).
const stateDone = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"

// received is what an answer to Receive says of a command: its output goes to the streams.
type received struct {
	command        string // whose output it is
	stdout, stderr *bytes.Buffer

	whole bool // there was a response at all
	done  bool
	exit  *string // as written

	text bytes.Buffer // of the element that is being read
	to   *bytes.Buffer
}

// parseReceive takes a command's output out of an answer and says whether it has
// ended, with its exit code. The library's own reading takes what it cannot decode
// for nothing, and a missing exit code for 0.
func parseReceive(ctx context.Context, answer []byte, command string, stdout, stderr *bytes.Buffer) (done bool, exit int, err error) {
	r := received{command: command, stdout: stdout, stderr: stderr}
	if err := envelope.Walk(ctx, answer, r.see); err != nil {
		return false, 0, err
	}
	switch {
	case !r.whole:
		return false, 0, errors.New("the answer holds no output")
	case !r.done:
		return false, 0, nil
	case r.exit == nil:
		return false, 0, errors.New("the command ended without an exit code: it was ended from outside")
	}
	code, err := strconv.ParseUint(strings.TrimSpace(*r.exit), 10, 32)
	if err != nil {
		// A negative number is the same bits as a signed one.
		signed, signedErr := strconv.ParseInt(strings.TrimSpace(*r.exit), 10, 32)
		if signedErr != nil {
			return false, 0, fmt.Errorf("the exit code %q is no number", foreign.Word(*r.exit))
		}
		code = uint64(uint32(signed))
	}
	return true, int(code), nil
}

// see reads Body/ReceiveResponse/Stream, CommandState and CommandState/ExitCode.
func (r *received) see(path []xml.Name, token xml.Token) error {
	if len(path) < 3 || path[1].Local != "Body" || path[2].Local != "ReceiveResponse" {
		return nil
	}
	r.whole = true
	stream := len(path) == 4 && path[3].Local == "Stream"
	state := len(path) == 4 && path[3].Local == "CommandState"
	exit := len(path) == 5 && path[3].Local == "CommandState" && path[4].Local == "ExitCode"
	switch t := token.(type) {
	case xml.StartElement:
		switch {
		case stream:
			return r.begin(t)
		case state:
			r.done = attribute(t, "State") == stateDone
		case exit:
			r.text.Reset()
		}
	case xml.CharData:
		if exit || stream && r.to != nil {
			r.text.Write(t)
		}
	case xml.EndElement:
		switch {
		case exit:
			s := r.text.String()
			r.exit = &s
		case stream && r.to != nil:
			if _, err := io.Copy(r.to, base64.NewDecoder(base64.StdEncoding, bytes.NewReader(bytes.TrimSpace(r.text.Bytes())))); err != nil {
				return fmt.Errorf("%s is no base64: %w", r.nameOf(), err)
			}
		}
	}
	return nil
}

// begin finds out where a stream's output goes; nowhere where it is none of a command's.
func (r *received) begin(t xml.StartElement) error {
	r.text.Reset()
	switch attribute(t, "Name") {
	case "stdout":
		r.to = r.stdout
	case "stderr":
		r.to = r.stderr
	default:
		r.to = nil
		return nil
	}
	if !strings.EqualFold(attribute(t, "CommandId"), r.command) {
		return errors.New("the answer holds another command's output")
	}
	return nil
}

// nameOf is the name of the stream that is being read.
func (r *received) nameOf() string {
	if r.to == r.stdout {
		return "stdout"
	}
	return "stderr"
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
