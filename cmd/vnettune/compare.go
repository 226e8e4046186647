package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/report"
	"vnettune/report/stored"
	"vnettune/results/record"
)

func newCompareCmd() *cobra.Command {
	var f askedFlags
	var differs string
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "compare A B [--differs FACT]",
		Short: "two campaigns side by side: of another driver, host, guest or kernel",
		Long: `Compares what the arms of two campaigns do, each against the baseline of its own
campaign: what the day does to arm and baseline alike cancels. An effect differs, is
equivalent, or is undetermined; the levels of the two baselines stand side by side
without a verdict.

Arms are one if they have one name and one combination. The facts beside the settings
are looked up in the sessions of both stores:

  driver  of the guest's adapter      cpu    of the host, with its governor
  os      the guest's Windows         qemu   QEMU and the machine that it makes
  kernel  of the host, and its TCP    tap    the path from the host to the guest
  iperf   on the host
  host    kernel, cpu, qemu, tap and iperf as one; guest: driver and os as one

--differs names the one under test. Where another differs, or only one campaign knows
it, every verdict is confounded. What neither knows, as of CSV files, is said.

Each campaign's own baseline, margins and alpha hold unless flags say otherwise; margins
and alpha must be equal. Instead of a store, a CSV file of samples (*.csv, or - for
standard input) may be named: it needs --baseline. The exit code is 0 whatever is found.`,
		Example: "  vnettune compare old-driver.db new-driver.db --differs driver\n" +
			"  vnettune compare a.csv b.csv --baseline default --differs kernel",
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			asked, err := f.asked(cmd)
			if err != nil {
				return err
			}
			ask := stored.Ask{Asked: asked, Differs: record.Fact(differs)}
			if err := ask.Check(); err != nil {
				return err
			}
			all, err := stored.OpenMany(a, cmd.InOrStdin())
			if err != nil {
				return err
			}
			c, err := stored.Compare(all[0], all[1], ask)
			if err != nil {
				return err
			}
			if out.format == "json" {
				return out.write(cmd, func(w io.Writer) error { return report.CompareJSON(w, c) })
			}
			p, err := report.TellCompare(c)
			if err != nil {
				return err
			}
			return out.write(cmd, out.page(cmd, p))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&differs, "differs", "", "the fact under test: "+strings.Join(stored.FactNames(), ", "))
	flags.StringVar(&f.baseline, "baseline", "", "the baseline (default: each campaign's)")
	f.judging(flags, "the smallest difference of effects worth caring about")
	flags.Float64Var(&f.alpha, "alpha", 0, "the chance of any false difference in a family (default: the campaigns', or 0.05)")
	flags.StringArrayVar(&f.workloads, "workload", nil, "compare only this workload; may be given again (default: all)")
	flags.StringArrayVar(&f.metrics, "metric", nil, "compare this metric; may be given again (default: all but the minor ones)")
	flags.BoolVar(&f.allMetrics, "all-metrics", false, "compare minor metrics too: jitter")
	out.add(cmd, "vega")
	return cmd
}
