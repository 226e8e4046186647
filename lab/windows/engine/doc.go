// Package engine has the commands of a stand-in guest executed instead of played: Wine's cmd.exe
// and a real PowerShell work on a real registry, disk and command line, and package machine stays
// what knows the state.
//
//	wsman -> machine: Run -> engine: Line -> Wine
//	      -> machine: what a command changed in Wine's registry
//	Wine's PowerShell and programs -> engine: what only a Windows could answer -> machine
//
// Before each command Wine's registry gets what the machine's has, after it the machine's gets what
// changed (registry.go). What Wine has not is asked of the machine while a script runs: classes of CIM,
// tasks, netsh and shutdown (answers.go, windows.ps1).
//
// The engine and its Wine prefix are a folder (kit.go) that is not part of this project.
package engine
