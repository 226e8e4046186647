// Package bench is the loop of a campaign: it walks a plan boot by boot, and on
// every way out it puts the guest back as it was found.
//
// It stands between cmd, which wires the parts, and the parts: matrix made the
// plan, apply controls the guest, bench/iperf measures, results keeps. The loop
// reads in one screen (Loop.Run); what happens within one boot is in boot.go. Which
// boot comes next a Schedule says: the plan as it stands (schedule.go), or an
// adaptive search through it, whose decisions report/rank makes (search.go).
package bench
