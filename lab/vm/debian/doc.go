// Package debian finds what the virtual machine takes from outside: a kernel (FindKernel)
// and the guest agent (FindAgent), of this host or fetched from Debian's packages into the
// lab's cache folder. No root is needed.
//
// It stands before lab/vm/image, which makes an initramfs of what was found.
package debian
