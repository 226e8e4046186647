// Package terminal lays pages out as plain text, for people at a terminal and in logs.
//
// Place in the flow: report/page -> terminal -> the commands. It adds no words but those that say where
// the rest is.
//
// No line is wider than asked, as far as names allow: a name is never broken or shortened, so that it
// can be copied to where it is typed; one that has no room stands on a line of its own.
package terminal
