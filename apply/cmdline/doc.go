// Package cmdline speaks to guests that have no PowerShell which runs the scripts:
// Windows XP and Server 2003.
//
// It says what a Guest of apply asks (package terms) as command lines of reg.exe, wmic
// and shutdown.exe, filled in with whitelisted values only, and makes the answers
// of what no language changes: exit codes, registry types, names of properties,
// numbers. lines.go has every line that is ever sent; docs/commands.md lists them.
package cmdline
