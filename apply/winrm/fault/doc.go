// Package fault says what a WinRM service means by an answer that is no result: a SOAP
// fault (Fault) or a bare HTTP status (StatusError), each with what to do about it.
//
// It stands below apply/winrm, which decides by the Kind of a fault whether to ask
// again, to take a new shell or to give up.
package fault
