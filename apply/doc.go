// Package apply puts a combination of settings on a guest and proves that it is
// there: it reads the originals, writes, reboots with proof, reads back, and puts
// the originals back.
//
// It takes settings and combinations from matrix and is driven by bench. A Guest
// decides what is asked; how it is said is one of two dialects, found by the
// guest's first answer. powershell sends the constant scripts of apply/scripts with
// JSON as their input; commands, for XP and Server 2003, sends the command lines of
// cmdline.go with whitelisted values. docs/commands.md lists both. The wire is
// behind the Runner interface, which apply/winrm implements. A guest that answers
// in a form not known here is an error, never a guess.
package apply
