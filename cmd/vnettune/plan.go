package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/trouble"
)

func newInitCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "write a commented campaign file",
		Long:  "Writes a commented campaign file (campaign.yaml unless named) to start from. An existing file is left alone.",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			file := "campaign.yaml"
			if len(a) == 1 {
				file = a[0]
			}
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usageError(trouble.Hint(fmt.Errorf("%s is there already", file), "name another file"))
			}
			if err != nil {
				return usageError(err)
			}
			if _, err := f.Write(campaign.Template()); err != nil {
				return errors.Join(err, f.Close())
			}
			if err := f.Close(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s; edit it, then: vnettune plan %s\n", file, file)
			return nil
		},
	}
}

func newPlanCmd() *cobra.Command {
	var format, from, store, power string
	cmd := &cobra.Command{
		Use:   "plan CAMPAIGN",
		Short: "combinations, order, boots and hours of a campaign, and what it could detect; touches nothing",
		Long: `Shows what a campaign would do, without touching anything, and what it could detect:
by the noise and the times in the campaign's own store, when it is there, or in that
of an earlier campaign of the guest (--from). Without either nobody can know; an
assumed noise is called an assumption.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			c, text, err := loadCampaign(a[0])
			if err != nil {
				return err
			}
			if c.Guest.Generation == "" {
				return usageError(campaign.RequireGeneration(a[0], text))
			}
			p, err := c.Plan(c.Guest.Generation)
			if err != nil {
				return usageError(trouble.At(a[0], err))
			}
			wanted, err := parsePercent("--power", power)
			if err != nil {
				return err
			}
			if !(wanted >= 50 && wanted < 100) {
				return usageError(trouble.Hint(fmt.Errorf("--power %s is no wanted power", power), "give one from 50%% to below 100%%, usually 80%%"))
			}
			own := storePath(a[0], store)
			old, unused, err := findEarlier(from, own, c)
			if err != nil {
				return err
			}
			values := old.values()
			if err := forecast.WithinLimits(c, p, values); err != nil {
				return err
			}
			f := forecast.New(c, p, values, wanted/100)
			f.Unused = unused
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), struct {
					matrix.Plan
					Forecast forecast.Forecast
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
func boots(p matrix.Plan) string { return p.Extent() }

// writePlan shows a plan to a person.
func writePlan(w io.Writer, c campaign.Campaign, p matrix.Plan, f forecast.Forecast) error {
	fmt.Fprintf(w, "campaign %s on %s: %d combinations, %s, seed %d\n", c.Name, p.Generation, len(p.Arms), p.Extent(), c.Seed)
	fmt.Fprintf(w, "each boot: settle %s, one discarded run, then %d repetitions of %d workloads; margin %g %%, alpha %g\n",
		c.Settle, c.Repetitions, len(c.Workloads), c.Margin, c.Alpha)
	if p.Search != nil && p.Search.Screen > 0 {
		fmt.Fprintln(w, record.ScreenCaveat)
	}
	f.WriteText(w, c)
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
