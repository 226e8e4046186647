package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vnettune/matrix"
	"vnettune/trouble"
)

func newSettingsCmd() *cobra.Command {
	var format, generation string
	cmd := &cobra.Command{
		Use:   "settings [ID]",
		Short: "the catalogue of Windows network settings",
		Long:  "Lists the settings and what a generation of Windows does with each, or shows all that is known of one, with sources.",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			g, err := parseGeneration(generation)
			if err != nil {
				return err
			}
			if len(a) == 1 {
				return showSetting(cmd.OutOrStdout(), a[0], format)
			}
			return listSettings(cmd.OutOrStdout(), g, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&generation, "generation", string(matrix.W10), "whose status to list: xp, nt60, nt62, w10 or w11")
	return cmd
}

func parseGeneration(name string) (matrix.Generation, error) {
	for _, g := range matrix.Generations {
		if string(g) == name {
			return g, nil
		}
	}
	return "", usageError(fmt.Errorf("--generation: %q is none of %v", name, matrix.Generations))
}

func listSettings(w io.Writer, g matrix.Generation, format string) error {
	all := matrix.Catalogue().All()
	if format == "json" {
		return writeJSON(w, all)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "ID\tON %s\tCAN BE SET\tDANGER\tNAME\n", strings.ToUpper(string(g)))
	for _, s := range all {
		can := "yes"
		if s.Usable(g) != nil || !slices.Contains(matrix.Driven(), g) {
			can = "no"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", s.ID, s.Status[g].Word, can, s.Danger, s.Name)
	}
	return tw.Flush()
}

func showSetting(w io.Writer, id, format string) error {
	s, ok := matrix.Catalogue().Lookup(id)
	if !ok {
		return usageError(unknown("setting", id, matrix.Catalogue().Nearest(id), "vnettune settings lists them"))
	}
	if format == "json" {
		return writeJSON(w, s)
	}
	fmt.Fprintf(w, "%s: %s\n", s.ID, s.Name)
	fmt.Fprintf(w, "legal values: %s\n", s.Legal)
	fmt.Fprintf(w, "scope: %s; danger: %s; takes effect: %s\n", s.Scope, s.Danger, s.Takes)
	for _, g := range matrix.Generations {
		line := fmt.Sprintf("  %-5s %s", g, s.Status[g].Text)
		if d := s.Defaults[g]; d != "" {
			line += "; default " + d
		}
		if f, ok := s.Forms[g]; ok {
			line += "; by " + f.How()
		}
		fmt.Fprintln(w, line)
	}
	for _, p := range s.Pitfalls {
		fmt.Fprintf(w, "pitfall: %s\n", p)
	}
	for _, src := range s.Sources {
		fmt.Fprintf(w, "source: %s\n", src)
	}
	return nil
}

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
	rows := matrix.CompareProfiles(a, b)
	if format == "json" {
		return writeJSON(w, rows)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "SETTING\t%s\t%s\t\n", a.ID, b.ID)
	for _, r := range rows {
		note := "differs"
		if r.A == r.B {
			note = ""
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", r.Setting, orDash(r.A), orDash(r.B), note)
	}
	return tw.Flush()
}

// unknown is the error about a name that nothing has.
func unknown(what, name, nearest, hint string) error {
	if nearest != "" {
		hint = fmt.Sprintf("did you mean %s? ", nearest) + hint
	}
	return trouble.Hint(fmt.Errorf("there is no %s %q", what, name), "%s", hint)
}

// writeJSON is the machine form of a command's answer.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
