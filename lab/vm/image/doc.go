// Package image makes the initramfs of the stand-in guest: this very program as its init,
// the kernel's modules, iperf3 and the guest agent with their libraries, and the lab's
// configuration become one file (WriteInitramfs). Nothing is run.
//
// It stands between lab/vm/debian, which finds kernel and agent, and lab/vm, which boots
// the file.
package image
