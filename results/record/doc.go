// Package record has the typed facts that cross borders: what a guest and a host say
// of themselves, what a guest had before the first write, the proof of a reboot, what
// settings were read back, what a run of the meter tells, and what failures are called.
//
// apply and bench make them, results keeps them as JSON, and reports read them back.
// The JSON forms are those of every store there is: a member may be added, and none
// renamed. Nothing here does anything but describe itself, and nothing of the module
// is imported.
package record
