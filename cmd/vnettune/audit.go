package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply/export"
	"vnettune/bench/rig"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/audit"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/trouble"
)

func newAuditCmd() *cobra.Command {
	var out outputFlags
	var way campaign.Way
	var data string
	var verdicts []string
	cmd := &cobra.Command{
		Use:   "audit [CAMPAIGN]",
		Short: "what of a guest's settings is odd: read-only, needs no iperf3",
		Long: `Reads every setting of the catalogue that the guest's Windows has, and says what is
not at the default of this Windows and this driver, who advises it and who contradicts
it, what campaigns say of it (--verdicts), what is known to be dangerous, what is
configured and not in effect, and how to undo it. A default that no source says is
not known is listed as such, and never guessed. Nothing is written, and nothing is
measured.

The guest is the campaign's, or the one that --control, --user and a password's source
name; --data is then the address of the adapter to look at, where that is not the one
of --control. A verdict from another Windows or another driver is said to be from there.

The exit code is 0 with findings and without; 1 where the guest could not be read.`,
		Example: "  vnettune audit demo.yaml --verdicts demo.db\n  vnettune audit --control 192.0.2.10 --user Administrator --password-prompt",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			c, err := audited(cmd, a, way, data)
			if err != nil {
				return err
			}
			opinions, err := opinionsOf(verdicts)
			if err != nil {
				return err
			}
			if !inside(c) {
				return runInside(cmd.Context(), c, "", "", cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), auditLimit)
			defer cancel()
			g, err := reach(ctx, c)
			if err != nil {
				return err
			}
			defer g.Close()
			s, err := g.Survey(ctx)
			if err != nil {
				return err
			}
			found, err := audit.Judge(auditInput(s, opinions, c.Own.Profiles))
			if err != nil {
				return err
			}
			if out.format == "json" {
				return out.write(cmd, func(w io.Writer) error { return audit.JSON(w, found) })
			}
			return out.write(cmd, out.page(cmd, audit.Page(found)))
		},
	}
	out.add(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&verdicts, "verdicts", nil, "a store, or a folder of stores, whose verdicts on what is found are shown; may be given again")
	flags.StringVar(&data, "data", "", "without a campaign: the address of the adapter to look at (default: that of --control)")
	wayFlags(flags, &way)
	return cmd
}

// auditLimit bounds an audit: each of its few questions takes seconds.
const auditLimit = 5 * time.Minute

// audited is the campaign whose guest is looked at, or one that flags alone name.
func audited(cmd *cobra.Command, a []string, way campaign.Way, data string) (campaign.Campaign, error) {
	if len(a) == 0 {
		c, err := way.Of(data)
		if err != nil {
			return c, usageError(err)
		}
		hidePassword(c)
		return c, nil
	}
	if cmd.Flags().Changed("data") {
		return campaign.Campaign{}, usageError(trouble.Hint(errors.New("--data: the campaign names the address under test (guest.data)"), "leave one of the two out"))
	}
	c, _, err := loadCampaign(a[0])
	if err != nil {
		return c, err
	}
	if c, err = c.By(way); err != nil {
		return c, usageError(err)
	}
	hidePassword(c)
	return c, nil
}

// opinionsOf are what stores say of values.
func opinionsOf(paths []string) ([]report.Opinion, error) {
	paths, err := stored.Expand(paths)
	if err != nil {
		return nil, err
	}
	var all []report.Opinion
	for _, path := range paths {
		if strings.HasSuffix(path, ".csv") || path == "-" {
			return nil, usageError(trouble.Hint(trouble.At(path, errors.New("--verdicts: samples do not say on what they were measured")), "name stores (*.db)"))
		}
		c, err := stored.OpenStore(path)
		if err != nil {
			return nil, err
		}
		o, err := report.OpinionOf(c)
		if err != nil {
			return nil, trouble.At(path, err)
		}
		all = append(all, o)
	}
	return all, nil
}

// auditInput is what an audit is made of: what was read, and what is known of it here.
func auditInput(s rig.Surveyed, opinions []report.Opinion, own []matrix.Profile) audit.Input {
	in := audit.Input{Survey: s.Survey, Settings: s.Settings, Profiles: slices.Concat(matrix.Profiles(), own), Opinions: opinions, Left: s.Left, Undo: map[string]audit.UndoLine{},
		Driver: s.Adapter.DriverVersion, Windows: record.Value(record.FactOS, record.Host{}, s.Guest)}
	for _, one := range s.Survey.Settings {
		line, err := export.CommandLine(one.Original, matrix.Default)
		u := audit.UndoLine{Command: line}
		if err != nil {
			u.Why = foreign.Line(err.Error())
		}
		in.Undo[one.Place.Key()] = u
	}
	return in
}
