// Package processes is what runs: processes that were started and outlive their caller, the iperf3
// server or what stands in for it by a fault, and the machine's sockets. Package machine has one
// Table for each boot; tasklist, wmic and the script "iperf" ask it.
package processes
