// Package machine is one boot of the stand-in's Windows: what it was given (Config, Host,
// Disk), the state that survives a boot, its clock, its dead-man switch, and the process
// that a program runs in.
//
// An Edition says which Windows it is and brings its programs, so that they may build on
// this package:
//
//	Machine.Run -> Process -> a Program of the Edition -> Machine.View and Machine.Update
package machine
