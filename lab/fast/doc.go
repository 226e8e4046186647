// Package fast makes and runs the fast lab: the same personality and the same effects as in the
// virtual machine, in a process with a network and a process namespace of its own. A reboot ends
// the process, and with it everything that runs in the namespaces and the namespaces themselves;
// the keeper in package lab then starts a new one. It has no virtio-net and no delay, and its
// kernel is the host's: it is for tests, and for those who have no virtual machine.
//
// Machine is the keeper's side, Main the guest's.
package fast
