// Package netsh is netsh.exe, as far as it speaks of TCP, UDP and the MTU; on XP there is
// nothing of that.
package netsh
