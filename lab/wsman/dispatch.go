package wsman

import (
	"context"
	"strings"
	"time"
)

// Actions of the requests.
const (
	doCreate    = nsTransfer + "/Create"
	doDelete    = nsTransfer + "/Delete"
	doGet       = nsTransfer + "/Get"
	doCommand   = nsShell + "/Command"
	doSend      = nsShell + "/Send"
	doReceive   = nsShell + "/Receive"
	doSignal    = nsShell + "/Signal"
	doEnumerate = nsEnum + "/Enumerate"
	doPull      = nsEnum + "/Pull"
	doRelease   = nsEnum + "/Release"
)

// resourceCmd is the resource URI of a shell of cmd.exe.
const resourceCmd = nsShell + "/cmd"

// defaultTimeout is a request's OperationTimeout where it names none.
const defaultTimeout = time.Minute

// handle answers one request. An error that is no *fault closes the connection.
func (s *Server) handle(ctx context.Context, e *envelope, anonymous bool) (reply, error) {
	if e.Body.Identify != nil {
		return s.identify(anonymous), nil
	}
	if err := e.checkHeader(); err != nil {
		return reply{}, err
	}
	s.dropIdle()
	if uri := e.Header.ResourceURI; strings.Contains(strings.ToLower(uri), "/wmi/root/cimv2/") {
		return s.query(e)
	} else if !strings.EqualFold(uri, resourceCmd) {
		return reply{}, errUnknownResource
	}
	if e.Header.Action == doCreate {
		return s.create(e)
	}
	sh, err := s.shell(e.selector("ShellId"))
	if err != nil {
		return reply{}, err
	}
	switch e.Header.Action {
	case doDelete:
		return s.delete(sh), nil
	case doCommand:
		return s.command(sh, e)
	case doSend:
		return sh.sendInput(e)
	case doReceive:
		return s.receive(ctx, sh, e)
	case doSignal:
		return sh.signal(e)
	}
	return reply{}, errUnknownAction
}

// timeout reads a request's OperationTimeout.
func (e *envelope) timeout() (time.Duration, error) {
	if e.Header.OperationTimeout == "" {
		return defaultTimeout, nil
	}
	d, err := parseDuration(e.Header.OperationTimeout)
	if err != nil {
		return 0, errSchema(err.Error())
	}
	return d, nil
}

// identify answers Identify; without a logon the version of the system is not told.
func (s *Server) identify(anonymous bool) reply {
	version := "OS: " + s.exec.OS().Version + " SP: 0.0 Stack: 3.0"
	if anonymous {
		version = "OS: 0.0.0 SP: 0.0 Stack: 3.0"
	}
	return reply{body: `<wsmid:IdentifyResponse xmlns:wsmid="` + nsIdentity + `"><wsmid:ProtocolVersion>` + nsWSMan +
		`</wsmid:ProtocolVersion><wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor><wsmid:ProductVersion>` +
		esc(version) + `</wsmid:ProductVersion></wsmid:IdentifyResponse>`}
}

// observe tells of a request.
func (s *Server) observe(ctx context.Context, e *envelope) {
	if s.cfg.Observe == nil || e.Body.Identify != nil {
		return
	}
	action := e.Header.Action[strings.LastIndexByte(e.Header.Action, '/')+1:]
	line := ""
	if c := e.Body.Command; c != nil {
		line = strings.Join(append([]string{c.Command}, c.Arguments...), " ")
	}
	s.cfg.Observe(ctx, strings.ToLower(action), line)
}
