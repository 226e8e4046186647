// Package export writes settings as files that are run on a Windows by hand, each with a file that undoes it:
// registry files, command files of cmd.exe and PowerShell scripts.
//
// What a file does are the steps by which package apply writes the same settings to a guest. A value never
// becomes code: a registry file has it escaped, a command file takes words of a whitelist only, and a script
// is constant and reads its steps from JSON. A line is in a file only if the file's undo has it, too.
package export
