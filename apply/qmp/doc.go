// Package qmp is a small client of the QEMU Machine Protocol: it connects to a
// monitor's unix socket, negotiates, runs commands one after another and hands
// out the events. It knows nothing of guests and campaigns and imports nothing
// of this module: the stand-in guest and the rescue of a lost guest stand on it.
//
// Source: QEMU's docs/interop/qmp-spec (version 7.2).
package qmp
