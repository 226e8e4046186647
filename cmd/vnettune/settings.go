package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vnettune/matrix"
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
		if _, ok := s.Forms[g]; !ok {
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
			line += "; by " + formWords(f)
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

// formWords says how a setting is written.
func formWords(f matrix.Form) string {
	switch f.Kind {
	case matrix.Registry:
		return fmt.Sprintf(`%s value %s (%s)`, f.Path, f.Name, f.Type)
	case matrix.AdapterKeyword:
		return "the adapter's property " + f.Name
	case matrix.NetshHeuristics:
		return "netsh interface tcp set heuristics " + f.Name + "=VALUE"
	case matrix.NetshTemplate:
		return "netsh interface tcp set supplemental template=TEMPLATE-IN-USE " + f.Name + "=VALUE"
	case matrix.NetshSubinterface:
		return "netsh interface ipv4 set subinterface INDEX " + f.Name + "=VALUE store=persistent"
	}
	return "netsh interface tcp set global " + f.Name + "=VALUE"
}

// unknown is the error about a name that nothing has.
func unknown(what, name, nearest, hint string) error {
	if nearest != "" {
		hint = fmt.Sprintf("did you mean %s? ", nearest) + hint
	}
	return fmt.Errorf("there is no %s %q; %s", what, name, hint)
}

// writeJSON is the machine form of a command's answer.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
