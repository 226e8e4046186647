// Package vm runs the virtual machine of the stand-in guest: it decides on the
// accelerator by a trial boot (Accelerator) and runs QEMU (Start, Machine). Its kernel and
// guest agent are found by debian, its initramfs is made by image. It needs no root of its
// own; the keeper in package lab calls it inside the lab's network namespace.
package vm
