// Package document reads what an iperf3 client printed: bytes become a Document with
// the figures of each direction (Flow), and what is wrong with it (Implausible,
// ClassOfError).
//
// It stands below bench/iperf, which runs the client and names the class of a run. It
// is pure: it starts nothing and knows no clock, and what it knows of the versions of
// iperf3 is held to bench/iperf/testdata/corpus.
package document
