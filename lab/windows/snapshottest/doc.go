// Package snapshottest is for tests: it writes down what a stand-in's Windows has at a moment
// in the forms in which a PowerShell that is no part of this project takes it: objects of CIM,
// connections and tasks as one JSON object, the registry as a .reg file, and the files of the
// dead-man switch and of the iperf3 server. What that PowerShell then answers to a script is
// what the stand-in has to answer (apply/enginetest).
package snapshottest
