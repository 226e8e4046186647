// Package leash runs a client that measures and keeps it within its time: whatever it
// does, and whatever it starts, ends with the run.
//
// It knows no tool: bench/iperf and bench/iperf2 judge what it brings back.
package leash
