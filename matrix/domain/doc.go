// Package domain changes libvirt's XML of a guest's machine by a variant's edits, and says in what two such texts differ.
// It is pure: bytes in, bytes out; virsh is asked elsewhere.
//
// A text is held against another in a form in which white space, comments and the order of attributes decide nothing.
// Elements keep their order.
package domain
