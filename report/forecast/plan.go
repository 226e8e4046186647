package forecast

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// WritePlan shows a plan to a person: what it would take and could detect, its
// combinations, what it leaves out, and its order.
func WritePlan(w io.Writer, c campaign.Campaign, p matrix.Plan, f Forecast) error {
	fmt.Fprintf(w, "campaign %s on %s: %d combinations, %s, seed %d\n", c.Name, p.Generation, len(p.Arms), p.Extent(), c.Seed)
	var names []string
	for _, wl := range c.Workloads {
		names = append(names, wl.Name)
	}
	fmt.Fprintf(w, "each boot: settle %s, 1 discarded run, then %d of each workload; workloads: %s; margin %s, alpha %g\n",
		c.Settle, c.Repetitions, strings.Join(names, ", "), marginWords(c), c.Alpha)
	if p.Search != nil && p.Search.Screen > 0 {
		fmt.Fprintln(w, record.ScreenCaveat)
	}
	f.writeText(w, c)
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "COMBINATION\tID\tDIFFERS FROM THE BASELINE IN")
	for _, a := range p.Arms {
		var diff []string
		for _, d := range a.Combination.Differences(p.Baseline().Combination) {
			diff = append(diff, d.ID+"="+string(d.Value))
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", a.Name, a.Combination.ID(), cmp.Or(strings.Join(diff, " "), "-"))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, s := range p.Settings {
		if s.Inert != "" {
			fmt.Fprintf(w, "expected inert: %s: %s\n", s.Setting.ID, s.Inert)
		}
	}
	for _, s := range p.Settings {
		if matrix.IsOwn(s.Setting.ID) {
			fmt.Fprintf(w, "%s: %s\n", s.Setting.ID, s.Setting.Name)
		}
		if words := s.Setting.Defaults[p.Generation]; words != "" && !s.Form.Kind.InRegistry() && p.Asks(s.Setting.ID, matrix.Default) {
			fmt.Fprintf(w, "default of %s: %s\n", s.Setting.ID, words)
		}
	}
	for _, d := range p.Dropped {
		fmt.Fprintln(w, d)
	}
	for _, e := range p.Excluded {
		fmt.Fprintf(w, "excluded: %s: %s\n", e.Name, e.Reason)
	}
	for _, line := range p.Inexact() {
		fmt.Fprintln(w, line)
	}
	if words := dangerWords(c, p); words != "" {
		fmt.Fprintln(w, words)
	}
	fmt.Fprintln(w)
	block := 0
	for _, s := range p.Slots {
		if s.Block != block {
			if block > 0 {
				fmt.Fprintln(w)
			}
			block = s.Block
			fmt.Fprintf(w, "block %d:", block)
			fmt.Fprint(w, whoBoots(p.Search, block))
		}
		fmt.Fprintf(w, " %s", p.Arms[s.Arm].Name)
	}
	fmt.Fprintln(w)
	return nil
}

// marginWords are the campaign's margins: that of all metrics that are compared in percent, and those of
// single ones.
func marginWords(c campaign.Campaign) string {
	words := fmt.Sprintf("%g %%", c.Margin)
	for _, name := range slices.Sorted(maps.Keys(c.Margins)) {
		metric, _ := sample.KnownMetric(name)
		words += fmt.Sprintf(", of %s %g %s", name, c.Margins[name], rank.EffectUnit(metric.Scale, metric.Unit))
	}
	return words
}

// whoBoots says which arms of a block boot, when not all of them do.
func whoBoots(s *matrix.Search, block int) string {
	switch {
	case s == nil || block <= s.Screen:
		return ""
	case block > s.Last():
		return " (only the baseline and the pick)"
	case block > s.First():
		return " (those not eliminated)"
	case s.Screen > 0:
		return " (those that the screen keeps)"
	}
	return ""
}

// dangerWords says which settings of a plan can cut the guest off, and what is done
// about it; "" when there is none.
func dangerWords(c campaign.Campaign, p matrix.Plan) string {
	var ids []string
	for _, s := range p.Settings {
		if matrix.Catalogue().Dangerous(s.Setting.ID) {
			ids = append(ids, s.Setting.ID)
		}
	}
	r := c.Guest.Rescue
	words := "can cut the guest off: " + strings.Join(ids, ", ") + "; "
	switch {
	case len(ids) == 0:
		return ""
	case p.Generation == matrix.XP && r.DeadMan > 0 && !r.Independent():
		return words + "a guest of generation xp has no dead-man switch, and run will refuse: give another way back in guest.rescue, or say dead_man: off"
	case p.Generation == matrix.XP && r.DeadMan > 0:
		return words + "a guest of generation xp has no dead-man switch, the other ways of guest.rescue must do"
	case r.DeadMan == 0 && !r.Independent() && c.Guest.Lab == nil:
		return words + "nothing brings it back (guest.rescue.dead_man is off)"
	case r.DeadMan == 0:
		return words + "no dead-man switch (guest.rescue.dead_man is off), the other ways back must do"
	}
	return words + fmt.Sprintf("a dead-man switch in the guest puts its own values back after %s", r.DeadMan)
}
