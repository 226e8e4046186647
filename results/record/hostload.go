package record

import "fmt"

// A boot counts as measured on a busy host where, over its runs, other programs took BusyOthers percent of the host's
// processors or more, or BusySteal percent was taken by the machine that the host itself is a guest of. The first is what a
// guest counts as not idle by (Settle).
const (
	BusyOthers = 20.0
	BusySteal  = 5.0
)

// HostLoad is what kept this host busy beside the measurement, while it lasted.
type HostLoad struct {
	Seconds    float64 // of all windows together
	Processors float64 // of the host, the mean of the windows by their length
	// Others is processor time in seconds that neither soft interrupts took nor the guest's machine nor iperf3's client. nil: not known,
	// since the guest's machine is not known.
	Others *float64
	Steal  float64 // in seconds
}

// HostLoad is what the counters of a run tell; ok is false where they do not have the host's processors.
func (d RunDetails) HostLoad() (l HostLoad, ok bool) {
	c := d.Counters
	if c == nil || c.CPU == nil || !(c.Seconds > 0) || c.CPU.Processors < 1 {
		return HostLoad{}, false
	}
	l = HostLoad{Seconds: c.Seconds, Processors: float64(c.CPU.Processors), Steal: c.CPU.Steal}
	if c.QEMU != nil && d.Spent != nil {
		// Clocks that tick apart make no less than nothing.
		l.Others = new(max(0, c.CPU.Busy-c.CPU.Softirq-c.QEMU.Total-*d.Spent))
	}
	return l, true
}

// Add is the load of two stretches of time together. What one of them does not tell, both do not.
func (l HostLoad) Add(m HostLoad) HostLoad {
	if l.Seconds == 0 {
		return m
	}
	sum := HostLoad{Seconds: l.Seconds + m.Seconds, Steal: l.Steal + m.Steal}
	sum.Processors = (l.Processors*l.Seconds + m.Processors*m.Seconds) / sum.Seconds
	if l.Others != nil && m.Others != nil {
		sum.Others = new(*l.Others + *m.Others)
	}
	return sum
}

// share is a time in percent of that of all processors.
func (l HostLoad) share(seconds float64) float64 { return 100 * seconds / (l.Seconds * l.Processors) }

// Busy says in words what kept the host busy; "" where it was not, as far as is known.
func (l HostLoad) Busy() string {
	switch {
	case !(l.Seconds*l.Processors > 0):
	case l.Others != nil && l.share(*l.Others) >= BusyOthers:
		return fmt.Sprintf("other programs took %.0f %% of its processors", l.share(*l.Others))
	case l.share(l.Steal) >= BusySteal:
		return fmt.Sprintf("%.0f %% of its processors were stolen by the machine that it runs on", l.share(l.Steal))
	}
	return ""
}
