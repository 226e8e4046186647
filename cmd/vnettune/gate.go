package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/report/rank/gate"
)

// gateFlags are the flags of vnettune gate.
type gateFlags struct {
	baseline, candidate, margin, format string
	alpha                               float64
	against                             bool
	looks                               gate.Looks
}

func newGateCmd() *cobra.Command {
	var f gateFlags
	cmd := &cobra.Command{
		Use:   "gate STORE --baseline ARM --candidate ARM | NEW --against STORE...",
		Short: "the regression gate for CI: pass, fail or inconclusive",
		Long: `Says whether a candidate is worse than the baseline:

  PASS          it is shown to be no worse than the margin
  FAIL          it is shown to be worse, and the estimated loss is the margin or more
  INCONCLUSIVE  neither is shown; the output says what is missing

The sound form compares two arms of one campaign, whose boots alternate. With
--against, a new campaign is compared with stored ones; days differ, so that takes
at least five stored campaigns and is less precise.

An inconclusive gate may be asked again after more blocks, if that was planned: say
--looks N at every look, fixed before the first, and --look K which one it is. Each
look has 1/N of the error rate, so all together are wrong no more often than alpha
says. Testing again without that is wrong up to N times as often.

A store's own margin and alpha hold unless flags say otherwise. Instead of a store,
a CSV file of samples (*.csv, or - for standard input) may be named.

Exit codes: 0 PASS, 4 FAIL, 5 INCONCLUSIVE, 2 wrong usage or invalid data.`,
		Example: "  vnettune gate nightly.db --candidate new-driver\n" +
			"  vnettune gate nightly.db --candidate new-driver --looks 3 --look 1\n" +
			"  vnettune gate today.db --against mon.db tue.db wed.db thu.db fri.db",
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", f.format, "text", "json"); err != nil {
				return err
			}
			return runGate(cmd, f, a)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.baseline, "baseline", "", "the arm to compare with (default: the campaign's baseline)")
	flags.StringVar(&f.candidate, "candidate", "", "the arm to judge (with --against default: the campaign's baseline)")
	flags.BoolVar(&f.against, "against", false, "compare the first campaign with the others that are named")
	flags.IntVar(&f.looks.Planned, "looks", 1, "how often at most the gate is asked while blocks are added; they share alpha")
	flags.IntVar(&f.looks.This, "look", 1, "which of the looks this is, from 1")
	flags.StringVar(&f.margin, "margin", "", "the largest loss that is no regression, in percent (default: the campaign's, or 2%)")
	flags.Float64Var(&f.alpha, "alpha", 0, "the chance of a wrong PASS, and of a wrong FAIL (default: the campaign's, or 0.05)")
	flags.StringVar(&f.format, "format", "text", "text or json")
	return cmd
}

func runGate(cmd *cobra.Command, f gateFlags, paths []string) error {
	fresh, err := openSource(paths[0], cmd.InOrStdin())
	if err != nil {
		return err
	}
	o := rank.DefaultOptions()
	o.Margin, o.Alpha = fresh.margin, fresh.alpha
	if f.margin != "" {
		if o.Margin, err = parsePercent("--margin", f.margin); err != nil {
			return err
		}
	}
	if cmd.Flags().Changed("alpha") {
		o.Alpha = f.alpha
	}
	if err := f.looks.Check(); err != nil {
		return usageError(fmt.Errorf("--looks, --look: %w", err))
	}
	g := report.Gate{Margin: o.Margin, Alpha: o.Alpha, Looks: f.looks, GuestKind: fresh.guestKind()}
	if f.against {
		err = gateAgainst(&g, f, o, fresh, paths[1:], cmd.InOrStdin())
	} else {
		err = gateArms(&g, f, o, fresh, paths[1:])
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	write := report.GateText
	if f.format == "json" {
		write = report.GateJSON
	}
	if err := write(&out, g); err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(out.Bytes()); err != nil {
		return err
	}
	switch g.Verdict {
	case gate.Fail:
		return &exitError{code: exitRegression}
	case gate.Inconclusive:
		return &exitError{code: exitInconclusive}
	}
	return nil
}

// gateArms judges one arm of a campaign by another.
func gateArms(g *report.Gate, f gateFlags, o rank.Options, s source, more []string) (err error) {
	if len(more) > 0 {
		return usageError(fmt.Errorf("%s: one campaign holds both arms; to compare with stored campaigns say --against", more[0]))
	}
	if f.candidate == "" {
		return usageError(errors.New("name the arm to judge: --candidate ARM"))
	}
	if o.Baseline, err = s.arm("--baseline", f.baseline); err != nil {
		return err
	}
	g.Candidate, g.Baseline = f.candidate, o.Baseline
	if g.Results, g.Verdict, err = gate.Judge(s.rows, f.candidate, o, f.looks); err != nil {
		return usageError(fmt.Errorf("%s: %w", s.name, err))
	}
	return nil
}

// gateAgainst judges an arm of a campaign by stored campaigns.
func gateAgainst(g *report.Gate, f gateFlags, o rank.Options, fresh source, paths []string, stdin io.Reader) error {
	if len(paths) == 0 {
		return usageError(errors.New("--against needs the stored campaigns: vnettune gate NEW --against STORE"))
	}
	candidate, err := fresh.arm("--candidate", f.candidate)
	if err != nil {
		return err
	}
	seen := map[string]bool{fresh.name: true}
	var stored []gate.Session
	for _, path := range paths {
		if seen[path] {
			return usageError(fmt.Errorf("%s is named twice: each session counts once", path))
		}
		seen[path] = true
		s, err := openSource(path, stdin)
		if err != nil {
			return err
		}
		arm, err := s.arm("--baseline", f.baseline)
		if err != nil {
			return err
		}
		if report.IsStandIn(s.guestKind()) != report.IsStandIn(fresh.guestKind()) {
			return usageError(fmt.Errorf("%s measured %q and %s %q: a stand-in and a Windows cannot be compared", path, s.guestKind(), fresh.name, fresh.guestKind()))
		}
		stored = append(stored, gate.Session{Name: path, Rows: s.rows, Baseline: arm})
	}
	g.Candidate = candidate + " of " + fresh.name
	g.Baseline = stored[0].Baseline + " of " + strings.Join(paths, ", ")
	if g.Results, g.Verdict, err = gate.Against(fresh.rows, candidate, stored, o, f.looks); err != nil {
		return usageError(err)
	}
	return nil
}
