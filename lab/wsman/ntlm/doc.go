// Package ntlm is the server side of NTLM as [MS-NLMP] describes it: NTLMv2 with
// extended session security, key exchange, the MIC of the three messages, channel
// bindings, sessions that sign and seal with 128 bit, and the form of a sealed body in HTTP.
//
// It is for a stand-in: it knows one account at a time and no domain controller, and
// what was weak already twenty years ago (LM, NTLMv1, 40 and 56 bit) it refuses.
package ntlm
