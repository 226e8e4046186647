package doctor

import (
	"fmt"

	"vnettune/bench/hygiene"
	"vnettune/results/record"
)

// longSleep is from how many microseconds on waking up a processor is long beside what a packet takes on the way to a
// guest of the same host, some tens of them.
const longSleep = 100

// examineHygiene says what of this host makes it measure less steadily. What it does not say of itself has no check.
func (d *Examination) examineHygiene(h record.Hygiene) {
	switch s, known := h.Sleep(); {
	case !known:
		d.ok("host.sleep", "none: this machine does not choose how its processors sleep")
	case s.Exit >= longSleep:
		d.warn("host.sleep", fmt.Sprintf("for the time of the campaign: cpupower idle-set -D %d", longSleep), "in state %s a processor takes %d microseconds to wake up, which adds to what waits for it", s.Name, s.Exit)
	default:
		d.ok("host.sleep", "a processor wakes up within %d microseconds (state %s)", s.Exit, s.Name)
	}
	switch on := h.IRQBalance; {
	case on == nil:
	case *on:
		d.warn("host.irqbalance", "for the time of the campaign: systemctl stop irqbalance", "irqbalance runs: it may move interrupts to other processors while it is measured")
	default:
		d.ok("host.irqbalance", "nothing moves interrupts meanwhile")
	}
	switch c := h.Clock; {
	case c == nil:
	case c.Synchronised:
		d.ok("host.clock", "this host's clock is kept right")
	default:
		d.warn("host.clock", "start chrony or systemd-timesyncd", "nothing keeps this host's clock right: rates are as wrong as it runs")
	}
	if n := h.NUMANodes; n != nil && *n > 1 {
		d.ok("host.numa", "%d nodes: see that the guest's processors, its memory and vhost are on one (virsh vcpupin, numatune); the report shows where its processors may run", *n)
	}
}

// examineLoad says whether this host has something else to do.
func (d *Examination) examineLoad(l *hygiene.Load) {
	const do = "see what runs (top), and begin when it is done: boots that are measured meanwhile are named by the report"
	switch {
	case l == nil:
	case l.Steal >= record.BusySteal:
		d.warn("host.load", "measure on a host that is no guest, or on one that is less full", "%.0f %% of this host's processors are stolen by the machine that it runs on", l.Steal)
	case l.Busy >= record.BusyOthers:
		d.warn("host.load", do, "this host's processors are busy for %.0f %% of the time, and nothing is measured yet", l.Busy)
	default:
		d.ok("host.load", "this host's processors are busy for %.0f %% of the time", l.Busy)
	}
}
