package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"vnettune/bench/campaign"
	"vnettune/matrix"
	"vnettune/report/rank"
)

// assumedSD is the standard deviation of a boot's mean, in percent, that a forecast
// takes when no earlier data of the guest are given: the one that the method's power
// is stated for. It is an assumption and is always called one.
const assumedSD = 2.3

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

// forecast is what a plan would take and what it could detect.
type forecast struct {
	Hours float64
	Bytes int64
	// From is the store with earlier data of the guest; "" when none was given and
	// the noise is an assumption.
	From string
	// Calibrated says in words whether an A/A run stands behind the noise of From.
	Calibrated string `json:",omitempty"`
	Detectable []detectable
}

// detectable is what could be seen of one workload's metric. Metric is "" for an
// assumed noise.
type detectable struct {
	Workload, Metric string
	Assumed          bool
	BootMeanSD       float64 // percent
	MDEPercent       float64 `json:",omitempty"` // 0: the plan tests nothing
	BlocksNeeded     int     // for the campaign's margin; 0: cannot be told
	// Repetitions a boot that would give the most precision for the time; 0: unknown.
	Repetitions int
}

// newForecast looks at a plan with the eyes of earlier data, or nil.
func newForecast(c campaign.Campaign, p matrix.Plan, old *earlier) forecast {
	f := forecast{Hours: planTime(c, p, old).Hours(), Bytes: planBytes(c, p)}
	design := rank.Planned{Arms: len(p.Arms), Blocks: p.Blocks(), BaselinePerBlock: perBlock(p)[p.Baseline().Name], Margin: c.Margin, Alpha: c.Alpha}
	if p.Search != nil { // what is published is the pick against the baseline
		design.Arms, design.Blocks = 2, p.Search.Confirm
	}
	known := map[string]bool{}
	if old != nil {
		f.From, f.Calibrated = old.path, old.calibrated
		for _, n := range old.noise {
			known[n.Workload] = true
			d := newDetectable(design, n.BootMeanWith(c.Repetitions))
			d.Workload, d.Metric = n.Workload, n.Metric
			d.Repetitions = rank.Components{Rep: n.Repetition, Boot: n.Boot}.PlannedRepetitions(old.boot.Seconds(), old.repetition.Seconds(), false)
			f.Detectable = append(f.Detectable, d)
		}
	}
	for _, w := range c.Workloads {
		if !known[w.Name] {
			d := newDetectable(design, assumedSD*assumedSD)
			d.Workload, d.Assumed = w.Name, true
			f.Detectable = append(f.Detectable, d)
		}
	}
	return f
}

func newDetectable(design rank.Planned, variance float64) detectable {
	d := detectable{BootMeanSD: math.Sqrt(variance), BlocksNeeded: design.BlocksNeeded(variance)}
	if mde := design.Detectable(variance); !math.IsNaN(mde) {
		d.MDEPercent = mde
	}
	return d
}

// write shows a forecast to a person.
func (f forecast) write(w io.Writer, c campaign.Campaign, p matrix.Plan) {
	fmt.Fprintf(w, "estimated: %s, %.1f MB in the store\n", hours(f.Hours), float64(f.Bytes)/1e6)
	if f.From == "" {
		fmt.Fprintln(w, "what this plan could detect cannot be known without earlier data of the guest: give a store of it with --from STORE")
	}
	if f.Calibrated != "" {
		fmt.Fprintln(w, f.Calibrated)
	}
	boots := len(p.Slots) / p.Blocks()
	if p.Search != nil {
		boots = 2
	}
	for _, d := range f.Detectable {
		name := d.Workload
		if d.Metric != "" {
			name += ", " + d.Metric
		}
		noise := fmt.Sprintf("by the noise of %s (a boot's mean varies by up to %s %%)", f.From, twoDigits(d.BootMeanSD))
		if d.Assumed {
			noise = fmt.Sprintf("ASSUMING that a boot's mean varies by %g %% (nobody measured it)", assumedSD)
		}
		could := fmt.Sprintf("differences from the baseline of %s %% with 80 %% power", twoDigits(d.MDEPercent))
		if d.MDEPercent == 0 {
			could = "nothing: one block has no test"
		}
		fmt.Fprintf(w, "could detect in %s: %s, %s", name, could, noise)
		switch {
		case d.BlocksNeeded > campaign.MaxBlocks:
			fmt.Fprintf(w, "; the margin of %g %% needs more than %d blocks: lower the noise first", c.Margin, campaign.MaxBlocks)
		case d.BlocksNeeded > 0:
			fmt.Fprintf(w, "; the margin of %g %% needs %d blocks (%d boots)", c.Margin, d.BlocksNeeded, d.BlocksNeeded*boots)
		}
		if d.Repetitions > 0 && d.Repetitions != c.Repetitions {
			fmt.Fprintf(w, "; most precision for the time: %d repetitions", d.Repetitions)
		}
		fmt.Fprintln(w)
	}
}

// twoDigits writes a percentage as exactly as a forecast is.
func twoDigits(v float64) string {
	if v >= 100 {
		return "more than 100"
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// hours writes a time for people.
func hours(h float64) string {
	return time.Duration(h * float64(time.Hour)).Round(time.Minute).String()
}

// planTime estimates the whole campaign.
func planTime(c campaign.Campaign, p matrix.Plan, old *earlier) time.Duration {
	boot := windowsBoot + c.Settle
	if c.Guest.Lab != nil {
		boot = labBoot + c.Settle
	}
	if old != nil {
		boot = old.boot
	}
	var all, first time.Duration
	for i, w := range c.Workloads {
		run := time.Duration(w.Seconds+w.Omit) * time.Second
		all += run
		if i == 0 {
			first = run
		}
	}
	return time.Duration(p.MaxBoots()) * (boot + first + time.Duration(c.Repetitions)*all)
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

// withinLimits refuses a plan that its own campaign does not allow.
func withinLimits(c campaign.Campaign, p matrix.Plan, old *earlier) error {
	const remedy = "lower blocks or repetitions, drop settings, or raise the limit"
	if l := c.Limits.Boots; l > 0 && p.MaxBoots() > l {
		return usageError(fmt.Errorf("the plan has %d boots, limits.boots allows %d: %s", p.MaxBoots(), l, remedy))
	}
	if h := planTime(c, p, old).Hours(); c.Limits.Hours > 0 && h > c.Limits.Hours {
		return usageError(fmt.Errorf("the plan takes about %s, limits.hours allows %g: %s", hours(h), c.Limits.Hours, remedy))
	}
	return nil
}
