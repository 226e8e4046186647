package forecast

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/page"
	"vnettune/report/rank"
)

// tellPrices is the table of prices, what they assume, and what the plan itself could detect.
func (f Forecast) tellPrices(p matrix.Plan) []page.Block {
	g := page.Grid{Columns: []page.Column{{Head: "to find"}, {Head: "reboots: blocks", Right: true}, {Head: "boots", Right: true}, {Head: "time", Right: true}}}
	if f.Switched != nil {
		g.Columns = append(g.Columns, page.Column{Head: "within: boots", Right: true}, page.Column{Head: "stints", Right: true}, page.Column{Head: "time", Right: true})
	}
	for _, x := range f.Prices {
		row := page.Row{Cells: []string{f.finds(x), fmt.Sprintf("> %d", campaign.MaxBlocks), "", ""}}
		if r := x.ByReboots; r != nil {
			row.Cells = []string{f.finds(x), fmt.Sprint(r.Blocks), fmt.Sprint(r.Boots), hours(r.Hours)}
		}
		switch w := x.Within; {
		case f.Switched == nil:
		case w == nil:
			row.Cells = append(row.Cells, fmt.Sprintf("> %d", campaign.MaxBlocks), "", "")
		case w.Confirm == 0:
			row.Cells = append(row.Cells, fmt.Sprint(w.Boots), fmt.Sprint(w.Stints), hours(w.Hours))
		default:
			row.Cells = append(row.Cells, fmt.Sprintf("%d + %d", w.Boots, w.Confirm), fmt.Sprint(w.Stints), hours(w.Hours))
		}
		g.Rows = append(g.Rows, row)
	}
	all := []page.Block{g}
	for _, words := range slices.Concat(f.dearer(p), f.assumes(p), f.settling(p), f.couldDetect(p), f.switchWords(p)) {
		all = append(all, page.Text{Words: words})
	}
	return all
}

// dearer says of a plan that switches for what that costs more time than reboots do: there it is no gain. For one that
// boots every arm the table says enough.
func (f Forecast) dearer(p matrix.Plan) []string {
	if p.Switch == nil {
		return nil
	}
	var dear []string
	all := true
	for _, x := range f.Prices { // what the plan itself could find is none of what is asked for
		r, w := x.ByReboots, x.Within
		switch {
		case r == nil || w != nil && w.Hours <= r.Hours:
			all = all && (x.Own || r == nil && w == nil)
		case w == nil:
			dear = append(dear, fmt.Sprintf("%s (%s by reboots, more than %d blocks within boots)", f.finds(x), hours(r.Hours), campaign.MaxBlocks))
		default:
			dear = append(dear, fmt.Sprintf("%s (%s by reboots, %s within boots)", f.finds(x), hours(r.Hours), hours(w.Hours)))
		}
	}
	if len(dear) == 0 {
		return nil
	}
	words, advice := "Switching within boots is dearer than reboots to find ", "switch: reboot is the better choice for that."
	if all {
		words, advice = "SWITCHING WITHIN BOOTS IS DEARER THAN REBOOTS here, to find ", "say switch: reboot."
	}
	return []string{words + strings.Join(dear, ", ") + ": " + advice}
}

// settling says what arms that settle can be expected to save, by what was measured of simulated campaigns.
func (f Forecast) settling(p matrix.Plan) []string {
	if len(p.Looks) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("settle_arms: up to %d boots. Where arms are equal nearly all of them are made; where 5 of 8 arms differed by one to four margins, "+
		"simulated campaigns of 24 blocks made 85, 82 and 79 %% with 2, 4 and 8 looks. The time is that of all.", len(p.Slots))}
}

// finds is what a row of prices is for.
func (f Forecast) finds(x Price) string {
	words := percent(x.Difference)
	switch {
	case x.Own:
		return words + " this plan"
	case x.OfMargin && slices.ContainsFunc(f.Detectable, func(d Detectable) bool { return d.Margin != nil && (d.Unit != "%" || *d.Margin != x.Difference) }):
		return "the margins"
	case x.OfMargin:
		return words + " margin"
	}
	return words
}

// assumes says what stands behind the prices.
func (f Forecast) assumes(p matrix.Plan) []string {
	var all []string
	if f.From == "" {
		all = append(all, fmt.Sprintf("ASSUMING that boots vary by %d %%, repetitions by %d %%, an arm in a boot by %g %%: nobody measured it (%s): doctor --noise or --from STORE.", assumedBootSD, assumedRepetitionSD, assumedInteractionSD, f.Unused))
	} else {
		all = append(all, fmt.Sprintf("Noise and times by %d ranked boots in %s: a boot costs %.1f s beside its repetitions, a repetition %.1f s (medians).",
			f.Costs.Boots, f.From, f.Costs.BootSeconds, f.Costs.RepetitionSeconds))
	}
	if f.Calibrated != "" {
		all = append(all, f.Calibrated)
	}
	if f.CannotSwitch != "" {
		return append(all, "Within boots: cannot be switched: "+f.CannotSwitch+".")
	}
	words := "Within boots assumes that switching acts (the run checks)"
	if f.From != "" && slices.ContainsFunc(f.Detectable, func(d Detectable) bool { return d.InteractionAssumed }) {
		words += fmt.Sprintf(" and that an arm varies by %g %% from boot to boot", assumedInteractionSD)
	}
	if !p.AA() {
		words += "; + confirms the best"
	}
	return append(all, words)
}

// couldDetect says for each workload what the plan could see in it.
func (f Forecast) couldDetect(p matrix.Plan) []string {
	var all []string
	var names [][]string // of the workloads that have it in common
	for _, d := range f.Detectable {
		could := fmt.Sprintf("nothing: no verdict by fewer than %d boots of an arm (blocks)", rank.FewestBoots)
		if p.Switch != nil && p.Switch.Blocks >= rank.FewestBoots {
			could = fmt.Sprintf("nothing: %d boots of a level have no test", p.Switch.Blocks)
		}
		if d.MDE > 0 {
			could = fmt.Sprintf("%s with %s power", d.digits(d.MDE), powerWords(f.Power))
		}
		if d.Assumed && f.From != "" {
			could += fmt.Sprintf(", ASSUMING that boots vary by %d %%, repetitions by %d %%", assumedBootSD, assumedRepetitionSD)
		}
		if d.BootSD != nil && d.RepetitionSD != nil {
			could += fmt.Sprintf(" (boots vary by %s, repetitions by %s)", d.digits(*d.BootSD), d.digits(*d.RepetitionSD))
		}
		if at := slices.Index(all, could); at >= 0 {
			names[at] = append(names[at], d.name())
			continue
		}
		all, names = append(all, could), append(names, []string{d.name()})
	}
	for i := range all {
		all[i] = "could detect in " + strings.Join(names[i], ", ") + ": " + all[i]
	}
	if slices.ContainsFunc(f.Detectable, func(d Detectable) bool { return !d.Assumed && d.Margin != nil && d.MDE > *d.Margin }) {
		all = append(all, "To see less than that: more blocks, or less noise (docs/quiet.md).")
	}
	return all
}

func (d Detectable) name() string {
	if d.Metric == "" {
		return d.Workload
	}
	return d.Workload + ", " + d.Metric
}

// switchWords say what is switched how, and what the bridge can be expected to show.
func (f Forecast) switchWords(p matrix.Plan) []string {
	s := f.Switched
	if s == nil {
		return nil
	}
	var all []string
	if len(s.Whole) > 0 {
		var ids, levels []string
		need := "needs"
		if len(s.Whole) > 1 {
			need = "need"
		}
		for _, x := range s.Whole {
			ids = append(ids, x.ID)
		}
		for _, names := range s.Levels {
			levels = append(levels, shortened(names, wordsOfLevel))
		}
		all = append(all, fmt.Sprintf("Within boots: %s %s a reboot, so that a block has %d boots: %s.", strings.Join(ids, ", "), need, len(levels), strings.Join(levels, " | ")))
		if s.Beside != nil {
			all = append(all, fmt.Sprintf("Without what needs a reboot, the margin would take %d + %d boots within boots, %s.", s.Beside.Boots, s.Beside.Confirm, hours(s.Beside.Hours)))
		}
	}
	if len(s.Restarts) > 0 {
		all = append(all, "Within boots: the adapter is restarted for "+strings.Join(s.Restarts, ", ")+".")
	}
	if p.Switch != nil {
		own := slices.IndexFunc(f.Prices, func(x Price) bool { return x.Own })
		if own >= 0 && f.Prices[own].Within.Bound != nil {
			all = append(all, fmt.Sprintf("The bridge can be expected to show each arm after a reboot the same within %s.", percent(*f.Prices[own].Within.Bound)))
		} else {
			all = append(all, fmt.Sprintf("The bridge will not show that arms are the same after a reboot: that takes %d blocks, two boots into each arm.", 2*p.Switch.Rotation()))
		}
	}
	return all
}

// wordsOfLevel is how much of the names of a level's arms is told.
const wordsOfLevel = 60

// inFull is all that is known of a workload's metric.
func (d Detectable) inFull(c campaign.Campaign, f Forecast) []string {
	name := d.name()
	noise := fmt.Sprintf("%s: by the noise of %s a boot's mean varies by up to %s", name, f.From, d.digits(d.BootMeanSD))
	if d.Assumed {
		noise = fmt.Sprintf("%s: ASSUMING that a boot's mean varies by %s (nobody measured it)", name, d.digits(d.BootMeanSD))
	}
	all := []string{noise}
	say := func(format string, a ...any) { all = append(all, name+": "+fmt.Sprintf(format, a...)) }
	if d.BootSD != nil && d.RepetitionSD != nil {
		say("boots vary by %s, repetitions within a boot by %s (standard deviations, %d degrees of freedom)", d.digits(*d.BootSD), d.digits(*d.RepetitionSD), d.DF)
	}
	blocks := "blocks"
	if matrix.Searches(c.Design.Kind) {
		blocks = "blocks that confirm"
	}
	power := powerWords(f.Power)
	switch {
	case d.Margin == nil:
		say("%s has no margin, and nothing will be claimed of it: margins: {%s: NUMBER} in the campaign says from which difference on it matters", d.Metric, d.Metric)
	case d.BlocksNeeded > campaign.MaxBlocks:
		say("the margin of %g %s needs more than %d %s: lower the noise first (docs/quiet.md)", *d.Margin, d.Unit, campaign.MaxBlocks, blocks)
	case d.BlocksNeeded > 0:
		say("the margin of %g %s needs %d %s (%d boots, %s) with %s power", *d.Margin, d.Unit, d.BlocksNeeded, blocks, d.BootsNeeded, hours(d.HoursNeeded), power)
	}
	switch {
	case c.Design.Switch == matrix.SwitchWithinBoots:
	case d.Repetitions == 0 && !d.Assumed:
		say("how many repetitions are best cannot be told: the earlier boots have one each, or too few")
	case d.Repetitions == c.Repetitions:
		say("most precision for the time: %d repetitions, as planned", d.Repetitions)
	case d.Repetitions > 0 && d.BlocksThen > 0 && d.BlocksThen <= campaign.MaxBlocks:
		say("most precision for the time: %d repetitions; the margin then needs %d %s (%s)", d.Repetitions, d.BlocksThen, blocks, hours(d.HoursThen))
	case d.Repetitions > 0:
		say("most precision for the time: %d repetitions", d.Repetitions)
	}
	return all
}

// digits writes a difference as precisely as a forecast deserves.
func (d Detectable) digits(v float64) string {
	if d.Unit == "%" {
		return percent(v)
	}
	return strconv.FormatFloat(v, 'g', 2, 64) + " " + d.Unit
}

// percent writes a difference in percent as precisely as a forecast deserves.
func percent(v float64) string {
	if v > 100 {
		return "more than 100 %"
	}
	return strconv.FormatFloat(v, 'g', 2, 64) + " %"
}

// powerWords writes a power in percent.
func powerWords(power float64) string { return strconv.FormatFloat(100*power, 'g', 4, 64) + " %" }

// hours writes a time for people: 47 min, 3 h 10, 11 h.
func hours(h float64) string {
	minutes := max(1, int(math.Round(h*time.Hour.Minutes())))
	switch {
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 600 && minutes%60 > 0:
		return fmt.Sprintf("%d h %02d", minutes/60, minutes%60)
	}
	return fmt.Sprintf("%d h", (minutes+30)/60)
}
