// Package kernel turns what the stand-in's Windows personality believes to be in
// effect into settings of the Linux kernel under it.
//
// The mapping is documented beside each field, with its source; what has no
// counterpart in Linux is left out and does nothing, as an honest stand-in must.
//
// Flow: the personality (lab/windows) fills Settings, the guest (lab/guest) hands them to
// Kernel.Apply, and the Report says what this kernel does not have.
package kernel
