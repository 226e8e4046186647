// Package lab brings the stand-in guest up and down. No Windows image can be
// shipped, so the project brings a machine of its own that plays one: a test double,
// never a source of truth.
//
// Manager.Up prepares a lab's folder and starts this program again as its keeper
// (Keep): a process in a network namespace of its own from its start, which owns the
// cable and the machine (lab/vm or lab/fast), starts the machine anew after every
// reset, and takes everything with it when it ends. Enter runs a program of the
// harness inside that namespace. Whoever works in a lab holds it (Use); one that was
// brought up by Manager.Use ends when nobody does.
package lab
