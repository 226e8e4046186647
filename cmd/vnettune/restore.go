package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/matrix/campaign"
	"vnettune/results"
)

func newRestoreCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "restore STORE",
		Short: "put the guest back to its originals",
		Long: `Writes the originals that the store holds back to the guest, reboots it and reads
them back. A guest that does not answer is brought back in the ways that the campaign's
guest.rescue names. Only the store and the guest's password are needed.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			store, err := results.Open(a[0])
			if err != nil {
				return usageError(err)
			}
			defer store.Close()
			kept := store.Campaign()
			c, err := campaign.Parse(kept.File+" (as stored in "+a[0]+")", kept.Text)
			if err != nil {
				return usageError(err)
			}
			if !inside(c) {
				return runInside(cmd.Context(), c, os.Args[1:], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return restore(cmd.Context(), store, c, cmd.ErrOrStderr())
		},
	}
}

// restore puts back what the store holds, by every way that its campaign names. A
// guest that was never written to needs nothing. A first signal does not stop it: what
// there is to clean up is its work.
func restore(ctx context.Context, store *results.Store, c campaign.Campaign, stderr io.Writer) error {
	changed, err := store.Changed()
	if err != nil {
		return err
	}
	text, err := store.Originals()
	switch {
	case err != nil:
		return leftChanged(changed, store, err)
	case text == nil:
		fmt.Fprintln(stderr, "the store holds no originals: this campaign never wrote to the guest, nothing is to be put back")
		return nil
	}
	var o apply.Originals
	if err := json.Unmarshal(text, &o); err != nil {
		return leftChanged(changed, store, fmt.Errorf("the stored originals: %w", err))
	}
	id, err := store.Owner(apply.NewOwnerID(), time.Now())
	if err != nil {
		return leftChanged(changed, store, err)
	}
	con, err := reach(ctx, c)
	if err != nil {
		return leftChanged(changed, store, err)
	}
	defer con.client.Close()
	unlock, err := lockGuest(c)
	if err != nil {
		return leftChanged(changed, store, err)
	}
	defer unlock()
	holdsGuest(ctx, store.Path())
	var due time.Time // an earlier session may have armed the dead-man switch
	if limit := c.Guest.Rescue.DeadMan; limit > 0 && o.Risky() {
		due = time.Now().Add(limit)
	}
	steps, err := con.ladder(id, c.Limits.Reboot).Restore(context.WithoutCancel(ctx), o, due)
	if len(steps) > 1 {
		for _, s := range steps {
			fmt.Fprintf(stderr, "%s: %s\n", s.Rung, s.Outcome)
		}
	}
	kept := keepSteps(store, steps)
	if err != nil {
		return leftChanged(true, store, errors.Join(con.explain(err), kept))
	}
	holdsGuest(ctx, "")
	fmt.Fprintln(stderr, "the guest has its originals, read back after a reboot")
	if err := errors.Join(kept, store.MarkClean(time.Now())); err != nil {
		return fmt.Errorf("%s does not say that the guest was restored: %w", store.Path(), err)
	}
	return nil
}

// leftChanged is what stopped a restore, with exit code 6 where the guest needs one.
func leftChanged(changed bool, store *results.Store, err error) error {
	if !changed {
		return err
	}
	return &exitError{exitUnrestored, fmt.Errorf("the guest is left changed: %w\n  put it back with: vnettune restore %s", err, store.Path())}
}

// keepSteps stores what was done.
func keepSteps(store *results.Store, steps []rescue.Step) error {
	text, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	return store.AddEvent(results.Event{At: time.Now(), Kind: bench.StoredRescue, Text: string(text)})
}
