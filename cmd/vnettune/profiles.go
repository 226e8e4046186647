package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vnettune/matrix"
)

func newProfilesCmd() *cobra.Command {
	var format, generation string
	cmd := &cobra.Command{
		Use:   "profiles [ID [ID]]",
		Short: "published recommendations, and what they become on a guest",
		Long: `Lists the published profiles, shows one with what each of its lines becomes on a
generation of Windows, or shows where two differ.`,
		Args: args(cobra.MaximumNArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			g, err := parseGeneration(generation)
			if err != nil {
				return err
			}
			var chosen []matrix.Profile
			for _, id := range a {
				p, ok := matrix.LookupProfile(id)
				if !ok {
					return usageError(unknown("profile", id, matrix.NearestProfile(id), "vnettune profiles lists them"))
				}
				chosen = append(chosen, p)
			}
			w := cmd.OutOrStdout()
			switch len(chosen) {
			case 0:
				return listProfiles(w, format)
			case 1:
				return showProfile(w, chosen[0], g, format)
			}
			return compareProfiles(w, chosen[0], chosen[1], format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&generation, "generation", string(matrix.W10), "what the lines become on: xp, nt60, nt62, w10 or w11")
	return cmd
}

func listProfiles(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, matrix.Profiles())
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tLINES\tFOR\tTITLE")
	for _, p := range matrix.Profiles() {
		fmt.Fprintf(tw, "%s\t%d\t%v\t%s\n", p.ID, len(p.Lines), p.AppliesTo, p.Title)
	}
	return tw.Flush()
}

func showProfile(w io.Writer, p matrix.Profile, g matrix.Generation, format string) error {
	r, err := matrix.Resolve(p, g)
	if err != nil {
		return usageError(err)
	}
	if format == "json" {
		return writeJSON(w, r)
	}
	fmt.Fprintf(w, "%s: %s\nsource: %s\n", p.ID, p.Title, p.Source)
	if p.Note != "" {
		fmt.Fprintf(w, "note: %s\n", p.Note)
	}
	fmt.Fprintf(w, "on %s:\n", g)
	for _, l := range r.Lines {
		fmt.Fprintf(w, "  %s=%s", l.Setting.ID, l.Value)
		if l.Inert != "" {
			fmt.Fprintf(w, "  (expected inert: %s)", l.Inert)
		}
		fmt.Fprintln(w)
	}
	for _, d := range r.Dropped {
		fmt.Fprintf(w, "  %s  not applicable: %s\n", d.Line, d.Reason)
	}
	for _, d := range r.NoWay {
		fmt.Fprintf(w, "  %s  this tool cannot set it: %s\n", d.Line, d.Reason)
	}
	for _, l := range r.NeedChoice {
		fmt.Fprintf(w, "  %s  published without a plain value; choose one under settings\n", l)
	}
	return nil
}

func compareProfiles(w io.Writer, a, b matrix.Profile, format string) error {
	type row struct {
		Setting string `json:"setting"`
		A       string `json:"a,omitempty"`
		B       string `json:"b,omitempty"`
	}
	var rows []row
	inB := map[string]string{}
	for _, l := range b.Lines {
		inB[l.Setting] = l.String()[len(l.Setting)+1:]
	}
	for _, l := range a.Lines {
		rows = append(rows, row{l.Setting, l.String()[len(l.Setting)+1:], inB[l.Setting]})
		delete(inB, l.Setting)
	}
	for _, l := range b.Lines {
		if v, ok := inB[l.Setting]; ok {
			rows = append(rows, row{Setting: l.Setting, B: v})
		}
	}
	if format == "json" {
		return writeJSON(w, rows)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "SETTING\t%s\t%s\t\n", a.ID, b.ID)
	for _, r := range rows {
		mark := "differs"
		if r.A == r.B {
			mark = ""
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", r.Setting, orDash(r.A), orDash(r.B), mark)
	}
	return tw.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
