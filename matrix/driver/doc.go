// Package driver reads packages of network adapters' drivers as folders of this host have them: an INF file, its catalog,
// and the files that it copies. It knows of Windows' rules for them what tells a package of the virtio network driver for
// x64 from any other folder
// (https://learn.microsoft.com/windows-hardware/drivers/install/general-syntax-rules-for-inf-files); whether a guest takes
// it, the guest says.
package driver
