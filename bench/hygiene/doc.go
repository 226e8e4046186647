// Package hygiene looks at what of this host decides how steady it measures, and is none of the guest's settings: how
// its processors are clocked and put to sleep, who moves interrupts, what else it has to do, whether its clock is kept
// right, and on which processors the guest may run. It reads and changes nothing, needs no root, and what cannot be read
// is absent and never 0.
//
// Place in the flow: bench/rig -> hygiene -> results/record (a session's host), bench/doctor -> hygiene.
package hygiene
