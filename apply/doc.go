// Package apply puts a combination of settings on a guest and proves that it is
// there: it reads the originals, writes, reboots with proof, reads back, and puts
// the originals back.
//
// It takes settings and combinations from matrix and is driven by bench. What is
// sent to a guest are the constant scripts of apply/scripts with JSON as their
// input, and shutdown.exe; the wire is behind the Runner interface, which
// apply/winrm implements. A guest that answers in a form not known here is an
// error, never a guess.
package apply
