// Package link gives what leaves an adapter the conditions of another link: delay, jitter, loss (the kernel's sch_netem)
// and a rate (its sch_tbf), as queues of the adapter under a handle of their maker's, by which they are found again.
// Queues that anybody else has made are left alone. It knows no guest and no campaign: the harness shapes its end of
// the cable with it, and the stand-in guest its own.
//
// Place in the flow: bench/rig, lab -> link.
package link
