package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"vnettune/matrix/campaign"
)

func newInitCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "write a commented campaign file",
		Long:  "Writes a commented campaign file (campaign.yaml unless named) to start from. An existing file is left alone.",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			file := "campaign.yaml"
			if len(a) == 1 {
				file = a[0]
			}
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usageError(fmt.Errorf("%s is there already; name another file", file))
			}
			if err != nil {
				return usageError(err)
			}
			if _, err := f.Write(campaign.Template()); err != nil {
				return errors.Join(err, f.Close())
			}
			if err := f.Close(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s; edit it, then: vnettune plan %s\n", file, file)
			return nil
		},
	}
}
