package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vnettune/results"
)

func newExcludeCmd() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "exclude STORE BOOT --reason TEXT",
		Short: "mark a boot as not to be ranked",
		Long: `Marks a boot as not to be ranked. The mark cannot be removed, and every report shows
it with its reason; what was measured stays in the store.`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if reason == "" {
				return usageError(errors.New("exclude: --reason is needed; every report shows it"))
			}
			store, err := results.Open(a[0])
			if err != nil {
				return usageError(err)
			}
			defer store.Close()
			if err := store.Exclude(a[1], reason, time.Now()); err != nil {
				return usageError(err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "boot %s is not ranked any more\n", a[1])
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words")
	return cmd
}
