package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vnettune/report"
	"vnettune/report/benchfmt"
	"vnettune/report/junit"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/trouble"
)

func newReportCmd() *cobra.Command {
	var calibration string
	var f askedFlags
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "report STORE|BUNDLE",
		Short: "the ranking of a campaign",
		Long: `Ranks what the store holds, with the campaign's own margin and alpha: the bottom line
first, then what to do, then the primary metric of each workload; --full has the rest.
If the design crosses settings or takes a profile apart, it also says what each setting
does.

  text      for a terminal, as wide as it is
  markdown  for a pull request or a wiki, within 65,000 characters
  html      one page to hand over: charts, tables, the samples; needs no network
  json      every number (docs/schema)
  junit     a test case for each comparison; what is undecided is skipped, or with
            --inconclusive fail a failure
  benchfmt  a line for each boot, as benchstat reads it
  csv       the samples, in the form that vnettune rank reads, which ranks them the same
  vega      the charts as Vega-Lite specifications

A bundle (vnettune bundle) has to verify. The exit code is 0 whatever the verdicts are.`,
		Example: "  vnettune report demo.db\n  vnettune report demo.db --format html --output demo.html",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			if err := f.onlyPages(cmd, out.format); err != nil {
				return err
			}
			c, err := toReport(a[0])
			if err != nil {
				return err
			}
			switch out.format {
			case "csv":
				return out.write(cmd, func(w io.Writer) error { return trouble.At(c.Path, report.CSV(w, c.All())) })
			case "benchfmt":
				return out.write(cmd, func(w io.Writer) error { return benchfmt.Write(w, c) })
			}
			var aa *stored.Campaign
			if calibration != "" {
				if aa, err = stored.OpenStore(calibration); err != nil {
					return err
				}
			}
			r, err := report.Of(c, aa, stored.Asked{AllMetrics: f.allMetrics, Workloads: f.workloads, Metrics: f.metrics})
			if err != nil {
				return err
			}
			if out.format == "html" {
				if r.Files, err = winnerFiles(c, r); err != nil {
					return err
				}
			}
			if err := writeReport(cmd, out, f, r); err != nil || aa == nil {
				return err
			}
			if err := c.KeepFloor(*r.NoiseFloor, time.Now()); err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "the noise floor is shown and not kept; say --calibration again next time: %v\n", trouble.Line(err))
			}
			return nil
		},
	}
	out.add(cmd, "csv", "junit", "benchfmt", "vega")
	f.narrowing(cmd.Flags())
	cmd.Flags().StringVar(&calibration, "calibration", "", "the store of an A/A run (design: aa) of the same guest: its noise floor is shown, and kept for later reports of STORE")
	return cmd
}

// narrowing adds the flags that say what of a ranking is shown.
func (f *askedFlags) narrowing(flags *pflag.FlagSet) {
	flags.BoolVar(&f.allMetrics, "all-metrics", false, "rank minor metrics too: jitter")
	flags.StringArrayVar(&f.workloads, "workload", nil, "only this workload; may be given again (default: all)")
	flags.StringArrayVar(&f.metrics, "metric", nil, "only this metric; may be given again (default: all)")
	flags.StringArrayVar(&f.arms, "arm", nil, "show only this arm beside the baseline, judged among all as before; may be given again (default: all)")
}

// onlyPages refuses --arm where every number is written.
func (f askedFlags) onlyPages(cmd *cobra.Command, format string) error {
	if len(f.arms) > 0 && !slices.Contains(pageFormats, format) || len(f.arms) > 0 && format == "json" {
		return usageError(trouble.Hint(fmt.Errorf("--arm: --format %s has every arm", format), "leave it out, and pick the arm from what is written"))
	}
	return nil
}

// writeReport renders a report.
func writeReport(cmd *cobra.Command, out outputFlags, f askedFlags, r report.Report) error {
	if err := r.Show(f.arms...); err != nil {
		return usageError(err)
	}
	switch out.format {
	case "json":
		return out.write(cmd, func(w io.Writer) error { return report.JSON(w, r) })
	case "csv":
		return out.write(cmd, func(w io.Writer) error { return report.RankingCSV(w, r) })
	case "junit":
		return out.write(cmd, func(w io.Writer) error { return junit.Ranking(w, r, out.inconclusive) })
	}
	p, err := report.Tell(r)
	if err != nil {
		return err
	}
	return out.write(cmd, out.page(cmd, p))
}

// whole writes what render writes; nothing unless all of it went well.
func whole(w io.Writer, render func(io.Writer) error) error {
	var out bytes.Buffer
	if err := render(&out); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// askedFlags are the flags by which a user wants a campaign judged otherwise than it says.
type askedFlags struct {
	baseline           string
	margins, scales    []string
	alpha              float64
	workloads, metrics []string
	arms               []string
	allMetrics         bool
}

// judging adds the flags that say how differences are judged; margin says what one is.
func (f *askedFlags) judging(flags *pflag.FlagSet, margin string) {
	flags.StringArrayVar(&f.margins, "margin", nil, margin+", in percent (default: the campaign's, or 2%), or that of a single metric in its own unit, as in loss=0.1; may be given again")
	flags.StringArrayVar(&f.scales, "scale", nil, "METRIC=difference: compare a metric that vnettune does not know by differences in its unit, for which zero is a value like any other; may be given again")
}

// asked is what the flags say; what they do not say is left to the campaign.
func (f askedFlags) asked(cmd *cobra.Command) (stored.Asked, error) {
	a := stored.Asked{Baseline: f.baseline, Workloads: f.workloads, Metrics: f.metrics, AllMetrics: f.allMetrics}
	var err error
	if a.Margin, a.Margins, err = parseMargins(f.margins); err != nil {
		return a, err
	}
	if a.Scales, err = parseScales(f.scales); err != nil {
		return a, err
	}
	if cmd.Flags().Changed("alpha") {
		a.Alpha = &f.alpha
	}
	return a, nil
}

func newRankCmd() *cobra.Command {
	var f askedFlags
	var variance rank.Variance
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "rank SAMPLES.csv --baseline ARM",
		Short: "rank the combinations in a file of samples; needs no guest and no store",
		Long: `Ranks the combinations in a CSV file of samples (- is standard input): one row a
repetition, with the header

  combination,block,boot,workload,metric,unit,repetition,value

and optionally better, status, order, slot, session, guest_kind and set:ID
(docs/samples.md says what they are for). Every combination is compared with the
baseline, every workload and metric by itself: throughput, latency and the like by
their ratio, with a margin of 2 %; loss and retransmits by their difference, for which
zero is a value, loss with a margin of 0.1 points. Primary metrics come first, and
jitter is left out unless --all-metrics is given. docs/statistics.md says what the
words of a verdict mean. Where set:ID columns
say that settings are crossed, or that a profile was run whole, line by line and
without each line, the effects of the settings follow. --format csv writes the table of
the ranking. The exit code is 0 whatever the verdicts are.`,
		Example: "  vnettune rank samples.csv --baseline default --margin 2%",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			if err := f.onlyPages(cmd, out.format); err != nil {
				return err
			}
			asked, err := f.asked(cmd)
			if err != nil {
				return err
			}
			asked.Variance = variance
			c, err := stored.OpenSamples(a[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			if out.format == "benchfmt" {
				return out.write(cmd, func(w io.Writer) error { return benchfmt.Write(w, c) })
			}
			r, err := report.Of(c, nil, asked)
			if err != nil {
				return err
			}
			return writeReport(cmd, out, f, r)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.baseline, "baseline", "", "the combination that the others are compared with (required)")
	f.judging(flags, "the smallest difference worth caring about")
	f.narrowing(flags)
	flags.Float64Var(&f.alpha, "alpha", 0, "the chance of any false difference in a family (default: 0.05)")
	oneOf(flags, &variance, "variance", rank.VarianceModerated, "how noise is estimated: moderated (each arm's own, moderated towards the others) or pooled (one for all arms, Dunnett's and Tukey's constants)", rank.VarianceModerated, rank.VariancePooled)
	out.add(cmd, "csv", "junit", "benchfmt", "vega")
	return cmd
}

func newExcludeCmd() *cobra.Command {
	var reason string
	var undo bool
	cmd := &cobra.Command{
		Use:   "exclude STORE BOOT --reason TEXT",
		Short: "take a boot out of the ranking, or back into it",
		Long: `Takes a boot, such as b002, or 2 as the screens of run number it, out of the ranking,
with all its stints if combinations were switched within it, or one stint of it, such as
b002.3. Every report shows it with its reason; what was measured stays in the store.
--undo takes it back, and every report shows both marks.`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if reason == "" {
				return usageError(trouble.Hint(errors.New("exclude: --reason is missing"), "say why in a few words: every report shows it"))
			}
			store, err := stored.OpenToWrite(a[0])
			if err != nil {
				return err
			}
			defer store.Close()
			kept, err := store.Read()
			if err != nil {
				return err
			}
			boot, err := stored.BootNamed(kept, a[1])
			if err != nil {
				return usageError(err)
			}
			mark, as := store.Exclude, "not ranked any more"
			if undo {
				mark, as = store.Include, "ranked again, as far as its status lets it"
			}
			if err := mark(boot, reason, time.Now()); err != nil {
				return usageError(err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "boot %s is %s\n", boot, as)
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words")
	cmd.Flags().BoolVar(&undo, "undo", false, "take the exclusion back")
	return cmd
}
