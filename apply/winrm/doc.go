// Package winrm runs commands on a Windows guest over WinRM.
//
// It stands between apply, which says what to run, and the wire. SOAP requests are
// built by github.com/masterzen/winrm; the HTTP exchange, the login and the loop
// around a command are this package's own, because the library's transport takes
// no context, repeats for ever when a shell is gone, lets WS-Management faults pass
// as answers and falls back to clear text. This is the only package that imports
// the library. Its rooms are leaves: ntlm makes and seals, fault and output read.
//
// One connection carries everything (session), made the user's by an
// authentication, which also says how messages travel on it (channel): encrypted by
// NTLM over HTTP, as they are over HTTPS. There is no way from the one to the other.
//
// A command is sent once. It is sent again only when it is known that the guest has
// not taken it; whether it ran is not known when its answer is lost, so the caller
// decides. Its input is another matter: what became of a Send that failed is learnt from
// the command's own output (input).
package winrm
