package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/report"
	"vnettune/report/junit"
	"vnettune/report/markdown"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/trouble"
)

// gateFlags are the flags of vnettune gate.
type gateFlags struct {
	asked     askedFlags
	out       outputFlags
	candidate string
	summary   string
	against   bool
	looks     gate.Looks
}

func newGateCmd() *cobra.Command {
	var f gateFlags
	cmd := &cobra.Command{
		Use:   "gate STORE|SAMPLES.csv --baseline ARM --candidate ARM | NEW --against STORE...",
		Short: "the regression gate for CI: pass, fail or inconclusive",
		Long: `Says whether a candidate is worse than the baseline:

  PASS            it is shown to be no worse than the margin, or equal in every boot
  FAIL            it is shown to be worse, and the estimated loss is the margin or more
  FAIL(failures)  its boots are shown to fail more often
  INCONCLUSIVE    none of these is shown; the output says what is missing

Judged are the primary metrics of every workload (throughput, of udp loss, too; of latency the median), each
by its own margin: --workload and --metric name others. A PASS must hold whatever lost
boots would have measured, and boots made arm by arm get no claim.

The sound form compares two arms of one campaign, whose boots alternate. With
--against, a new campaign is compared with stored ones; days differ, so that takes
at least five stored campaigns and is less precise. A folder stands for the stores in
it (*.db): vnettune baseline keeps one.

An inconclusive gate may be asked again after more blocks, if that was planned: say
--looks N at every look, fixed before the first, and --look K which one it is. Each
look has 1/N of the error rate, so all together are wrong no more often than alpha
says. Testing again without that is wrong up to N times as often.

A store's own baseline, margins and alpha hold unless flags say otherwise. Instead of a
store, a CSV file of samples (*.csv, or - for standard input) may be named: it needs
--baseline.

Exit codes: 0 PASS, 4 FAIL, 5 INCONCLUSIVE, 2 wrong usage or invalid data.`,
		Example: "  vnettune gate nightly.db --candidate new-driver\n" +
			"  vnettune gate nightly.db --candidate new-driver --looks 3 --look 1\n" +
			"  vnettune gate today.db --against mon.db tue.db wed.db thu.db fri.db\n" +
			"  vnettune gate today.db --against baselines/",
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := f.out.check(cmd); err != nil {
				return err
			}
			if cmd.Flags().Changed("summary") {
				if err := target(cmd, "--summary", f.summary); err != nil {
					return err
				}
				if f.summary == f.out.output {
					return usageError(trouble.Hint(fmt.Errorf("--summary: %s is that of --output", f.summary), "name two files"))
				}
			}
			return runGate(cmd, f, a)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.asked.baseline, "baseline", "", "the arm to compare with (default: the campaign's baseline)")
	flags.StringVar(&f.candidate, "candidate", "", "the arm to judge (with --against default: the campaign's baseline)")
	flags.BoolVar(&f.against, "against", false, "compare the first campaign with the others that are named")
	flags.IntVar(&f.looks.Planned, "looks", 1, "how often at most the gate is asked while blocks are added; they share alpha")
	flags.IntVar(&f.looks.This, "look", 1, "which of the looks this is, from 1")
	flags.StringArrayVar(&f.asked.workloads, "workload", nil, "judge only this workload; may be given again (default: all)")
	flags.StringArrayVar(&f.asked.metrics, "metric", nil, "judge this metric; may be given again (default: the primary ones: loss and throughput of udp, throughput of tcp, the median of latency)")
	f.asked.judging(flags, "the largest loss that is no regression")
	flags.Float64Var(&f.asked.alpha, "alpha", 0, "the chance of a wrong PASS, and of a wrong FAIL (default: the campaign's, or 0.05)")
	flags.StringVar(&f.summary, "summary", "", "append the outcome as Markdown to this file, such as $GITHUB_STEP_SUMMARY")
	f.out.add(cmd, "junit")
	return cmd
}

func runGate(cmd *cobra.Command, f gateFlags, paths []string) error {
	asked, err := f.asked.asked(cmd)
	if err != nil {
		return err
	}
	asked.Looks = f.looks
	if !f.against && len(paths) > 1 {
		return usageError(trouble.Hint(fmt.Errorf("%s: one campaign holds both arms", paths[1]), "to compare with stored campaigns say --against"))
	}
	if f.against && len(paths) == 1 {
		return usageError(trouble.Hint(errors.New("--against names no stored campaign"), "vnettune gate NEW --against STORE, or a folder of stores"))
	}
	for _, path := range paths[1:] {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(path, string(filepath.Separator)) {
			fmt.Fprintf(cmd.ErrOrStderr(), "there is no folder %s yet; vnettune baseline add makes it\n", path)
		}
	}
	earlier, err := stored.Expand(paths[1:])
	if err != nil {
		return err
	}
	all, err := stored.OpenMany(append(paths[:1:1], earlier...), cmd.InOrStdin())
	if err != nil {
		return err
	}
	var g stored.Gated
	if f.against {
		g, err = all[0].GateAgainst(all[1:], f.candidate, asked)
	} else {
		g, err = all[0].Gate(f.candidate, asked)
	}
	if err != nil {
		return err
	}
	told := report.TellGate(g)
	render := f.out.page(cmd, told)
	switch f.out.format {
	case "json":
		render = func(w io.Writer) error { return report.GateJSON(w, g) }
	case "junit":
		render = func(w io.Writer) error { return junit.Gate(w, g, f.out.inconclusive) }
	}
	if err := f.out.write(cmd, render); err != nil {
		return err
	}
	if f.summary != "" {
		if err := appendFile(f.summary, func(w io.Writer) error { return markdown.Write(w, told) }); err != nil {
			return err
		}
	}
	switch g.Verdict {
	case gate.Fail, gate.FailFailures:
		return &exitError{code: exitRegression}
	case gate.Inconclusive:
		return &exitError{code: exitInconclusive}
	}
	return nil
}

func newHistoryCmd() *cobra.Command {
	var f askedFlags
	var arm string
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "history STORE...",
		Short: "a metric over many campaigns, and where it changed",
		Long: `Follows every metric over campaigns: stores in the order in which they were begun,
or CSV files of samples in the order in which they are named; a folder stands for the
stores in it (*.db). With --arm it is the
ratio of that arm to each campaign's own baseline, which removes what differs from
day to day; without, the baseline itself.

From 10 campaigns on it looks for change points (E-divisive: 999 permutations, 1 %,
at least 5 campaigns between changes). They are advice: vnettune gate judges. The
exit code is 0 whatever is found.`,
		Example: "  vnettune history baselines/ --arm new-driver",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			asked, err := f.asked(cmd)
			if err != nil {
				return err
			}
			paths, err := stored.Expand(a)
			if err != nil {
				return err
			}
			if len(paths) == 0 {
				return usageError(trouble.Hint(trouble.At(a[0], errors.New("no store (*.db) is in the folder")), "vnettune baseline add puts one there"))
			}
			campaigns, err := stored.OpenMany(paths, cmd.InOrStdin())
			if err != nil {
				return err
			}
			h, err := stored.Follow(campaigns, arm, asked)
			if err != nil {
				return err
			}
			if out.format == "json" {
				return out.write(cmd, func(w io.Writer) error { return report.HistoryJSON(w, h) })
			}
			p, err := report.TellHistory(h)
			if err != nil {
				return err
			}
			return out.write(cmd, out.page(cmd, p))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&arm, "arm", "", "the arm to follow as a ratio to the baseline (default: the baseline itself)")
	flags.StringVar(&f.baseline, "baseline", "", "the baseline (default: each campaign's)")
	f.judging(flags, "the smallest change worth caring about")
	out.add(cmd, "vega")
	return cmd
}
