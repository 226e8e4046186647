package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/stored"
	"vnettune/spawn"
	"vnettune/trouble"
)

func newRunCmd() *cobra.Command {
	var store, format string
	var yes, onApplied bool
	var budget time.Duration
	cmd := &cobra.Command{
		Use:   "run CAMPAIGN",
		Short: "run a campaign, or go on where it stopped",
		Long: `Runs every boot of the campaign that the store does not have yet: writes the
combination, reboots, proves the boot, reads the settings back, measures, stores.
Whatever happens, the guest gets its originals back, verified after a reboot. With
switch: within-boot in the campaign a boot measures several combinations one after the
other, each after a switch that is read back.

On a terminal its bottom shows how far the campaign is, what is being done, and what was
measured last beside the arm's mean so far. The time left is the plan's estimate until a
boot is ranked. Means are a look on the way: what may be said of arms is in the report.

A budget (--for 8h, or budget in the campaign) is the time of one session, the restore
included: whole blocks are made while one fits, then the report is shown, and the next run
goes on.

Ctrl-C stops after cleaning up, and so does a terminal that hangs up, unless it is
behind nohup; run again goes on where it stopped. A campaign with nothing left to do
touches no guest. Where vnettune apply has put something on the guest, the terminal is
asked whether that is the baseline, or --on-applied says that it is. To go on in a store that this user did not make on this host takes a
word on the terminal, or --yes.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, text, err := loadWithDrivers(a[0])
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("for") {
				if budget <= 0 || budget > campaign.MaxBudget {
					return usageError(trouble.Hint(fmt.Errorf("--for: %s is not legal", budget), "use a time such as 90m or 8h"))
				}
				c.Budget = budget
			}
			cleansUp(cmd.Context())
			outliveOutput()
			r := runner{campaign: c, files: rig.Files{Campaign: a[0], Text: text, Store: storePath(a[0], store)}, format: format,
				again: runAgain(a[0], store), onApplied: onApplied, stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr()}
			if sum, finished := rig.Finished(c, r.files, judges); finished {
				return r.finished(cmd.Context(), sum)
			}
			believed, err := believeAt(cmd, r.files.Store, yes)
			if err != nil {
				return err
			}
			if !inside(c) {
				if err := goneLab(c, r.files.Store); err != nil {
					return err
				}
				return runInside(cmd.Context(), c, r.files.Store, believed, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			err = r.run(cmd.Context())
			if code := exitCode(err); r.inTime == "" || format != "text" || code != exitDone && code != exitPartial {
				return err
			}
			return errors.Join(showReport(cmd, r.files.Store), err)
		},
	}
	cmd.Flags().DurationVar(&budget, "for", 0, "make whole blocks for so long, such as 8h, the restore included; then show the report (default: budget of the campaign)")
	cmd.Flags().StringVar(&store, "store", "", "the store's file (default: the campaign file's name with .db, in the current folder)")
	oneOf(cmd.Flags(), &format, "format", "text", "progress as text on stderr, or as json: one event a line on stdout (docs/schema/events-v1.json)", "text", "json")
	cmd.Flags().BoolVar(&onApplied, "on-applied", false, "the baseline is what vnettune apply has put on the guest, which is not asked about")
	yesFlag(cmd, &yes)
	return cmd
}

// runner is one call of vnettune run.
type runner struct {
	campaign       campaign.Campaign
	files          rig.Files
	format         string
	onApplied      bool   // what vnettune apply has put on the guest is the baseline
	again          string // the command that goes on with it
	inTime         string // why the session ended in the time that it was given; "" otherwise
	stdout, stderr io.Writer
}

func (r *runner) run(ctx context.Context) error {
	g, err := reach(ctx, r.campaign)
	if err != nil {
		return err
	}
	defer g.Close()
	if err := g.FindIPerf(ctx); err != nil {
		return err
	}
	unlock, err := g.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	plan, err := g.Plan(ctx, r.files)
	if err != nil {
		return err
	}
	if err := forecast.WithinLimits(r.campaign, plan, nil); err != nil {
		return err
	}
	if err := r.blockFits(plan); err != nil {
		return err
	}
	over, err := overApplied(ctx, g, r.files.Store, r.onApplied)
	if err != nil {
		return err
	}
	earlier, _, err := stored.FindEarlier("", r.files.Store, r.campaign)
	if err != nil {
		return err
	}
	session, err := g.Open(r.files, plan)
	if err != nil {
		return err
	}
	defer session.Close()
	session.BootTime = forecast.BootTime(r.campaign, earlier)
	session.Over, session.Holds = over, heldBy(ctx, r.files.Store, over)
	if session.Changed {
		if err := session.Holds(true); err != nil {
			return err
		}
	}
	show := newProgress(r.format, r.stdout, r.stderr)
	showing(ctx, show)
	sum, err := session.Run(ctx, judges(r.campaign, plan), show.event)
	show.close()
	showing(ctx, nil)
	if plan.AA() && sum.OK > 0 { // a run that shows nothing keeps nothing, and is no failure
		if err := stored.KeepOwnFloor(session.Store, time.Now()); err != nil {
			fmt.Fprintf(r.stderr, "the noise floor of this A/A run is not kept: %v\n", trouble.Line(err))
		}
	}
	err = r.goOn(ctx, sum, signalled(ctx, r.verdict(sum, err)))
	r.notice(ctx, err)
	return err
}

// blockFits refuses a budget that by estimate holds no block, before the guest is written to.
func (r *runner) blockFits(plan matrix.Plan) error {
	if r.campaign.Budget == 0 {
		return nil
	}
	earlier, _, err := stored.FindEarlier("", r.files.Store, r.campaign)
	if err != nil {
		return err
	}
	boot := forecast.BootTime(r.campaign, earlier)
	n := 0
	for _, slot := range plan.Slots {
		if slot.Block == 1 && slot.Only == matrix.Always {
			n++
		}
	}
	if needs := boot * time.Duration(n+1); needs > r.campaign.Budget {
		return usageError(trouble.Hint(fmt.Errorf("the budget of %s holds no block: one with the restore takes about %s", r.campaign.Budget, needs.Round(time.Second)), "give it more time (budget, --for), or fewer arms"))
	}
	return nil
}

// showReport shows what a store has, as vnettune report does.
func showReport(cmd *cobra.Command, store string) error {
	report := newReportCmd()
	report.SetArgs([]string{store})
	report.SetOut(cmd.OutOrStdout())
	report.SetErr(cmd.ErrOrStderr())
	report.SilenceErrors, report.SilenceUsage = true, true
	return report.ExecuteContext(cmd.Context())
}

// judges are what decides while a campaign runs.
func judges(c campaign.Campaign, p matrix.Plan) bench.Judges {
	return bench.Judges{Search: stored.SearchOptions(c, p), Switch: stored.NewSwitchJudge(c), Settle: stored.NewSettleJudge(c)}
}

// finished says what a run with nothing left to do comes to.
func (r *runner) finished(ctx context.Context, sum bench.Summary) error {
	show := newProgress(r.format, r.stdout, r.stderr)
	show.event(bench.Event{Time: time.Now(), Kind: bench.EventDone, Status: sum.Outcome(), Text: sum.Stopped})
	show.close()
	err := r.goOn(ctx, sum, r.verdict(sum, nil))
	r.notice(ctx, err)
	return err
}

// verdict turns the end of the loop into its exit code.
func (r *runner) verdict(sum bench.Summary, err error) error {
	switch {
	case err != nil:
		return err
	case sum.OK == 0:
		r.inTime = sum.InTime
		return &exitError{exitFailed, trouble.Hint(errNoUsableBoot, "what became of each boot: %s", r.report())}
	case sum.Failed > 0 || sum.Stopped != "" || len(sum.Silent) > 0:
		r.inTime = sum.InTime
		why := slices.DeleteFunc([]string{sum.InTime}, func(w string) bool { return w == "" })
		if sum.Stopped != "" {
			why = append(why, sum.Stopped)
		} else if sum.Failed > 0 {
			failed := fmt.Sprintf("%d of %d boots are not ranked", sum.Failed, sum.Planned)
			if sum.Stints {
				failed = fmt.Sprintf("%d stints or boots are not ranked", sum.Failed)
			}
			why = append(why, failed)
		}
		for _, s := range sum.Silent {
			what := "number"
			if s.Figure != "" {
				what = s.Figure
			}
			why = append(why, fmt.Sprintf("workload %s gave no %s in any of its %d runs; the last: %s: %s", s.Workload, what, s.Runs, s.Last.Class, s.Last.Reason))
		}
		return &exitError{exitPartial, fmt.Errorf("%s; what was measured is in %s", strings.Join(why, "; "), r.files.Store)}
	}
	what := "boots"
	if sum.Stints {
		what = "stints and boots"
	}
	if sum.InTime != "" {
		r.inTime = sum.InTime
		fmt.Fprintf(r.stderr, "%s\n%d of %d %s are in %s\n  go on: %s\n", sum.InTime, sum.OK, sum.Planned, what, r.files.Store, r.again)
		return nil
	}
	fmt.Fprintf(r.stderr, "done: %d %s in %s\n  report: %s\n", sum.OK, what, r.files.Store, r.report())
	return nil
}

// errNoUsableBoot is how a campaign ends that measured nothing.
var errNoUsableBoot = errors.New("no boot gave a number that may be ranked")

// notifyLimit bounds the command that notifies.
const notifyLimit = time.Minute

// notice runs the campaign's command if it asks to be told of such an end. What happened is in the command's environment: VNETTUNE_EVENT (end
// or failure), VNETTUNE_CAMPAIGN, VNETTUNE_STORE and VNETTUNE_MESSAGE. Its own
// failure is said and changes nothing.
func (r *runner) notice(ctx context.Context, end error) {
	c := r.campaign
	event, message := campaign.NotifyEnd, cmp.Or(r.inTime, "done")
	if end != nil {
		message = complaint(end)
		if code := exitCode(end); code != exitPartial {
			event = campaign.NotifyFailure
		}
	}
	if len(c.Notify.Command) == 0 || !slices.Contains(c.Notify.On, event) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyLimit)
	defer cancel()
	cmd := spawn.Command(ctx, c.Notify.Command[0], c.Notify.Command[1:]...)
	cmd.Env = append(cmd.Environ(), "VNETTUNE_EVENT="+event, "VNETTUNE_CAMPAIGN="+c.Name, "VNETTUNE_STORE="+r.files.Store, "VNETTUNE_MESSAGE="+message)
	cmd.Stdout, cmd.Stderr = r.stderr, r.stderr
	cmd.WaitDelay = time.Second // for what it leaves running
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		complain(r.stderr, fmt.Errorf("notify: %s: %w", c.Notify.Command[0], err))
	}
}
