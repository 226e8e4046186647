// Package apply puts a combination of settings on a guest and proves that it is
// there: it reads the originals, writes, reboots with proof, reads back, and puts
// the originals back.
//
// It takes settings and combinations from matrix and is driven by bench; what it
// learns has the types of results/record. A Guest decides what is asked, in the words
// of apply/terms; how it is said is one of two dialects, found by the guest's first
// answer. powershell sends the constant scripts of apply/scripts with JSON as their
// input; apply/cmdline, for XP and Server 2003, sends command lines with whitelisted
// values. docs/commands.md lists both. The wire is behind terms.Runner, which
// apply/winrm implements. A guest that answers in a form not known here is an error,
// never a guess.
package apply
