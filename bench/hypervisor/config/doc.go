// Package config reads how a guest's virtual machine was made: QEMU's command line
// (ParseCommandLine) and libvirt's XML (ParseDomain) to the facts that decide what is measured.
// It knows the few options and elements that are kept and leaves out all others, so that no
// secret, no path and no name of the owner's gets into a store. It is pure.
package config
