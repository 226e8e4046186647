// Package windows is the Windows personality of the stand-in guest: what its
// WinRM shell answers and what its settings do.
//
// In the flow of the lab it sits between lab/wsman, which hands it one process
// at a time (Machine.Run), and the machine under it (Host, Disk), into whose
// kernel it puts the settings that this Windows would have in effect:
//
//	wsman -> machine: Run -> cmd, reg, netsh, wmi, programs or scripts
//	      -> machine: Update (registry, TCP) -> stack: what acts of it -> effects -> Host.Effect
//
// Where lab/windows/engine is in between, the lines of shells are executed instead of played.
//
// This package only assembles the editions from their rooms and holds the registry as installed.
//
// What differs between the generations of Windows is an edition; w10 has a script
// language, xp has reg, wmic, tasklist and netstat instead.
//
// It is a test double and never a source of truth. Every default, answer and effect names its
// source: a section of docs/facts/windows-samples.md, an entry of docs/facts/windows-settings.md (a
// bare id such as tcp.rss is one), a public page, or the words "not verified: ask a guest" with how
// to ask. What the entry calls UNVERIFIED is refused unless a switch (Faults.Allow) picks the
// answer. It is written from those facts and imports nothing of the harness.
package windows
