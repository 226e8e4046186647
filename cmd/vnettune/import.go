package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/foreign"
	"vnettune/matrix/campaign"
	"vnettune/matrix/tweak"
	"vnettune/results/sample"
	"vnettune/trouble"
)

func newImportCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "import FILE.reg",
		Short: "a tweak file as a profile of a campaign, each line known as a setting or not",
		Long: `Reads a registry file as tweak pages publish them and writes a profile for a campaign
file (profiles: ..., to be named by use or profile). What the profile does without is listed
as remarks, each line with the reason: unknown, of another type, not legal. Nothing is
written to any registry.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			data, err := foreign.ReadFile(a[0], tweak.MaxFile)
			if err != nil {
				return usageError(trouble.At(a[0], err))
			}
			entries, err := tweak.Parse(data)
			if err != nil {
				return usageError(trouble.At(a[0], trouble.Hint(err, "give a file that regedit exports (.reg)")))
			}
			lines := tweak.Know(entries)
			taken := 0
			for _, l := range lines {
				if l.Value != "" {
					taken++
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d lines write something; the profile has %d of them\n", a[0], len(lines), taken)
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), lines)
			}
			return tweak.Write(cmd.OutOrStdout(), profileName(a[0]), lines)
		},
	}
	formats(cmd.Flags(), &format)
	return cmd
}

// profileName is a legal name of a profile for a file.
func profileName(file string) string {
	base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	name := strings.TrimLeft(strings.Map(func(r rune) rune {
		if r < 0x80 && sample.ValidName("x"+string(r)) {
			return r
		}
		return '-'
	}, base), "._+,=:-")
	if name == "" {
		return "imported"
	}
	return name[:min(len(name), campaign.MaxName)]
}
