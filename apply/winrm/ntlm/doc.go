// Package ntlm is the client's side of NTLM over HTTP: the tokens of a login (Client)
// and the sealing of the messages that follow it (Session).
//
// It stands below apply/winrm, which carries tokens and messages over one connection;
// nothing here dials or waits. The messages of NTLM itself are bodgit/ntlmssp's.
package ntlm
