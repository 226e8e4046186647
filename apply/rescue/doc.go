// Package rescue is the ways back to a guest that does not answer any more: over
// WinRM once it answers again, by the dead-man switch in the guest, through the QEMU
// guest agent, by a reset of the machine, and to a snapshot.
//
// They are the rungs of a ladder, tried in this order, each with a limit. Nothing here
// touches a guest that answers.
package rescue
