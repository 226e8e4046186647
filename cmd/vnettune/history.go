package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/report/rank/gate"
)

func newHistoryCmd() *cobra.Command {
	var arm, baseline, margin, format string
	defaults := rank.DefaultOptions()
	cmd := &cobra.Command{
		Use:   "history STORE...",
		Short: "a metric over many campaigns, and where it changed",
		Long: `Follows every metric over campaigns: stores in the order in which they were begun,
or CSV files of samples in the order in which they are named. With --arm it is the
ratio of that arm to each campaign's own baseline, which removes what differs from
day to day; without, the baseline itself.

From 10 campaigns on it looks for change points (E-divisive: 999 permutations, 1 %,
at least 5 campaigns between changes). They are advice: vnettune gate judges. The
exit code is 0 whatever is found.`,
		Example: "  vnettune history nightly/*.db --arm new-driver",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			o := defaults
			var err error
			if o.Margin, err = parsePercent("--margin", margin); err != nil {
				return err
			}
			return runHistory(cmd.InOrStdin(), cmd.OutOrStdout(), a, arm, baseline, format, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&arm, "arm", "", "the arm to follow as a ratio to the baseline (default: the baseline itself)")
	flags.StringVar(&baseline, "baseline", "", "the baseline (default: each campaign's)")
	flags.StringVar(&margin, "margin", fmt.Sprintf("%g%%", defaults.Margin), "the smallest change worth caring about, in percent")
	flags.StringVar(&format, "format", "text", "text or json")
	return cmd
}

func runHistory(stdin io.Reader, stdout io.Writer, paths []string, arm, baseline, format string, o rank.Options) error {
	var sources []source
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			return usageError(fmt.Errorf("%s is named twice: each campaign counts once", path))
		}
		s, err := openSource(path, stdin)
		if err != nil {
			return err
		}
		if report.IsStandIn(s.guestKind()) != report.IsStandIn(append(sources, s)[0].guestKind()) {
			return usageError(fmt.Errorf("%s measured %q and %s %q: a stand-in and a Windows are not one history", path, s.guestKind(), paths[0], sources[0].guestKind()))
		}
		sources = append(sources, s)
	}
	if !slices.ContainsFunc(sources, func(s source) bool { return s.begun.IsZero() }) {
		slices.SortStableFunc(sources, func(a, b source) int { return cmp.Or(a.begun.Compare(b.begun), cmp.Compare(a.name, b.name)) })
	}
	var campaigns []gate.Session
	for _, s := range sources {
		base, err := s.arm("--baseline", baseline)
		if err != nil {
			return err
		}
		campaigns = append(campaigns, gate.Session{Name: s.name, Rows: s.rows, Baseline: base})
	}
	histories, err := gate.HistoryOf(campaigns, arm, o)
	if err != nil {
		return usageError(err)
	}
	h := report.HistoryReport{Arm: arm, Margin: o.Margin, GuestKind: sources[0].guestKind(), Histories: histories}
	var out bytes.Buffer
	write := report.HistoryText
	if format == "json" {
		write = report.HistoryJSON
	}
	if err := write(&out, h); err != nil {
		return err
	}
	_, err = stdout.Write(out.Bytes())
	return err
}
