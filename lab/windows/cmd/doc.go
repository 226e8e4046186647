// Package cmd is cmd.exe: it takes a line apart, does its builtins, and hands the rest to
// the programs of the machine.
package cmd
