package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vnettune/foreign"
	"vnettune/report"
	"vnettune/report/baseline"
	"vnettune/trouble"
)

func newBaselineCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "the folder of finished campaigns that vnettune gate --against judges by",
		Long: `Keeps finished campaigns in a folder, as what the next one is held against:

  vnettune gate tonight.db --against baselines/

The folder holds copies of stores and nothing else; it may be copied, archived and
looked into like any other. docs/ci.md says how a nightly job uses it.`,
		Args: noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(newBaselineAddCmd(), newBaselineListCmd(), newBaselinePruneCmd())
	return cmd
}

// baselineFolder adds the flag that names the folder.
func baselineFolder(cmd *cobra.Command) *string {
	return cmd.Flags().String("in", "baselines", "the folder of the stores")
}

func newBaselineAddCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add STORE",
		Short: "copy a finished campaign into the folder",
		Long: `Copies a store into the folder, as CAMPAIGN-BEGUN.db with the time in UTC, and prints
the path of the copy. The copy is there whole or not at all. STORE stays as it is.

Refused is a store that is not whole: a run is going on, boots of its plan are
missing, its guest was not put back. So is one that is in the folder already, unless it
has grown since and has all marks of its copy, whose place it takes; and one
that vnettune gate --against could not hold against those that are there: another
kind of guest, other workloads or metrics, a workload measured in another way.`,
		Example: "  vnettune baseline add tonight.db\n  vnettune baseline add tonight.db --in /srv/vnettune/baselines",
		Args:    args(cobra.ExactArgs(1)),
	}
	in := baselineFolder(cmd)
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		path, had, err := baseline.Folder(*in).Add(a[0])
		if err != nil {
			return err
		}
		if had > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "it takes the place of its copy with %d boots\n", had)
		}
		fmt.Fprintln(cmd.OutOrStdout(), path)
		return nil
	}
	return cmd
}

func newBaselineListCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "what is in the folder, with the level of each baseline",
		Long: `Lists the stores of the folder: when each was begun, its campaign, guest and boots, and
what its baseline measured of every primary metric (mean over boots).

A file that cannot be read is named after the list, and the exit code is 2: the gate
would refuse the folder.`,
		Args: args(cobra.NoArgs),
	}
	in := baselineFolder(cmd)
	var out outputFlags
	out.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := out.check(cmd); err != nil {
			return err
		}
		all, err := baseline.Folder(*in).List()
		if err != nil {
			return err
		}
		render := out.page(cmd, report.TellBaselines(*in, all))
		if out.format == "json" {
			render = func(w io.Writer) error { return report.BaselinesJSON(w, *in, all) }
		}
		if err := out.write(cmd, render); err != nil {
			return err
		}
		unreadable := 0
		for _, e := range all {
			if e.Err != nil {
				unreadable++
			}
		}
		if unreadable > 0 {
			return usageError(trouble.Hint(trouble.At(*in, fmt.Errorf("%d of %d files cannot be read", unreadable, len(all))), "take them out of the folder, or put copies in their place"))
		}
		return nil
	}
	return cmd
}

func newBaselinePruneCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prune --keep N",
		Short: "remove the oldest campaigns from the folder",
		Long: `Removes from the folder the oldest stores of each campaign, by when they were begun,
until N are left of it, and prints their paths. N is at least 5: vnettune gate
--against takes so many.

Removed is only what vnettune baseline add put there. Another file is left, named on
stderr, and the exit code is 2.`,
		Example: "  vnettune baseline prune --keep 30",
		Args:    args(cobra.NoArgs),
	}
	in := baselineFolder(cmd)
	keep := cmd.Flags().Int("keep", 0, "how many stores of each campaign stay (required)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("keep") {
			return usageError(trouble.Hint(errors.New("prune: --keep is missing"), "say how many stores of each campaign stay, as in --keep 30"))
		}
		removed, left, err := baseline.Folder(*in).Prune(*keep)
		for _, path := range removed {
			fmt.Fprintln(cmd.OutOrStdout(), path)
		}
		for _, why := range left {
			fmt.Fprintf(cmd.ErrOrStderr(), "left: %s\n", foreign.Message(trouble.Line(why)))
		}
		if err == nil && len(left) > 0 {
			err = usageError(trouble.Hint(trouble.At(*in, fmt.Errorf("%d files are left that vnettune baseline add did not put there, or that cannot be read", len(left))), "take them out of the folder"))
		}
		return err
	}
	return cmd
}
