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

	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/spawn"
	"vnettune/trouble"
)

func newRunCmd() *cobra.Command {
	var store, format string
	var yes bool
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
touches no guest. To go on in a store that this user did not make on this host takes a
word on the terminal, or --yes.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			c, text, err := loadCampaign(a[0])
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
				again: runAgain(a[0], store), stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr()}
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
	cmd.Flags().StringVar(&format, "format", "text", "progress as text on stderr, or as json: one event a line on stdout")
	yesFlag(cmd, &yes)
	return cmd
}

// runner is one call of vnettune run.
type runner struct {
	campaign       campaign.Campaign
	files          rig.Files
	format         string
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
	session.Holds = func(changed bool) error {
		if changed {
			return holdsGuest(ctx, r.files.Store)
		}
		return holdsGuest(ctx, "")
	}
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

func newRestoreCmd() *cobra.Command {
	var yes bool
	var way campaign.Way
	cmd := &cobra.Command{
		Use:   "restore STORE",
		Short: "put the guest's originals back, and this host",
		Long: `Writes the originals that the store holds back to the guest, reboots it and reads
them back. What the campaign set on this host (host.set) is put back first, on this host
only. A guest that does not answer is brought back by the ways of the campaign's
guest.rescue. It needs the store and the guest's password, nothing else. Another machine
at the guest's address gets nothing. A guest that has moved, or another user, is named by
flags; all else is the campaign's. Where the store says that the guest has its
originals, and this host is not set, there is nothing to do.

A store that this user did not make on this host is not believed by itself: it says
whom the password is sent to. What it says is shown and asked about on the terminal,
or --yes is given; with neither the exit code is 2.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			store, err := stored.OpenToWrite(a[0])
			if err != nil {
				return err
			}
			defer store.Close()
			cleansUp(cmd.Context())
			outliveOutput()
			why, err := nothingToRestore(store)
			if err != nil {
				return err
			}
			hostSet, err := rig.HostIsSet(store)
			if err != nil {
				return err
			}
			if why != "" && !hostSet {
				fmt.Fprint(cmd.ErrOrStderr(), why)
				return nil
			}
			believed, err := believe(cmd, store, yes, way)
			if err != nil {
				return err
			}
			c, err := stored.FileOf(store)
			if err == nil {
				c, err = c.By(way)
			}
			if err != nil {
				return usageError(err)
			}
			hidePassword(c)
			outside := !inside(c)
			var left error                             // what stays of this host keeps the guest from nothing
			if hostSet && (!outside || labIsDown(c)) { // a lab that is up has settings of its own network, inside
				if left = restoreHost(store, c, cmd.ErrOrStderr()); errors.Is(left, results.ErrRunning) {
					return left
				}
				hostSet = false
			}
			if why != "" && !hostSet {
				fmt.Fprint(cmd.ErrOrStderr(), why)
				return left
			}
			if outside {
				if err := goneLab(c, store.Path()); err != nil {
					return errors.Join(err, left)
				}
				return errors.Join(runInside(cmd.Context(), c, store.Path(), believed, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()), left)
			}
			return errors.Join(restore(cmd.Context(), store, c, cmd.ErrOrStderr()), left)
		},
	}
	yesFlag(cmd, &yes)
	flags := cmd.Flags()
	flags.StringVar(&way.Control, "control", "", "where the guest's WinRM listens now: HOST, HOST:PORT or a URL")
	flags.StringVar(&way.User, "user", "", "another administrator of the guest")
	flags.StringVar(&way.PasswordEnv, "password-env", "", "the environment variable that holds the password")
	flags.StringVar(&way.PasswordFile, "password-file", "", "the file that holds the password")
	flags.BoolVar(&way.PasswordFileShared, "password-file-shared", false, "others may read that file")
	flags.BoolVar(&way.PasswordPrompt, "password-prompt", false, "ask for the password on the terminal")
	flags.StringVar(&way.Fingerprint, "trust", "", "the SHA-256 fingerprint of the guest's certificate")
	flags.StringVar(&way.CA, "trust-ca", "", "the PEM file of the authority that signed it")
	flags.BoolVar(&way.Insecure, "trust-insecure", false, "take any certificate")
	return cmd
}

// restoreHost puts back what a session has set on this host, unless one is running.
func restoreHost(store *results.Store, c campaign.Campaign, stderr io.Writer) error {
	if err := store.Lock(); err != nil {
		return err
	}
	as := "as it was before the campaign set it"
	err := rig.PutHostBack(store, c.Guest.Lab != nil, func(what string) {
		fmt.Fprintln(stderr, what)
		as = "as it was before the campaign set it, but for that"
	})
	if err == nil {
		fmt.Fprintln(stderr, "this host is "+as)
	}
	return err
}

// nothingToRestore says, as a line, why a store's guest needs no restore; "" where it does.
func nothingToRestore(store *results.Store) (string, error) {
	changed, err := store.Changed()
	if err != nil || changed {
		return "", err
	}
	o, err := store.Originals()
	switch {
	case err != nil:
		return "", err
	case o == nil:
		return "the store holds no originals: this campaign never wrote to the guest, nothing is to be put back\n", nil
	}
	return "the store says that the guest has its originals: nothing is to be put back\n", nil
}

// restore puts back what the store holds and says what came of it.
func restore(ctx context.Context, store *results.Store, c campaign.Campaign, stderr io.Writer) error {
	done, err := rig.Restore(ctx, store, func() (*rig.Rig, error) { return reachBy(ctx, c, rig.ReachToRestore) }, func() error { return holdsGuest(ctx, store.Path()) })
	if len(done.Steps) > 1 {
		for _, s := range done.Steps {
			if err == nil || !strings.Contains(err.Error(), s.Outcome) { // what is said once is enough
				fmt.Fprintf(stderr, "%s: %s\n", s.Rung, s.Outcome)
			}
		}
	}
	for _, what := range done.Others {
		fmt.Fprintln(stderr, what)
	}
	for _, what := range done.Moved {
		fmt.Fprintf(stderr, "the guest is the machine of this store, but its %s\n", what)
	}
	if changed, unread := store.Changed(); unread == nil && !changed { // else the store would ask for a guest that ended with its lab
		err = errors.Join(err, holdsGuest(ctx, ""))
	}
	switch {
	case done.Untouched:
		fmt.Fprintln(stderr, rescue.Untouched)
	case done.Done:
		but := ""
		if len(done.Kept) > 0 {
			but = " but for " + strings.Join(done.Kept, ", ") + ", kept as somebody else set it"
		}
		fmt.Fprintf(stderr, "the guest has its originals%s, read back after a reboot\n", but)
		for _, what := range store.Plan().Inexact() {
			fmt.Fprintln(stderr, what)
		}
	}
	return err
}
