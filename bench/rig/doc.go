// Package rig is the connected guest and this host beside it: the transport, iperf3 on
// both sides, the ladder of ways back, the lock, the facts of the host. Whoever works
// on a guest (run, doctor, restore) gets it here. It reads no environment and prints
// nothing: cmd hands it the password, the folder of locks, and what it must know of a
// lab.
package rig
