// Package wsman is the server side of WinRM for the stand-in guest: WS-Management
// over HTTP and HTTPS with Basic, NTLM (messages sealed or not) or a client
// certificate, remote shells and Identify.
//
// In the flow of the lab it is the door: a listener serves Server, which turns
// the messages of one client (Create, Command, Send, Receive, Signal, Delete)
// into machine.Command values for an Executor and streams their output back. Its rooms:
// ntlm proves the client and seals, soap is the form of the messages, process holds a
// command's streams. It knows shells and nothing of what the commands do.
package wsman
