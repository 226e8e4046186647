// Package registry is the registry: a tree of keys in memory, its paths and values, and
// the form in which it is saved. Who may change what, and when it counts, is not its
// matter: package machine guards it, package stack reads it at boot.
package registry
