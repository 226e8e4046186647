// Package guest is the inside of a stand-in guest: what runs between the kernel
// and the Windows personality.
//
// Main is the init (PID 1) of the virtual machine: it mounts, loads modules, sets up
// the adapter and the registry's disk, and hands over to Machine.Serve. The fast lab
// (lab/fast) comes in at the same Machine from a process in a network namespace.
// Flow: lab (keeper) writes Config -> guest boots -> windows.New on a Machine ->
// wsman.Server on ports 5985 and 5986 -> an Outcome ends the boot.
package guest
