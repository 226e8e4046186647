package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

func newPlanCmd() *cobra.Command {
	var format, from, store, power string
	cmd := &cobra.Command{
		Use:   "plan CAMPAIGN",
		Short: "combinations, order, boots and hours of a campaign, and what it could detect; touches nothing",
		Long: `Shows what a campaign would do, without touching anything, and what it could detect.
Noise and times come from the campaign's own store if there is one, or from that of an
earlier campaign of the guest (--from). Without either the noise is assumed, and the
plan says so.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			c, _, err := loadCampaign(a[0])
			if err != nil {
				return err
			}
			if c.Guest.Generation == "" {
				return usageError(errors.New("plan needs to know the guest's Windows: set guest.generation in the campaign"))
			}
			p, err := c.Plan(c.Guest.Generation)
			if err != nil {
				return usageError(fmt.Errorf("%s: %w", a[0], err))
			}
			wanted, err := parsePercent("--power", power)
			if err != nil {
				return err
			}
			if !(wanted >= 50 && wanted < 100) {
				return usageError(fmt.Errorf("--power %s: a wanted power is from 50%% to below 100%%, usually 80%%", power))
			}
			own := storePath(a[0], store)
			old, unused, err := findEarlier(from, own, c)
			if err != nil {
				return err
			}
			if err := withinLimits(c, p, old); err != nil {
				return err
			}
			f := newForecast(c, p, old, wanted/100)
			f.Unused = unused
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), struct {
					matrix.Plan
					Forecast forecast
				}{p, f})
			}
			return writePlan(cmd.OutOrStdout(), c, p, f)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&from, "from", "", "the store of an earlier campaign of the guest: its noise and times say what this one could detect (default: the campaign's own store, when it is there)")
	cmd.Flags().StringVar(&store, "store", "", "the campaign's own store (default: the campaign's name with .db)")
	cmd.Flags().StringVar(&power, "power", "80%", "the wanted chance to show a difference of the margin, if there is one")
	return cmd
}

// boots says how much a plan boots.
func boots(p matrix.Plan) string {
	if p.Search == nil {
		return fmt.Sprintf("%d blocks, %d boots", p.Blocks(), len(p.Slots))
	}
	search := fmt.Sprintf("a search of at most %d blocks, then %d that confirm its pick; at most %d boots", p.Search.Blocks, p.Search.Confirm, p.MaxBoots())
	if p.Search.Screen > 0 {
		return fmt.Sprintf("each booted once in a screen that keeps %d beside the baseline, then %s", matrix.ScreenKeep, search)
	}
	return search
}

// writePlan shows a plan to a person.
func writePlan(w io.Writer, c campaign.Campaign, p matrix.Plan, f forecast) error {
	fmt.Fprintf(w, "campaign %s on %s: %d combinations, %s, seed %d\n", c.Name, p.Generation, len(p.Arms), boots(p), c.Seed)
	fmt.Fprintf(w, "each boot: settle %s, one discarded run, then %d repetitions of %d workloads; margin %g %%, alpha %g\n",
		c.Settle, c.Repetitions, len(c.Workloads), c.Margin, c.Alpha)
	if p.Search != nil && p.Search.Screen > 0 {
		fmt.Fprintln(w, matrix.ScreenCaveat)
	}
	f.write(w, c)
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "COMBINATION\tID\tDIFFERS FROM THE BASELINE IN")
	for _, a := range p.Arms {
		var diff []string
		for _, d := range a.Combination.Differences(p.Baseline().Combination) {
			diff = append(diff, d.ID+"="+string(d.Value))
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", a.Name, a.Combination.ID(), orDash(strings.Join(diff, " ")))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, s := range p.Settings {
		if s.Inert != "" {
			fmt.Fprintf(w, "expected inert: %s: %s\n", s.Setting.ID, s.Inert)
		}
	}
	for _, d := range p.Dropped {
		fmt.Fprintf(w, "not applicable: %s %s: %s\n", d.Profile, d.Line, d.Reason)
	}
	for _, e := range p.Excluded {
		fmt.Fprintf(w, "excluded: %s: %s\n", e.Name, e.Reason)
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
