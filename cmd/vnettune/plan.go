package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/bench/rig"
	"vnettune/lab/windows"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/trouble"
)

// refusedByLab says what of a plan the Windows that its lab plays cannot be given, and which values its
// adapter's driver does not take: both are known without asking it.
func refusedByLab(c campaign.Campaign, p matrix.Plan) error {
	l := c.Guest.Lab
	if l == nil {
		return nil
	}
	played, err := matrix.WindowsOf(windows.Release(string(p.Generation), l.Build))
	if err != nil {
		return nil // plan knows only what is certain
	}
	if cannot := p.Cannot(played); len(cannot) > 0 {
		return trouble.Hint(errors.Join(cannot...), "leave it out of the campaign, or name another guest.lab.build (this one is %s)", played)
	}
	if err := apply.Legal(labAdapter(string(p.Generation), l), p); err != nil {
		return trouble.Hint(err, "guest.lab.driver chooses the driver of a lab's adapter")
	}
	return nil
}

// labAdapter is a lab's adapter as far as its driver is known without asking: nothing of it where the
// Windows that is played has no driver that could be asked.
func labAdapter(generation string, l *campaign.Lab) record.Adapter {
	connection, driver, ok := windows.Driver(generation, l.Build, l.Language, l.Driver)
	if !ok {
		return record.Adapter{}
	}
	a := record.Adapter{Name: connection, DriverVersion: driver.Version, Driver: &record.Driver{}}
	declared := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for _, k := range driver.Keywords {
		a.Driver.Keywords = append(a.Driver.Keywords, record.Keyword{Name: k.Name, Type: declared(k.Type), Default: declared(k.Default),
			Min: declared(k.Min), Max: declared(k.Max), Step: declared(k.Step), Optional: declared(k.Optional), Enum: k.Enum, Set: k.Default != ""})
	}
	return a
}

func newPlanCmd() *cobra.Command {
	var from, store, power string
	var schedule bool
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "plan CAMPAIGN",
		Short: "combinations, boots and hours of a campaign, and what differences cost to find; touches nothing",
		Long: `Shows what a campaign would do, without touching anything, what it would cost to find
differences of the margin and of 5 % (10 %), by reboots and by switching within boots
whichever the campaign has, and what the campaign as it is could detect. --full says
more, --schedule the order of boots.
Noise and times come from the campaign's own store if there is one, or from that of an
earlier campaign of the guest (--from). Without either the noise is assumed, and the
plan says so. What the guest's network driver said of its properties comes from the
same store, and that of a lab from guest.lab: a value that it does not take is refused.
Variants that are patches of a domain's XML are shown as a diff where this host can read
the domain, and those that are a driver's package by its version, date and hash. By the
store's answer a profile's line that asks for the largest, or for one a virtual
processor, has that in the words to copy.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			if schedule && out.format != "text" {
				return usageError(trouble.Hint(errors.New("--schedule: it is for --format text"), "leave it out: Slots has the order of boots"))
			}
			c, text, err := loadWithDrivers(a[0])
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
			if err := refusedByLab(c, p); err != nil {
				return usageError(trouble.At(a[0], err))
			}
			own := storePath(a[0], store)
			old, unused, err := stored.FindEarlier(from, own, c)
			if err != nil {
				return err
			}
			if err := forecast.WithinLimits(c, p, old); err != nil {
				return err
			}
			known, path, err := stored.FindKnown(from, own, c)
			if err != nil {
				return err
			}
			if err := apply.Legal(known.Adapter, p); err != nil {
				return usageError(trouble.At(path, err))
			}
			for i, d := range p.Dropped {
				p.Dropped[i] = d.Computed(func(l matrix.Line) matrix.Value { return known.Compute(p.Generation, l) })
			}
			f := forecast.New(c, p, old, wanted/100)
			f.Unused = unused
			if f.Patches, err = rig.Patches(cmd.Context(), c, p); err != nil {
				return usageError(trouble.At(a[0], err))
			}
			if out.format == "json" {
				return writeJSON(cmd.OutOrStdout(), struct {
					matrix.Plan
					Forecast forecast.Forecast
				}{p, f})
			}
			if out.full {
				f.Sizes = matrix.Sizes(p.Generation, c.Design, c.Seed)
			}
			return out.write(cmd, out.page(cmd, forecast.Tell(c, p, f, schedule)))
		},
	}
	out.addText(cmd, "text: the long form, with all that the combinations differ in, noise and power of each metric, why settings are expected inert, what rows of a design are aliased with, and how large each design over the settings is")
	cmd.Flags().BoolVar(&schedule, "schedule", false, "text: the order of boots, and of the stints within them, too")
	cmd.Flags().StringVar(&from, "from", "", "the store of an earlier campaign of the guest: its noise and times say what this one could detect (default: the campaign's own store, when it is there)")
	cmd.Flags().StringVar(&store, "store", "", "the campaign's own store (default: the campaign file's name with .db, in the current folder)")
	cmd.Flags().StringVar(&power, "power", "80%", "the wanted chance to show a difference of the margin, if there is one")
	return cmd
}
