package forecast

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

// writeText shows a forecast to a person.
func (f Forecast) writeText(w io.Writer, c campaign.Campaign) {
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

func (d Detectable) write(w io.Writer, c campaign.Campaign, f Forecast) {
	name := d.Workload
	if d.Metric != "" {
		name += ", " + d.Metric
	}
	noise := fmt.Sprintf("by the noise of %s (a boot's mean varies by up to %s)", f.From, d.digits(d.BootMeanSD))
	if d.Assumed {
		noise = fmt.Sprintf("ASSUMING that a boot's mean varies by %g %% (nobody measured it)", assumedSD)
	}
	power := strconv.FormatFloat(100*f.Power, 'g', 4, 64)
	could := fmt.Sprintf("differences from the baseline of %s with %s %% power", d.digits(d.MDE), power)
	if d.MDE == 0 {
		could = "nothing: one block has no test"
	}
	fmt.Fprintf(w, "could detect in %s: %s, %s\n", name, could, noise)
	if d.BootSD != nil && d.RepetitionSD != nil {
		fmt.Fprintf(w, "  boots vary by %s, repetitions within a boot by %s (standard deviations, %d degrees of freedom)\n", d.digits(*d.BootSD), d.digits(*d.RepetitionSD), d.DF)
	}
	blocks := "blocks"
	if matrix.Searches(c.Design.Kind) {
		blocks = "blocks that confirm"
	}
	switch {
	case d.Margin == nil:
		fmt.Fprintf(w, "  %s has no margin, and nothing will be claimed of it: margins: {%s: NUMBER} in the campaign says from which difference on it matters\n", d.Metric, d.Metric)
	case d.BlocksNeeded > campaign.MaxBlocks:
		fmt.Fprintf(w, "  the margin of %g %s needs more than %d %s: lower the noise first\n", *d.Margin, d.Unit, campaign.MaxBlocks, blocks)
	case d.BlocksNeeded > 0:
		fmt.Fprintf(w, "  the margin of %g %s needs %d %s (%d boots, %s) with %s %% power\n", *d.Margin, d.Unit, d.BlocksNeeded, blocks, d.BootsNeeded, hours(d.HoursNeeded), power)
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

// digits writes a difference as precisely as a forecast deserves.
func (d Detectable) digits(v float64) string {
	if v >= 100 && d.Unit == "%" {
		return "more than 100 %"
	}
	return strconv.FormatFloat(v, 'g', 2, 64) + " " + d.Unit
}

// hours writes a time for people.
func hours(h float64) string {
	return time.Duration(h * float64(time.Hour)).Round(time.Minute).String()
}
