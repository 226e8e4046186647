package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
)

// assumedSD is the standard deviation of a boot's mean, in percent, that a forecast
// takes when no earlier data of the guest are given: the one that the method's power
// is stated for. It is an assumption and is always called one.
const assumedSD = 2.3

// forecast is what a plan would take and what it could detect.
type forecast struct {
	Hours float64
	Bytes int64
	// From is the store with earlier data of the guest; "" when there is none and the
	// noise is an assumption: then Unused says why the campaign's own store is not it.
	From   string
	Unused string `json:",omitempty"`
	// Calibrated says in words whether an A/A run stands behind the noise of From.
	Calibrated string `json:",omitempty"`
	Power      float64
	Costs      *costs `json:",omitempty"` // of the earlier data
	Detectable []detectable
}

// costs are measured medians over the ranked boots of the earlier data.
type costs struct {
	Boots             int
	BootSeconds       float64 // beside its counted repetitions
	RepetitionSeconds float64 // one of every workload
}

// detectable is what could be seen of one workload's metric. Metric is "" for an
// assumed noise.
type detectable struct {
	Workload, Metric string
	Assumed          bool
	// BootSD and RepetitionSD are the standard deviations between boots and between
	// the repetitions of a boot, in percent, as measured with DF degrees of freedom;
	// BootMeanSD is the upper 80 % limit of that of a boot's mean.
	BootSD, RepetitionSD *float64 `json:",omitempty"`
	DF                   int      `json:",omitempty"`
	BootMeanSD           float64
	MDEPercent           float64 `json:",omitempty"` // 0: the plan tests nothing
	BlocksNeeded         int     // for the campaign's margin; 0: cannot be told
	BootsNeeded          int     `json:",omitempty"` // of the whole campaign, with so many blocks
	HoursNeeded          float64 `json:",omitempty"`
	// Repetitions a boot that would give the most precision for the time; 0: unknown.
	Repetitions int
	// With so many repetitions the margin needs so many blocks and hours.
	BlocksThen int     `json:",omitempty"`
	HoursThen  float64 `json:",omitempty"`
}

// newForecast looks at a plan with the eyes of earlier data, or nil. power is the
// wanted chance to show a difference of the margin.
func newForecast(c campaign.Campaign, p matrix.Plan, old *earlier, power float64) forecast {
	f := forecast{Hours: planTime(c, p, old).Hours(), Bytes: planBytes(c, p), Power: power}
	design := rank.Planned{Arms: len(p.Arms), Blocks: p.Blocks(), BaselinePerBlock: perBlock(p)[p.Baseline().Name], Margin: c.Margin, Alpha: c.Alpha, Power: power}
	perBlock := len(p.Slots) / p.Blocks()
	if p.Search != nil { // what is published is the pick against the baseline
		design.Arms, design.Blocks, perBlock = 2, p.Search.Confirm, 2
	}
	known := map[string]bool{}
	if old != nil {
		f.From, f.Calibrated = old.path, old.calibrated
		f.Costs = &costs{old.boots, old.perBoot().Seconds(), old.repetition.Seconds()}
		for _, n := range old.noise {
			known[n.Workload] = true
			f.Detectable = append(f.Detectable, measuredNoise(c, design, n, old, perBlock))
		}
	}
	for _, w := range c.Workloads {
		if !known[w.Name] {
			d := newDetectable(design, assumedSD*assumedSD)
			d.Workload, d.Assumed = w.Name, true
			d.needs(perBlock, bootTime(c, old, c.Repetitions))
			f.Detectable = append(f.Detectable, d)
		}
	}
	return f
}

// measuredNoise is what could be seen of a metric whose noise is known.
func measuredNoise(c campaign.Campaign, design rank.Planned, n rank.Noise, old *earlier, perBlock int) detectable {
	d := newDetectable(design, n.BootMeanWith(c.Repetitions))
	d.Workload, d.Metric, d.DF = n.Workload, n.Metric, n.DF
	d.BootSD, d.RepetitionSD = root(n.Boot), root(n.Repetition)
	d.needs(perBlock, bootTime(c, old, c.Repetitions))
	d.Repetitions = n.Repetitions(old.perBoot().Seconds(), old.repetition.Seconds())
	if d.Repetitions > 0 {
		d.BlocksThen = design.BlocksNeeded(n.BootMeanWith(d.Repetitions))
		d.HoursThen = (time.Duration(d.BlocksThen*perBlock) * bootTime(c, old, d.Repetitions)).Hours()
	}
	return d
}

// root is the standard deviation of a variance, nil where that is not known.
func root(variance float64) *float64 {
	if math.IsNaN(variance) {
		return nil
	}
	sd := math.Sqrt(variance)
	return &sd
}

func newDetectable(design rank.Planned, variance float64) detectable {
	d := detectable{BootMeanSD: math.Sqrt(variance), BlocksNeeded: design.BlocksNeeded(variance)}
	if mde := design.Detectable(variance); !math.IsNaN(mde) {
		d.MDEPercent = mde
	}
	return d
}

// needs turns blocks into boots and hours.
func (d *detectable) needs(perBlock int, boot time.Duration) {
	d.BootsNeeded = d.BlocksNeeded * perBlock
	d.HoursNeeded = (time.Duration(d.BootsNeeded) * boot).Hours()
}

// write shows a forecast to a person.
func (f forecast) write(w io.Writer, c campaign.Campaign) {
	fmt.Fprintf(w, "estimated: %s, %.1f MB in the store\n", hours(f.Hours), float64(f.Bytes)/1e6)
	if f.From == "" {
		fmt.Fprintf(w, "what this plan could detect cannot be known without earlier data of the guest: give a store of it with --from STORE (%s)\n", f.Unused)
	} else {
		fmt.Fprintf(w, "noise and times by %d ranked boots in %s: a boot costs %.1f s beside its repetitions, a repetition %.1f s (medians)\n",
			f.Costs.Boots, f.From, f.Costs.BootSeconds, f.Costs.RepetitionSeconds)
	}
	if f.Calibrated != "" {
		fmt.Fprintln(w, f.Calibrated)
	}
	for _, d := range f.Detectable {
		d.write(w, c, f)
	}
}

func (d detectable) write(w io.Writer, c campaign.Campaign, f forecast) {
	name := d.Workload
	if d.Metric != "" {
		name += ", " + d.Metric
	}
	noise := fmt.Sprintf("by the noise of %s (a boot's mean varies by up to %s %%)", f.From, twoDigits(d.BootMeanSD))
	if d.Assumed {
		noise = fmt.Sprintf("ASSUMING that a boot's mean varies by %g %% (nobody measured it)", assumedSD)
	}
	power := strconv.FormatFloat(100*f.Power, 'g', 4, 64)
	could := fmt.Sprintf("differences from the baseline of %s %% with %s %% power", twoDigits(d.MDEPercent), power)
	if d.MDEPercent == 0 {
		could = "nothing: one block has no test"
	}
	fmt.Fprintf(w, "could detect in %s: %s, %s\n", name, could, noise)
	if d.BootSD != nil && d.RepetitionSD != nil {
		fmt.Fprintf(w, "  boots vary by %s %%, repetitions within a boot by %s %% (standard deviations, %d degrees of freedom)\n", twoDigits(*d.BootSD), twoDigits(*d.RepetitionSD), d.DF)
	}
	blocks := "blocks"
	if matrix.Searches(c.Design.Kind) {
		blocks = "blocks that confirm"
	}
	switch {
	case d.BlocksNeeded > campaign.MaxBlocks:
		fmt.Fprintf(w, "  the margin of %g %% needs more than %d %s: lower the noise first\n", c.Margin, campaign.MaxBlocks, blocks)
	case d.BlocksNeeded > 0:
		fmt.Fprintf(w, "  the margin of %g %% needs %d %s (%d boots, %s) with %s %% power\n", c.Margin, d.BlocksNeeded, blocks, d.BootsNeeded, hours(d.HoursNeeded), power)
	}
	switch {
	case d.Repetitions == 0 && !d.Assumed:
		fmt.Fprintln(w, "  how many repetitions are best cannot be told: the earlier boots have one each, or too few")
	case d.Repetitions == c.Repetitions:
		fmt.Fprintf(w, "  most precision for the time: %d repetitions, as planned\n", d.Repetitions)
	case d.Repetitions > 0 && d.BlocksThen > 0 && d.BlocksThen <= campaign.MaxBlocks:
		fmt.Fprintf(w, "  most precision for the time: %d repetitions; the margin then needs %d %s (%s)\n", d.Repetitions, d.BlocksThen, blocks, hours(d.HoursThen))
	case d.Repetitions > 0:
		fmt.Fprintf(w, "  most precision for the time: %d repetitions\n", d.Repetitions)
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
