package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
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
				return runInside(cmd.Context(), c, os.Args[1:], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			r := runner{campaign: c, text: text, file: a[0], store: storePath(a[0], store), format: format,
				stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr()}
			return r.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&store, "store", "", "the store's file (default: the campaign's name with .db)")
	cmd.Flags().StringVar(&format, "format", "text", "progress as text on stderr, or as json: one event a line on stdout")
	return cmd
}

// oneOf checks an enumerated flag.
func oneOf(flag, value string, legal ...string) error {
	for _, l := range legal {
		if value == l {
			return nil
		}
	}
	return usageError(fmt.Errorf("%s: %q is none of %v", flag, value, legal))
}

// runner is one call of vnettune run.
type runner struct {
	campaign       campaign.Campaign
	text           []byte
	file           string
	store          string
	format         string
	stdout, stderr io.Writer
}

func (r *runner) run(ctx context.Context) (err error) {
	con, err := connect(ctx, r.campaign)
	if err != nil {
		return err
	}
	defer con.client.Close()
	forgetPassword(r.campaign)
	unlock, err := lockGuest(r.campaign)
	if err != nil {
		return err
	}
	defer unlock()
	gen, err := r.generation(ctx, con.guest)
	if err != nil {
		return con.explain(err)
	}
	plan, err := r.campaign.Plan(gen)
	if err != nil {
		return usageError(fmt.Errorf("%s: %w", r.file, err))
	}
	if err := withinLimits(r.campaign, plan, nil); err != nil {
		return err
	}
	_, statErr := os.Stat(r.store)
	store, err := r.openStore(gen, plan)
	if err != nil {
		return err
	}
	defer func() {
		r.closeStore(store, errors.Is(statErr, fs.ErrNotExist) && exitCode(err) != exitUnrestored)
	}()
	if changed, err := store.Changed(); err != nil {
		return err
	} else if changed { // by an earlier session, until this one restores it
		holdsGuest(ctx, r.store)
	}
	id, err := store.Owner(apply.NewOwnerID(), time.Now())
	if err != nil {
		return err
	}
	show := newProgress(r.format, r.stdout, r.stderr)
	loop := bench.Loop{Guest: con.guest, Rescue: con.ladder(id, r.campaign.Limits.Reboot), Owner: owner(id),
		Meter: con.meter, Store: store, Clock: systemClock{}, Host: hostFacts(r.campaign, con.meter.Version, con.target.Address),
		Notify: func(e bench.Event) {
			r.remember(ctx, e)
			show.event(e)
		}}
	sum, err := loop.Run(ctx, r.spec(plan, con))
	show.close()
	if plan.AA() && sum.OK > 0 {
		keepOwnFloor(r.stderr, store, r.campaign)
	}
	err = signalled(ctx, r.verdict(sum, con.explain(err)))
	notify(ctx, r.campaign, r.store, err, r.stderr)
	return err
}

// remember keeps for the second signal what it must say: between its first write and
// its restore the guest is left changed by a process that ends.
func (r *runner) remember(ctx context.Context, e bench.Event) {
	switch e.Kind {
	case bench.EventStart:
		holdsGuest(ctx, r.store)
	case bench.EventRestored:
		holdsGuest(ctx, "")
	}
}

// generation is what the campaign says, or what the guest is.
func (r *runner) generation(ctx context.Context, g *apply.Guest) (matrix.Generation, error) {
	if r.campaign.Guest.Generation != "" {
		return r.campaign.Guest.Generation, nil
	}
	f, _, err := g.Facts(ctx)
	if err != nil && apply.Lost(err) {
		// A guest that was left without its network is still the one of the store.
		if s, storeErr := results.OpenReadOnly(r.store); storeErr == nil {
			defer s.Close()
			return matrix.Generation(s.Campaign().Generation), nil
		}
	}
	if err != nil {
		return "", err
	}
	return apply.GenerationOf(f)
}

// openStore opens the campaign's store, or makes it.
func (r *runner) openStore(gen matrix.Generation, plan matrix.Plan) (*results.Store, error) {
	planned, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	c := results.Campaign{Name: r.campaign.Name, File: r.file, Text: r.text, Generation: string(gen), Plan: planned,
		Seed: r.campaign.Seed, Created: time.Now()}
	s, err := results.OpenOrCreate(r.store, c)
	if err != nil {
		return nil, usageError(err)
	}
	if err := s.Lock(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// closeStore closes the store, and takes one away again that was made for nothing:
// the guest was refused before a session began, and nothing was left in it.
func (r *runner) closeStore(s *results.Store, made bool) {
	sessions, err := s.Sessions()
	s.Close()
	if made && err == nil && len(sessions) == 0 {
		os.Remove(r.store)
	}
}

// spec turns the campaign into what the loop does.
func (r *runner) spec(plan matrix.Plan, con *connection) bench.Spec {
	c := r.campaign
	return bench.Spec{
		Plan: plan, Workloads: c.Workloads, Repetitions: c.Repetitions, Settle: c.Settle, Target: con.target, GuestIPerf: con.exe,
		Limits: bench.Limits{Hours: c.Limits.Hours, FailuresInARow: c.Limits.FailuresInARow},
		Search: bench.SearchSpec{Workload: c.Search.Workload, Metric: c.Search.Metric, Margin: c.Margin, Alpha: c.Alpha},
		Reboot: apply.RebootLimits(c.Limits.Reboot), DeadMan: c.Guest.Rescue.DeadMan, OtherWayBack: con.rescue.Independent(), AllowPending: c.Guest.AllowPending,
	}
}

// verdict turns the end of the loop into the exit code that DESIGN gives it.
func (r *runner) verdict(sum bench.Summary, err error) error {
	var left *bench.UnrestoredError
	switch {
	case errors.As(err, &left):
		return &exitError{exitUnrestored, fmt.Errorf("%w\n  put it back with: vnettune restore %s", err, r.store)}
	case err != nil:
		return err
	case sum.OK == 0:
		return &exitError{exitFailed, errNoUsableBoot}
	case sum.Failed > 0 || sum.Stopped != "":
		why := sum.Stopped
		if why == "" {
			why = fmt.Sprintf("%d of %d boots are not ranked", sum.Failed, sum.Planned)
		}
		return &exitError{exitPartial, fmt.Errorf("%s; what was measured is in %s", why, r.store)}
	}
	fmt.Fprintf(r.stderr, "done: %d boots in %s; vnettune report %s shows the ranking\n", sum.OK, r.store, r.store)
	return nil
}
