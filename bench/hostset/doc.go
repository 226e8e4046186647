// Package hostset sets what of this host a campaign asks for while it is measured (host.set in a campaign file) and puts
// it back: how its processors are clocked, how deep they may sleep, congestion control, queues. Each setting is one or
// more files of the kernel's. What a file said is kept before it is written, so that it can be put back after a crash,
// too; what somebody else has written meanwhile stays theirs.
//
// A list of what to put back may come from a store of somebody else's making: only the files of known settings are ever
// written, with plain words.
//
// Place in the flow: matrix/campaign (names and forms) -> bench/rig -> hostset.
package hostset
