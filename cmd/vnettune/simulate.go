package main

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/report/rank"
	"vnettune/report/rank/stints"
	"vnettune/report/rank/synthetic"
	"vnettune/report/stored"
	"vnettune/results/sample"
	"vnettune/trouble"
)

func newSimulateCmd() *cobra.Command {
	p := synthetic.DefaultPlan()
	var order string
	var effects, margins, rebootOnly, covariateEffects []string
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "a synthetic campaign from stated effects and noise, as samples",
		Long: `Draws a campaign with known truth and writes its samples as CSV, to be ranked: what
could a plan of so many blocks and repetitions detect? The same flags give the same
bytes. Noise is in percent: of boots, and of repetitions within a boot.

With --metric loss the samples are those of udp loss: mean, noise and effects are then
in percentage points, what would be negative is 0, and --zeros is the share of boots
without any loss. With --margin it is also said on standard error which differences
the plan would find, by the noise that is drawn; a ranking says so by the noise that
it sees, and is more careful.

With --within-boot a boot goes through the arms by switching, and each stint is a row's
column: a block is such a boot, and one of every whole plot.

With --covariate-sd each boot has a covariate in a column of its own, which rank takes out
of the noise where no arm is shown to act on it.

Shapes of noise: normal; t3 (heavy tails); drops (3 % of the values fall by 8
standard deviations); lognormal (skewed); bimodal (boots in two groups).`,
		Example: "  vnettune simulate --combinations 16 --blocks 5 --effect c03=4 | vnettune rank - --baseline baseline",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.Sequential = order == "sequential"
			if p.Metric == "loss" && !cmd.Flags().Changed("mean") {
				p.Mean, p.BootSD, p.RepSD = lossDefaults(cmd, p)
			}
			var err error
			if p.Effects, err = parseEffects("--effect", effects); err != nil {
				return err
			}
			if p.RebootOnly, err = parseEffects("--reboot-only", rebootOnly); err != nil {
				return err
			}
			if p.CovariateEffects, err = parseEffects("--covariate-effect", covariateEffects); err != nil {
				return err
			}
			rows, err := synthetic.Draw(p)
			if err != nil {
				return usageError(err)
			}
			var out bytes.Buffer
			if err := sample.Write(&out, rows); err != nil {
				return err
			}
			said, err := foretold(p, margins)
			if err != nil {
				return err
			}
			if _, err = cmd.OutOrStdout().Write(out.Bytes()); err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.ErrOrStderr(), said)
			return err
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&p.Combinations, "combinations", p.Combinations, "arms: the baseline, and c01, c02 ...")
	flags.IntVar(&p.Blocks, "blocks", p.Blocks, "boots of each arm, one a block")
	flags.IntVar(&p.BaselinePerBlock, "baseline-per-block", 0, "boots of the baseline in each block (default: twice from 6 combinations on, else once)")
	flags.IntVar(&p.Repetitions, "repetitions", p.Repetitions, "repetitions in each boot")
	flags.Float64Var(&p.BootSD, "boot-sd", p.BootSD, "standard deviation of boots, in percent")
	flags.Float64Var(&p.RepSD, "rep-sd", p.RepSD, "standard deviation of repetitions, in percent")
	oneOf(flags, &p.Shape, "noise", p.Shape, "normal, t3, drops, lognormal or bimodal", synthetic.Shapes()...)
	flags.Float64Var(&p.Correlation, "correlation", 0, "of a repetition with the one before it")
	flags.Float64Var(&p.NoiseSpread, "noise-spread", 0, "how arms differ in noise: standard deviation of its logarithm")
	flags.Float64Var(&p.Drift, "drift", 0, "change over the whole campaign, in percent")
	oneOf(flags, &order, "order", "blocks", "blocks (random order within each) or sequential (arm after arm)", "blocks", "sequential")
	flags.StringArrayVar(&effects, "effect", nil, "ARM=PERCENT, the true difference from the baseline (of loss in points); may be given again")
	flags.Float64Var(&p.Mean, "mean", p.Mean, "throughput of the baseline in Mbit/s; of loss in percent, and then 1 if nothing is said")
	flags.StringVar(&p.Metric, "metric", p.Metric, "throughput or loss")
	flags.Float64Var(&p.Zeros, "zeros", 0, "with --metric loss: the share of boots without loss, from 0 to 1")
	flags.StringArrayVar(&margins, "margin", nil, "say what the plan would find: 2%, or of a single metric, as in loss=0.1")
	flags.BoolVar(&p.WithinBoot, "within-boot", false, "switch the arms within boots: each block is a boot that goes through them, the baseline twice")
	flags.IntVar(&p.WholePlots, "whole-plots", 0, "with --within-boot: so many of the last arms need a reboot, and have a boot of their own in every block")
	flags.Float64Var(&p.InteractionSD, "interaction-sd", 0, "with --within-boot: standard deviation of an arm in a boot, in percent")
	flags.Float64Var(&p.StintSD, "stint-sd", 0, "with --within-boot: standard deviation of one application of an arm in a boot, in percent")
	flags.Float64Var(&p.CarryOver, "carry-over", 0, "with --within-boot: share of its effect that the arm before leaves in force in place of the arm's own, from 0 to 1")
	flags.StringArrayVar(&rebootOnly, "reboot-only", nil, "with --within-boot: ARM=PERCENT, an effect that only a reboot into the arm brings, in all stints of that boot; may be given again")
	flags.Float64Var(&p.CovariateSD, "covariate-sd", 0, "draw a covariate of each boot: its standard deviation, in percent")
	flags.Float64Var(&p.CovariateRho, "covariate-rho", 0, "with --covariate-sd: its correlation with the boot's deviation, from -1 to 1")
	flags.StringArrayVar(&covariateEffects, "covariate-effect", nil, "with --covariate-sd: ARM=PERCENT, what an arm does to the covariate, which should be nothing; may be given again")
	flags.Uint64Var(&p.Seed, "seed", p.Seed, "of all random numbers")
	return cmd
}

// lossDefaults are mean, boot and repetition noise of loss where no flag says others.
func lossDefaults(cmd *cobra.Command, p synthetic.Plan) (mean, boot, rep float64) {
	mean, boot, rep = 1, 0.3, 0.3
	if cmd.Flags().Changed("boot-sd") {
		boot = p.BootSD
	}
	if cmd.Flags().Changed("rep-sd") {
		rep = p.RepSD
	}
	return mean, boot, rep
}

// foretold says which differences the plan would find, by the margins; nothing without any.
func foretold(p synthetic.Plan, margins []string) (string, error) {
	if len(margins) == 0 {
		return "", nil
	}
	all, single, err := parseMargins(margins)
	if err != nil {
		return "", err
	}
	for metric := range single {
		if metric != p.Metric {
			return "", usageError(trouble.Hint(fmt.Errorf("--margin names %s, and %s is drawn", metric, p.Metric), "say --metric %s, or the margin of %s", metric, p.Metric))
		}
	}
	o := stored.Defaults(stored.Asked{Margin: all, Margins: single})
	if err := o.Check(); err != nil {
		return "", usageError(err)
	}
	metric := p.Metrics()
	margin := o.MarginOf(metric.Name, metric.Unit)
	planned := rank.Planned{Arms: p.Combinations, Blocks: p.Blocks, BaselinePerBlock: p.Baselines(), Scale: metric.Scale, Margin: margin, Alpha: o.Alpha}
	if p.WithinBoot {
		return foretoldWithin(p, margin, o.Alpha), nil
	}
	variance := p.BootSD*p.BootSD + p.RepSD*p.RepSD/float64(p.Repetitions)
	unit := rank.EffectUnit(metric.Scale, metric.Unit)
	text := fmt.Sprintf("differences below about %.2g %s are not reliably seen by this plan (80 %% power)", planned.Detectable(variance), unit)
	if n := planned.BlocksNeeded(variance); n > 0 {
		text += fmt.Sprintf("; the margin of %g %s needs %d blocks", margin, unit, n)
	}
	return text + "\n", nil
}

// plannedOrders is the least number of boots of which the order of stints is drawn for a forecast; what carry-over costs
// hardly changes behind them.
const plannedOrders = 60

// foretoldWithin is foretold for arms that are switched within boots.
func foretoldWithin(p synthetic.Plan, margin, alpha float64) string {
	metric := p.Metrics()
	switched := p.Combinations - p.WholePlots
	plan := rank.PlannedSwitched{Levels: []rank.PlannedLevel{{Arms: switched, Orders: stints.Orders(switched, max(p.Blocks, plannedOrders))}}, Scale: metric.Scale, Margin: margin, Alpha: alpha,
		Boot: p.BootSD * p.BootSD, Interaction: p.InteractionSD * p.InteractionSD, Stint: p.StintSD*p.StintSD + p.RepSD*p.RepSD/float64(p.Repetitions), Tests: 1, Once: true}
	for range p.WholePlots {
		plan.Levels = append(plan.Levels, rank.PlannedLevel{Arms: 1})
	}
	unit := rank.EffectUnit(metric.Scale, metric.Unit)
	within, between := plan.Detectables(p.Blocks)
	shown := func(d float64) string { return fmt.Sprintf("about %.2g %s", d, unit) }
	text := "this plan has too few boots to compare arms by switching"
	if !math.IsNaN(within) {
		text = fmt.Sprintf("by switching, differences below %s are not reliably seen by this plan (80 %% power)", shown(within))
	}
	if !math.IsNaN(between) {
		text += fmt.Sprintf(", between boots those below %s", shown(between))
	}
	if x := plan.Bound(p.Blocks); math.IsInf(x, 1) {
		text += "; whether a reboot does the same is not seen, as an arm is booted into fewer than twice"
	} else {
		text += fmt.Sprintf("; after a reboot the same within %s", shown(x))
	}
	if n := plan.BlocksNeeded(); n > 0 {
		text += fmt.Sprintf("; the margin of %g %s needs %d blocks", margin, unit, n)
	}
	return text + "\n"
}

// parseEffects reads ARM=PERCENT.
func parseEffects(flag string, list []string) (map[string]float64, error) {
	out := make(map[string]float64)
	for _, text := range list {
		arm, value, ok := strings.Cut(text, "=")
		v, err := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64)
		if !ok || err != nil {
			return nil, usageError(trouble.Hint(fmt.Errorf("%s %q is not of the form ARM=PERCENT", flag, text), "write it as c03=4, for instance"))
		}
		if _, twice := out[arm]; twice {
			return nil, usageError(fmt.Errorf("%s %s is given twice", flag, arm))
		}
		out[arm] = v
	}
	return out, nil
}
