// Package show writes the catalogue and the published profiles as text for people: what vnettune
// settings and vnettune profiles print. It stands behind cmd and knows matrix only.
package show

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vnettune/matrix"
)

// Settings lists the settings, and what can be done with each on a generation of Windows.
func Settings(w io.Writer, all []matrix.Setting, g matrix.Generation) error {
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

// Setting tells all that is known of one, with its sources.
func Setting(w io.Writer, s matrix.Setting) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", s.ID, s.Name)
	fmt.Fprintf(&b, "legal values: %s\n", s.Legal)
	fmt.Fprintf(&b, "scope: %s; danger: %s; takes effect: %s\n", s.Scope, s.Danger, s.Takes)
	for _, g := range matrix.Generations {
		line := fmt.Sprintf("  %-5s %s", g, s.Status[g].Text)
		if d := s.Defaults[g]; d != "" {
			line += "; default " + d
		}
		if f, ok := s.Forms[g]; ok {
			line += "; by " + f.How()
		}
		fmt.Fprintln(&b, line)
	}
	for _, p := range s.Pitfalls {
		fmt.Fprintf(&b, "pitfall: %s\n", p)
	}
	for _, src := range s.Sources {
		fmt.Fprintf(&b, "source: %s\n", src)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Profiles lists the published profiles.
func Profiles(w io.Writer, all []matrix.Profile) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tLINES\tFOR\tTITLE")
	for _, p := range all {
		fmt.Fprintf(tw, "%s\t%d\t%v\t%s\n", p.ID, len(p.Lines), p.AppliesTo, p.Title)
	}
	return tw.Flush()
}

// Profile tells what each line of a profile becomes on a generation of Windows.
func Profile(w io.Writer, r matrix.Resolved) error {
	p := r.Profile
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\nsource: %s\n", p.ID, p.Title, p.Source)
	if p.Note != "" {
		fmt.Fprintf(&b, "note: %s\n", p.Note)
	}
	fmt.Fprintf(&b, "on %s:\n", r.Generation)
	for _, l := range r.Lines {
		fmt.Fprintf(&b, "  %s=%s", l.Setting.ID, l.Value)
		if l.Inert != "" {
			fmt.Fprintf(&b, "  (expected inert: %s)", l.Inert)
		}
		fmt.Fprintln(&b)
	}
	for _, d := range r.Dropped {
		fmt.Fprintf(&b, "  %s  not applicable: %s\n", d.Line, d.Reason)
	}
	for _, d := range r.NoWay {
		fmt.Fprintf(&b, "  %s  this tool cannot set it: %s\n", d.Line, d.Reason)
	}
	for _, l := range r.NeedChoice {
		fmt.Fprintf(&b, "  %s  published without a plain value; choose one under settings\n", l)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Difference shows side by side what two profiles ask for.
func Difference(w io.Writer, a, b matrix.Profile, rows []matrix.ProfileLine) error {
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

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
