// Package soap is the form of WS-Management's messages on the server's side: bytes become
// an Envelope (Parse), and an answer (Envelope.Answer) or a Fault becomes bytes (Compose).
//
// It stands between lab/wsman/ntlm, which opens and seals what comes and goes over HTTP,
// and lab/wsman, which does what a message asks for. It keeps nothing.
package soap
