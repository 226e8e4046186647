package forecast

import (
	"fmt"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/trouble"
)

// What a boot takes beside its measurements: the stand-in's and a usual Windows'
// time from the request to readiness. Only an estimate, and named as one.
const (
	labBoot     = 6 * time.Second
	windowsBoot = 60 * time.Second
)

// Bytes of a store, measured on stores of the fast lab: an empty store, what a boot
// adds beside its runs, a run's own, and iperf3's document for each second and
// stream.
const (
	storeBytes  = 100_000
	bootBytes   = 8_000
	runBytes    = 3_000
	streamBytes = 600
)

// planTime estimates the whole campaign.
func planTime(c campaign.Campaign, p matrix.Plan, old *Earlier) time.Duration {
	return time.Duration(p.MaxBoots()) * bootTime(c, old, c.Repetitions)
}

// bootTime estimates a boot with its runs: as measured, as far as it was.
func bootTime(c campaign.Campaign, old *Earlier, repetitions int) time.Duration {
	if old != nil && old.Alike {
		return old.perBoot() + time.Duration(repetitions)*old.Repetition
	}
	boot := windowsBoot + c.Settle
	if c.Guest.Lab != nil {
		boot = labBoot + c.Settle
	}
	if old != nil {
		boot = old.Boot
	}
	var all, first time.Duration
	for i, w := range c.Workloads {
		run := time.Duration(w.Seconds+w.Omit) * time.Second
		all += run
		if i == 0 {
			first = run
		}
	}
	return boot + first + time.Duration(repetitions)*all
}

// planBytes estimates the store.
func planBytes(c campaign.Campaign, p matrix.Plan) int64 {
	perRun := func(w campaign.Workload) int64 { return runBytes + streamBytes*int64((w.Seconds+w.Omit)*w.Streams) }
	boot := bootBytes + perRun(c.Workloads[0])
	for _, w := range c.Workloads {
		boot += int64(c.Repetitions) * perRun(w)
	}
	return storeBytes + int64(p.MaxBoots())*boot
}

// WithinLimits refuses a plan that its own campaign does not allow.
func WithinLimits(c campaign.Campaign, p matrix.Plan, old *Earlier) error {
	const remedy = "lower blocks or repetitions, drop settings, or raise the limit"
	if l := c.Limits.Boots; l > 0 && p.MaxBoots() > l {
		return trouble.Invalid(trouble.Hint(fmt.Errorf("the plan has %d boots, limits.boots allows %d", p.MaxBoots(), l), remedy))
	}
	if h := planTime(c, p, old).Hours(); c.Limits.Hours > 0 && h > c.Limits.Hours {
		return trouble.Invalid(trouble.Hint(fmt.Errorf("the plan takes about %s, limits.hours allows %g", hours(h), c.Limits.Hours), remedy))
	}
	return nil
}
