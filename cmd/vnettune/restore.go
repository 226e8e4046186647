package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/bench/campaign"
	"vnettune/results"
)

func newRestoreCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "restore STORE",
		Short: "put the guest back to its originals",
		Long: `Writes the originals that the store holds back to the guest, reboots it and reads
them back. It needs the store and the guest's password, nothing else.`,
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
			if err := restore(cmd.Context(), store, c); err != nil {
				return &exitError{exitUnrestored, err}
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "the guest has its originals, read back after a reboot")
			return nil
		},
	}
}

func restore(ctx context.Context, store *results.Store, c campaign.Campaign) error {
	text, err := store.Originals()
	if err != nil {
		return err
	}
	if text == nil {
		return fmt.Errorf("the store holds no originals: this campaign never wrote to the guest")
	}
	var o apply.Originals
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("the stored originals: %w", err)
	}
	con, err := connect(ctx, c)
	if err != nil {
		return err
	}
	defer con.client.Close()
	unlock, err := lockGuest(c)
	if err != nil {
		return err
	}
	defer unlock()
	if err := con.guest.Restore(ctx, o, apply.RebootLimits(c.Limits.Reboot)); err != nil {
		return con.explain(err)
	}
	return store.MarkClean(time.Now())
}
