// Package stints is the statistics of arms that are switched within a boot: in which order a boot goes
// through its arms, what the bridge says (whether an arm does by switching what it does after a reboot),
// and what a plan of such boots would show.
//
// Place in the flow: report/stat, report/rank/boots -> stints -> report/rank, and the loop, which asks
// the bridge through report/rank. The rules are in docs/statistics.md, "Switching within a boot".
package stints
