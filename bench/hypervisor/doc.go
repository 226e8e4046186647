// Package hypervisor looks at the guest's virtual machine and at the network path to it as this
// host has them (Look), for the record of a session: how QEMU was started, which threads carry
// the packets, which links they pass. It changes nothing and stops nothing: what cannot be
// known is said in the facts. What QEMU and libvirt say is read by config.
package hypervisor
