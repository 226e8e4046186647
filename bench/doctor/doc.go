// Package doctor checks host, guest and tools of a campaign before its first boot. A
// check is data: what was seen and, for what is not well, what mends it. It asks a rig,
// or a transcript of one, and changes nothing on the guest that lasts.
package doctor
