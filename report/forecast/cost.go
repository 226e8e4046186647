package forecast

import (
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Bytes of a store, measured on stores of the fast lab: an empty one, what a boot adds beside its
// runs, what a run adds, and iperf3's document for each second and stream.
const (
	storeBytes  = 100_000
	bootBytes   = 8_000
	runBytes    = 3_000
	streamBytes = 600
)

// planTime estimates the whole campaign.
func planTime(c campaign.Campaign, p matrix.Plan, old *Earlier) time.Duration {
	boots, switches := p.Load()
	return time.Duration(boots)*BootTime(c, old) + time.Duration(switches)*stintTime(c, old)
}

// BootTime estimates a boot with its runs, as the hours of a forecast do; old may be nil.
func BootTime(c campaign.Campaign, old *Earlier) time.Duration {
	return bootTime(c, old, c.Repetitions)
}

// bootTime estimates a boot with its runs, from measurements as far as there are any.
func bootTime(c campaign.Campaign, old *Earlier, repetitions int) time.Duration {
	if old != nil && old.Alike {
		return old.perBoot() + time.Duration(repetitions)*old.Repetition
	}
	boot := c.BootTime()
	if old != nil {
		boot = old.Boot
	}
	return boot + c.RunTime(repetitions)
}

// stintTime estimates a switch of arms within a boot with its runs, from measurements as far as there are any.
func stintTime(c campaign.Campaign, old *Earlier) time.Duration {
	takes, runs := c.SwitchTime(), c.RunTime(c.Repetitions)
	if old != nil && old.Switch > 0 {
		takes = old.Switch
	}
	if old != nil && old.Alike {
		runs = old.Discarded + time.Duration(c.Repetitions)*old.Repetition
	}
	return takes + runs
}

// planBytes estimates the store. A stint is stored as a boot is.
func planBytes(c campaign.Campaign, p matrix.Plan) int64 {
	perRun := func(w record.Workload) int64 { return runBytes + streamBytes*int64(w.Time()*w.Streams) }
	boot := bootBytes + perRun(c.Workloads[0])
	for _, w := range c.Workloads {
		boot += int64(c.Repetitions) * perRun(w)
	}
	boots, switches := p.Load()
	return storeBytes + int64(boots+switches)*boot
}

// WithinLimits refuses a plan that takes longer, by the times that were measured, than its campaign
// allows. Without measured times campaign.Parse has refused it already.
func WithinLimits(c campaign.Campaign, p matrix.Plan, old *Earlier) error {
	return trouble.Invalid(c.Limits.Within(campaign.Loads(p, planTime(c, p, old), BootTime(c, old))))
}
