package main

import (
	"io"

	"github.com/spf13/cobra"

	"vnettune/report"
	"vnettune/report/stored"
)

func newStatusCmd() *cobra.Command {
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "status STORE",
		Short: "how far a campaign is, which boots failed, and what to do next",
		Long: `Says how far the campaign of a store is, which boots are not ranked and why, whether a
run is going on, whether guest and host are as they were found, and what to do next. Of
a store of vnettune apply it says what is applied, and how to go back. It
reads the store and nothing else, also while a run is going on.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			c, err := stored.OpenAnyStore(a[0])
			if err != nil {
				return err
			}
			s := report.StatusOf(c)
			if out.format == "json" {
				return out.write(cmd, func(w io.Writer) error { return report.StatusJSON(w, s) })
			}
			return out.write(cmd, out.page(cmd, report.TellStatus(s)))
		},
	}
	out.addText(cmd, "text: the long form")
	return cmd
}
