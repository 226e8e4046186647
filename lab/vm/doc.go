// Package vm makes and runs the virtual machine of the stand-in guest: it finds a
// kernel (FindKernel), writes the initramfs with this very program as its init
// (WriteInitramfs), decides on the accelerator by a trial boot (Accelerator) and runs
// QEMU (Machine). It needs no root of its own; the keeper in package lab calls it
// inside the lab's network namespace.
package vm
