package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/trouble"
)

func newRunCmd() *cobra.Command {
	var store, format string
	cmd := &cobra.Command{
		Use:   "run CAMPAIGN",
		Short: "run a campaign, or go on where it stopped",
		Long: `Runs every boot of the campaign that the store does not have yet: writes the
combination, reboots, proves the boot, reads the settings back, measures, stores.
Whatever happens, the guest gets its originals back, verified after a reboot.

Ctrl-C stops after cleaning up; run again goes on where it stopped.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			c, text, err := loadCampaign(a[0])
			if err != nil {
				return err
			}
			if !inside(c) {
				if err := goneLab(c, storePath(a[0], store)); err != nil {
					return err
				}
				return runInside(cmd.Context(), c, os.Args[1:], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			r := runner{campaign: c, files: rig.Files{Campaign: a[0], Text: text, Store: storePath(a[0], store)}, format: format,
				stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr()}
			return r.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&store, "store", "", "the store's file (default: the campaign file's name with .db, in the current folder)")
	cmd.Flags().StringVar(&format, "format", "text", "progress as text on stderr, or as json: one event a line on stdout")
	return cmd
}

// runner is one call of vnettune run.
type runner struct {
	campaign       campaign.Campaign
	files          rig.Files
	format         string
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
	forgetPassword(r.campaign)
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
	session, err := g.Open(r.files, plan)
	if err != nil {
		return err
	}
	defer session.Close()
	if session.Changed {
		holdsGuest(ctx, r.files.Store)
	}
	show := newProgress(r.format, r.stdout, r.stderr)
	sum, err := session.Run(ctx, stored.SearchOptions(r.campaign, plan), func(e bench.Event) {
		r.remember(ctx, e)
		show.event(e)
	})
	show.close()
	if plan.AA() && sum.OK > 0 { // a run that shows nothing keeps nothing, and is no failure
		if err := stored.KeepOwnFloor(session.Store, time.Now()); err != nil {
			fmt.Fprintf(r.stderr, "the noise floor of this A/A run is not kept: %v\n", trouble.Line(err))
		}
	}
	err = signalled(ctx, r.verdict(sum, err))
	r.notice(ctx, err)
	return err
}

// remember keeps what a second signal must say: a process that ends between the first
// write to the guest and its restore leaves the guest changed.
func (r *runner) remember(ctx context.Context, e bench.Event) {
	switch e.Kind {
	case bench.EventStart:
		holdsGuest(ctx, r.files.Store)
	case bench.EventRestored:
		holdsGuest(ctx, "")
	}
}

// verdict turns the end of the loop into its exit code.
func (r *runner) verdict(sum bench.Summary, err error) error {
	switch {
	case err != nil:
		return err
	case sum.OK == 0:
		return &exitError{exitFailed, errNoUsableBoot}
	case sum.Failed > 0 || sum.Stopped != "" || len(sum.Silent) > 0:
		var why []string
		if sum.Stopped != "" {
			why = append(why, sum.Stopped)
		} else if sum.Failed > 0 {
			why = append(why, fmt.Sprintf("%d of %d boots are not ranked", sum.Failed, sum.Planned))
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
	fmt.Fprintf(r.stderr, "done: %d boots in %s; vnettune report %s shows the ranking\n", sum.OK, r.files.Store, r.files.Store)
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
	event, message := campaign.NotifyEnd, "done"
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
	cmd := exec.CommandContext(ctx, c.Notify.Command[0], c.Notify.Command[1:]...)
	cmd.Env = append(cmd.Environ(), "VNETTUNE_EVENT="+event, "VNETTUNE_CAMPAIGN="+c.Name, "VNETTUNE_STORE="+r.files.Store, "VNETTUNE_MESSAGE="+message)
	cmd.Stdout, cmd.Stderr = r.stderr, r.stderr
	if err := cmd.Run(); err != nil {
		complain(r.stderr, fmt.Errorf("notify: %s: %w", c.Notify.Command[0], err))
	}
}

func newRestoreCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "restore STORE",
		Short: "put the guest's originals back",
		Long: `Writes the originals that the store holds back to the guest, reboots it and reads
them back. A guest that does not answer is brought back by the ways of the campaign's
guest.rescue. It needs the store and the guest's password, nothing else. Another machine
at the guest's address gets nothing.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			store, err := stored.OpenToWrite(a[0])
			if err != nil {
				return err
			}
			defer store.Close()
			c, err := stored.FileOf(store)
			if err != nil {
				return err
			}
			if !inside(c) {
				if err := goneLab(c, store.Path()); err != nil {
					return err
				}
				return runInside(cmd.Context(), c, os.Args[1:], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return restore(cmd.Context(), store, c, cmd.ErrOrStderr())
		},
	}
}

// restore puts back what the store holds and says what came of it.
func restore(ctx context.Context, store *results.Store, c campaign.Campaign, stderr io.Writer) error {
	done, err := rig.Restore(ctx, store, func() (*rig.Rig, error) { return reachBy(ctx, c, rig.ReachToRestore) }, func() { holdsGuest(ctx, store.Path()) })
	if len(done.Steps) > 1 {
		for _, s := range done.Steps {
			fmt.Fprintf(stderr, "%s: %s\n", s.Rung, s.Outcome)
		}
	}
	for _, what := range done.Others {
		fmt.Fprintln(stderr, what)
	}
	for _, what := range done.Moved {
		fmt.Fprintf(stderr, "the guest is the machine of this store, but its %s\n", what)
	}
	switch {
	case done.Untouched:
		holdsGuest(ctx, "")
		fmt.Fprintln(stderr, rescue.Untouched)
	case done.Never:
		fmt.Fprintln(stderr, "the store holds no originals: this campaign never wrote to the guest, nothing is to be put back")
	case done.Done:
		holdsGuest(ctx, "")
		fmt.Fprintln(stderr, "the guest has its originals, read back after a reboot")
	}
	return err
}
