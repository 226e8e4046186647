// Package counters counts beside a run: a window around it (Counter.Begin) takes what this host's kernel counts of
// the run's sockets, its processors, the guest's machine and the links to it, and Figures makes of that shares of
// time and figures a GB. It reads and changes nothing; what cannot be read is absent, with its reason.
//
// The parsers are pure, bytes in: TCP's sockets by netlink, /proc/stat, /proc/net/softnet_stat, /proc/net/dev,
// /proc/PID/stat.
package counters
