package main

import (
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"vnettune/trouble"
)

func newManCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "write the manual pages into a folder",
		Long: `Writes a manual page of each command into a folder that is there, from the texts that
--help shows: vnettune.1, vnettune-run.1 and so on. man -l FOLDER/vnettune.1 shows one.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			root := newRootCmd()
			root.InitDefaultCompletionCmd() // which cobra adds to the command that is executed alone
			root.InitDefaultVersionFlag()
			manText(root)
			root.DisableAutoGenTag = true
			var date *time.Time // of the source, so that two builds of it are the same; today where it is not known
			if at, known := sourceTime(); known {
				date = &at
			}
			err := doc.GenManTreeFromOpts(root, doc.GenManTreeOptions{
				Header: &doc.GenManHeader{Section: "1", Date: date, Source: "vnettune", Manual: "vnettune"},
				Path:   a[0], CommandSeparator: "-",
			})
			if err != nil {
				return usageError(trouble.Hint(err, "name a folder that is there and may be written"))
			}
			return nil
		},
	}
}

// manText makes the texts of a command and those below it Markdown, which manual pages are made from: what is
// indented keeps its lines, and nothing in them is a mark.
func manText(cmd *cobra.Command) {
	var b strings.Builder
	fenced := false
	for line := range strings.Lines(cmd.Long) {
		indented := strings.HasPrefix(line, "  ")
		if indented != fenced && strings.TrimSpace(line) != "" {
			b.WriteString("\n```\n")
			fenced = indented
		}
		if !indented {
			line = marks.Replace(line)
		}
		b.WriteString(line)
	}
	if fenced {
		b.WriteString("\n```\n")
	}
	cmd.Long = b.String()
	for _, sub := range cmd.Commands() {
		manText(sub)
	}
}

// marks takes from Markdown what it would read in a text.
var marks = strings.NewReplacer(`*`, `\*`, `_`, `\_`, "`", "\\`", `<`, `\<`, `[`, `\[`, `#`, `\#`)

// sourceTime is when the source was committed that this program was built from.
func sourceTime() (time.Time, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}, false
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			at, err := time.Parse(time.RFC3339, s.Value)
			return at, err == nil
		}
	}
	return time.Time{}, false
}
