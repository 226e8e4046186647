// Package matrix knows the settings, the published profiles and the designs, and turns a choice of
// them into a plan: named combinations and the order in which their boots run.
//
// It stands at the start of the flow: matrix/campaign names what to compare,
// matrix says which combinations that makes and when each one boots, apply
// writes them, results keeps what came of it. The package is pure: no clock, no
// I/O but its embedded files, and randomness only from a seed that the caller gives.
package matrix
