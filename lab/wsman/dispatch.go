package wsman

import (
	"context"
	"strings"

	"vnettune/lab/wsman/soap"
)

// Actions of the requests.
const (
	doCreate    = soap.NSTransfer + "/Create"
	doDelete    = soap.NSTransfer + "/Delete"
	doGet       = soap.NSTransfer + "/Get"
	doCommand   = soap.NSShell + "/Command"
	doSend      = soap.NSShell + "/Send"
	doReceive   = soap.NSShell + "/Receive"
	doSignal    = soap.NSShell + "/Signal"
	doEnumerate = soap.NSEnum + "/Enumerate"
	doPull      = soap.NSEnum + "/Pull"
	doRelease   = soap.NSEnum + "/Release"
)

// resourceCmd is the resource URI of a shell of cmd.exe.
const resourceCmd = soap.NSShell + "/cmd"

// handle answers one request. An error that is no *soap.Fault closes the connection.
func (s *Server) handle(ctx context.Context, e *soap.Envelope, anonymous bool) (soap.Reply, error) {
	if e.Body.Identify != nil {
		return s.identify(anonymous), nil
	}
	if err := e.Check(); err != nil {
		return soap.Reply{}, err
	}
	s.dropIdle()
	if uri := e.Header.ResourceURI; strings.Contains(strings.ToLower(uri), "/wmi/root/cimv2/") {
		return s.query(e)
	} else if !strings.EqualFold(uri, resourceCmd) {
		return soap.Reply{}, errUnknownResource
	}
	if e.Header.Action == doCreate {
		return s.create(e)
	}
	sh, err := s.shell(e.Selector("ShellId"))
	if err != nil {
		return soap.Reply{}, err
	}
	switch e.Header.Action {
	case doDelete:
		s.delete(sh)
		return e.Answer(""), nil
	case doCommand:
		return s.command(sh, e)
	case doSend:
		return sh.sendInput(e)
	case doReceive:
		return s.receive(ctx, sh, e)
	case doSignal:
		return sh.signal(e)
	}
	return soap.Reply{}, errUnknownAction
}

// identify answers Identify; without a logon the version of the system is not told.
func (s *Server) identify(anonymous bool) soap.Reply {
	version := "OS: " + s.exec.OS().Version + " SP: 0.0 Stack: 3.0"
	if anonymous {
		version = "OS: 0.0.0 SP: 0.0 Stack: 3.0"
	}
	return soap.Identified(version)
}

// answer answers one request, truly or as who observes it says.
func (s *Server) answer(ctx context.Context, e *soap.Envelope, anonymous bool) (soap.Reply, error) {
	code, done := s.observe(ctx, e)
	if code == 0 {
		return s.handle(ctx, e, anonymous)
	}
	if done {
		if _, err := s.handle(ctx, e, anonymous); err != nil {
			return soap.Reply{}, err
		}
	}
	return soap.Reply{}, soap.OfReceiver("w:InternalError", "", code, "stand-in: the request fails, as it was told to.")
}

// observe tells of a request, and gives the fault with which it is to be answered.
func (s *Server) observe(ctx context.Context, e *soap.Envelope) (code uint32, done bool) {
	if s.cfg.Observe == nil || e.Body.Identify != nil {
		return 0, false
	}
	action := e.Header.Action[strings.LastIndexByte(e.Header.Action, '/')+1:]
	line := ""
	if c := e.Body.Command; c != nil {
		line = strings.Join(append([]string{string(c.Command)}, c.Arguments...), " ")
	}
	return s.cfg.Observe(ctx, strings.ToLower(action), line)
}

// The faults that are played. Codes are those of the windows-rs constants, or of
// Windows itself: 87 for an empty command line (masterzen/winrm#80), and as
// 0x8007xxxx what CreateProcess fails with. The texts are this server's own.
var (
	errTimedOut        = soap.OfReceiver("w:TimedOut", "OperationTimeout", 2150858793, "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.")
	errShellNotFound   = soap.OfSender("w:InvalidSelectors", "UnexpectedSelectors", 2150858843, "The request contains selectors that name no shell on this machine.")
	errCommandNotFound = soap.OfSender("w:InvalidParameter", "", 2150859085, "The request names no command of this shell.")
	errAborted         = soap.OfReceiver("w:InternalError", "", 995, "The I/O operation has been aborted because the command was terminated.")
	errTooManyShells   = soap.OfReceiver("w:QuotaLimit", "", 2150859173, "This user is allowed no more shells on this machine. Delete shells or wait until idle ones end.")
	errTooManyStarted  = soap.OfReceiver("w:QuotaLimit", "", 2150859174, "This user is allowed no more operations on this machine. Close the shell and make another.")
	errTooManyCommands = soap.OfReceiver("w:QuotaLimit", "", 2150859241, "The shell is allowed no more commands at a time.")
	errStdinClosed     = soap.OfReceiver("w:InternalError", "", 109, "The pipe has been ended.")
	errStdinFull       = soap.OfReceiver("w:QuotaLimit", "", 2150858815, "The command has not read its input and takes no more.")
	errUnknownAction   = soap.OfSender("a:ActionNotSupported", "", 2150858753, "The action is not supported.")
	errUnknownResource = soap.OfSender("a:DestinationUnreachable", "InvalidResourceURI", 2150858811, "The resource URI is missing or names nothing on this machine.")
	errNoCommand       = soap.OfSender("w:InvalidParameter", "", 87, "The parameter is incorrect.")
	errCommandTooLong  = soap.OfReceiver("w:InternalError", "", 2147942606, "The filename or extension is too long.")
)
