// Package iperf2 measures with iperf 2.x (the program iperf), for guests on which no iperf3 runs:
// Windows XP and Server 2003.
//
// It starts the client on this host, keeps it within its time (leash), reads the text that it
// prints, and names every outcome by a class. Workload and Target -> Args -> Runner.Run -> Outcome.
// iperf2 ends with exit code 0 whatever happened and prints figures of runs that failed, so that
// nothing is taken for one but what both ends agree on (docs/facts/iperf2.md). A failure is never
// a number, and no figure is made of what the text does not have.
package iperf2
