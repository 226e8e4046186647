// Package programs is the programs that are too small for a package of their own, each a
// machine.Program: pnputil, shutdown, schtasks, ping, iperf3, tasklist, taskkill, netstat,
// hostname and whoami.
package programs
