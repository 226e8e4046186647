// Package winrm runs commands on a Windows guest over WinRM.
//
// It stands between apply, which says what to run, and the wire. SOAP messages
// are built and read by github.com/masterzen/winrm; the HTTP exchange and the
// loop around a command are this package's own, because the library's transport
// takes no context, repeats for ever when a shell is gone, and lets WS-Management
// faults pass as answers. This is the only package that imports the library.
//
// A command is sent once and never again: whether it ran is not known when its
// answer is lost, so the caller decides.
package winrm
