// Package show writes the catalogue and the published profiles as text for people: what vnettune
// settings and vnettune profiles print. It stands behind cmd and knows matrix only.
package show

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"vnettune/matrix"
)

// Settings lists the settings, and whether each can be set on a Windows: yes, or in one word why not.
func Settings(w io.Writer, c *matrix.SettingSet, on matrix.Windows) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "ID\tON %s\tCAN BE SET\tDANGER\tNAME\n", strings.ToUpper(string(on.Generation)))
	for _, s := range c.All() {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", s.ID, s.Status[on.Generation].Word, Can(s, on), s.Danger, s.Name)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	can, all := c.Settable(on)
	_, err := fmt.Fprintf(w, "\n%d of %d settings can be set on %s (the placebo not counted); why not, and when a change takes effect:\nvnettune settings ID\n", can, all, on)
	return err
}

// Can is yes where a Windows can be given a setting, and otherwise in one word why not.
func Can(s matrix.Setting, on matrix.Windows) string {
	var cannot *matrix.CannotError
	if errors.As(s.CanSet(on), &cannot) {
		return string(cannot.Why)
	}
	return "yes"
}

// Setting tells all that is known of one, with its sources. inEffectBy names the numbers that
// say whether a setting of a form is in effect.
func Setting(w io.Writer, s matrix.Setting, inEffectBy func(id string, f matrix.Form) []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", s.ID, s.Name)
	fmt.Fprintf(&b, "legal values: %s\n", s.Legal)
	if s.Legal.Advice != "" {
		fmt.Fprintf(&b, "advice: %s\n", s.Legal.Advice)
	}
	fmt.Fprintf(&b, "scope: %s; danger: %s\n", s.Scope, s.Danger)
	writeTakings(&b, s)
	for _, g := range matrix.Generations {
		line := fmt.Sprintf("  %-5s %s", g, s.Status[g].Text)
		if d := s.Defaults[g]; d != "" {
			line += "; default " + d
		}
		switch f, err := s.Forms[g], s.CanSet(matrix.On(g)); {
		case err != nil:
			line += fmt.Sprintf("; cannot be set (%s)", Can(s, matrix.On(g)))
			if text := err.Error(); !strings.Contains(text, s.Status[g].Text) {
				line += ": " + text
			}
		default:
			line += "; by " + f.How() + "; read by " + f.Reads()
			if by := inEffectBy(s.ID, f); len(by) > 0 && g != matrix.XP { // which has no CIM to ask
				line += "; in effect by " + strings.Join(by, ", ")
			}
			if since := s.Since[g]; since != 0 {
				line += fmt.Sprintf("; from build %d on", since)
			}
			if s.ServersOnly {
				line += "; on servers only"
			}
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

// writeTakings tells when a change of a setting takes effect, with who says so: once for all
// generations that have it, or for those that are alike.
func writeTakings(b *strings.Builder, s matrix.Setting) {
	var have []matrix.Generation
	for _, g := range matrix.Generations {
		if s.Status[g].Word != matrix.NotApplicable {
			have = append(have, g)
		}
	}
	all := len(have)
	for len(have) > 0 {
		t := s.TakesOn(have[0])
		var alike, others []matrix.Generation
		for _, g := range have {
			if reflect.DeepEqual(s.TakesOn(g), t) {
				alike = append(alike, g)
			} else {
				others = append(others, g)
			}
		}
		on := ""
		if len(alike) < all {
			on = " on " + joined(alike)
		}
		fmt.Fprintf(b, "takes effect%s: %s\n", on, t)
		for _, source := range t.Sources {
			fmt.Fprintf(b, "  source: %s\n", source)
		}
		have = others
	}
}

func joined(gs []matrix.Generation) string {
	var all []string
	for _, g := range gs {
		all = append(all, string(g))
	}
	return strings.Join(all, ", ")
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
		fmt.Fprintf(&b, "  without %s (%s): %s\n", d.Line, d.Why, d.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Difference shows where two profiles contradict each other, then where they may, then what is alike and what only one has.
func Difference(w io.Writer, a, b matrix.Profile, c matrix.ProfileComparison) error {
	count := "no contradiction"
	if n := len(c.Contradicts); n == 1 {
		count = "1 contradiction"
	} else if n > 1 {
		count = fmt.Sprintf("%d contradictions", n)
	}
	fmt.Fprintf(w, "%s and %s on %s: %s\n", a.ID, b.ID, c.Generation, count)
	two := func(l matrix.ProfileLine) string { return l.A + "\t" + l.B }
	one := func(l matrix.ProfileLine) string { return cmp.Or(l.A, l.B) }
	for _, part := range []struct {
		title string
		lines []matrix.ProfileLine
		cells func(matrix.ProfileLine) string
	}{
		{"SETTING\t" + a.ID + "\t" + b.ID, c.Contradicts, two},
		{"MAY DIFFER\t" + a.ID + "\t" + b.ID, c.MayDiffer, two},
		{"ALIKE", c.Alike, one},
		{"ONLY " + a.ID, c.OnlyA, one},
		{"ONLY " + b.ID, c.OnlyB, one},
	} {
		if len(part.lines) == 0 {
			continue
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(tw, "\n%s\n", part.title)
		for _, l := range part.lines {
			fmt.Fprintf(tw, "%s\t%s\n", l.Setting, part.cells(l))
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	return nil
}
