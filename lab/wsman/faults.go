package wsman

import "vnettune/lab/wsman/soap"

// The faults that are played. Codes are those of the windows-rs constants, or of
// Windows itself: 87 for an empty command line (masterzen/winrm#80), and as
// 0x8007xxxx what CreateProcess fails with. The texts are this server's own.
var (
	errTimedOut        = soap.OfReceiver("w:TimedOut", "OperationTimeout", 2150858793, "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.")
	errShellNotFound   = soap.OfSender("w:InvalidSelectors", "UnexpectedSelectors", 2150858843, "The request contains selectors that name no shell on this machine.")
	errCommandNotFound = soap.OfSender("w:InvalidParameter", "", 2150859085, "The request names no command of this shell.")
	errAborted         = soap.OfReceiver("w:InternalError", "", 995, "The I/O operation has been aborted because the command was terminated.")
	errTooManyShells   = soap.OfReceiver("w:QuotaLimit", "", 2150859173, "This user is allowed no more shells on this machine. Delete shells or wait until idle ones end.")
	errTooManyCommands = soap.OfReceiver("w:QuotaLimit", "", 2150859241, "The shell is allowed no more commands at a time.")
	errStdinFull       = soap.OfReceiver("w:QuotaLimit", "", 2150858815, "The command has not read its input and takes no more.")
	errUnknownAction   = soap.OfSender("a:ActionNotSupported", "", 2150858753, "The action is not supported.")
	errUnknownResource = soap.OfSender("a:DestinationUnreachable", "InvalidResourceURI", 2150858811, "The resource URI is missing or names nothing on this machine.")
	errNoCommand       = soap.OfSender("w:InvalidParameter", "", 87, "The parameter is incorrect.")
	errNoProgram       = soap.OfReceiver("w:InternalError", "", 2147942402, "The system cannot find the file specified.")
	errCommandTooLong  = soap.OfReceiver("w:InternalError", "", 2147942606, "The filename or extension is too long.")
)
