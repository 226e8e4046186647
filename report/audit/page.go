package audit

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/report"
	"vnettune/report/page"
)

// JSON writes the audit for programs.
func JSON(w io.Writer, a Audit) error { return foreign.JSON(w, a, "  ") }

// headings are the parts of a page.
var headings = map[Kind]struct{ title, id string }{
	Dangerous: {"Known to be dangerous", "dangers"},
	NotTaken:  {"Not taken by the driver", "not-taken"},
	Off:       {"Configured and not in effect", "off"},
	Differs:   {"Not the default", "differs"},
}

var marks = map[Kind]page.Mark{Dangerous: page.Worse, NotTaken: page.Undecided, Off: page.Undecided}

// Page is the audit in words.
func Page(a Audit) page.Page {
	p := page.Page{Title: "Audit of " + a.Guest, Key: "audit " + a.Guest}
	if a.StandIn {
		p.Notice = report.StandInNotice
	}
	p.Lead = []string{a.lead()}
	if a.Left != "" {
		p.Next = append(p.Next, string(a.Left))
	}
	for _, k := range kinds {
		part := page.Part{Title: headings[k].title, ID: headings[k].id}
		for _, f := range a.Findings {
			if f.Kind == k {
				part.Blocks = append(part.Blocks, page.Text{Words: f.Says, Mark: marks[k]}, page.List{Items: f.items()})
			}
		}
		if part.Blocks != nil {
			p.Parts = append(p.Parts, part)
		}
	}
	if undo := a.undo(); undo != nil {
		p.Parts = append(p.Parts, *undo)
	}
	if len(a.Unjudged) > 0 {
		var held []string
		for _, h := range a.Unjudged {
			held = append(held, h.Setting+"="+h.Value)
		}
		p.Parts = append(p.Parts, page.Part{Title: "Default not known", ID: "default-not-known", Blocks: []page.Block{
			page.Text{Words: "No source says what these are on this Windows where nobody changed them, so that nothing is said of their values:"}, page.List{Items: held}}})
	}
	if len(a.Unread) > 0 {
		var all []string
		for _, u := range a.Unread {
			all = append(all, u.ID+": "+strings.TrimPrefix(u.Why, u.ID+": "))
		}
		p.Parts = append(p.Parts, page.Part{Title: "Not read", ID: "not-read", Blocks: []page.Block{page.List{Items: all}}})
	}
	return p
}

// lead is what was found, in one sentence.
func (a Audit) lead() string {
	read := fmt.Sprintf("%d of %d settings were read, adapter %s, driver %s", a.Read, a.Asked, a.Adapter, or(string(a.Driver), "not known"))
	if a.Build != nil {
		read += fmt.Sprintf(" (build %d)", *a.Build)
	}
	if len(a.Findings) == 0 {
		return fmt.Sprintf("Nothing odd: %s; each whose default is known has it, nothing that can be seen is out of effect, and no known danger is met.", read)
	}
	var parts []string
	for _, k := range kinds {
		n := 0
		for _, f := range a.Findings {
			if f.Kind == k {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, inLead[k]))
		}
	}
	return fmt.Sprintf("%s: %s.", strings.Join(parts, ", "), read)
}

var inLead = map[Kind]string{Dangerous: "known to be dangerous", NotTaken: "not taken by the driver", Off: "configured and not in effect", Differs: "not at the default"}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// items are what is known of a finding, one a line, and what to do.
func (f Finding) items() []string {
	var all []string
	for _, stance := range []matrix.Stance{matrix.Advises, matrix.Contradicts, matrix.LeavesOpen} {
		for _, a := range f.Advice {
			if a.Stance == stance {
				all = append(all, adviceWords(a))
			}
		}
	}
	if f.Kind == Differs && !slices.ContainsFunc(f.Advice, func(a matrix.Advice) bool { return a.Stance == matrix.Advises }) {
		all = append(all, "No profile that is known advises it.")
	}
	for _, v := range f.Verdicts {
		all = append(all, v.words())
	}
	for _, s := range f.Sources {
		all = append(all, "Source: "+s)
	}
	return append(all, "Do: "+f.Do)
}

func adviceWords(a matrix.Advice) string {
	text := map[matrix.Stance]string{matrix.Advises: "Advised by ", matrix.Contradicts: "Contradicted by ", matrix.LeavesOpen: "Left to the reader by "}[a.Stance] + a.Profile + ": " + a.Line
	if !a.Applies {
		var all []string
		for _, g := range a.For {
			all = append(all, string(g))
		}
		text += fmt.Sprintf(", published for %s, not for this Windows", strings.Join(all, ", "))
	}
	return text + " (" + a.Source + ")"
}

func (v Verdict) words() string {
	text := fmt.Sprintf("Measured: %s against %s in %s, %s: %s, %s; campaign %s (%s)", v.Value, v.Against, v.Workload, v.Metric, v.Verdict, v.Effect, v.Campaign, v.Store)
	if v.Others > 0 {
		text += fmt.Sprintf(", by the arm %s, which changes %d more", v.Arm, v.Others)
	}
	if !v.Same {
		return text + ", on another build: " + v.Where
	}
	return text + ", on this Windows and this driver"
}

// undo is how what differs gets its default back; nil where nothing does.
func (a Audit) undo() *page.Part {
	var lines, cannot []string
	seen := map[string]bool{}
	for _, f := range a.Findings {
		if seen[f.Setting] || len(f.Undo) == 0 {
			continue
		}
		seen[f.Setting] = true
		for _, u := range f.Undo {
			if u.Command != "" {
				lines = append(lines, u.Command)
			} else {
				cannot = append(cannot, f.Setting+": "+u.Why)
			}
		}
	}
	if len(lines)+len(cannot) == 0 {
		return nil
	}
	p := page.Part{Title: "How to undo it", ID: "undo"}
	if len(lines) > 0 {
		grid := page.Grid{Columns: []page.Column{{Head: "command", Name: true}}}
		for _, l := range lines {
			grid.Rows = append(grid.Rows, page.Row{Cells: []string{l}})
		}
		p.Blocks = append(p.Blocks, page.Text{Words: "On the guest, in a command prompt of an administrator; reboot it afterwards. Where a campaign or vnettune apply wrote the values, vnettune restore STORE puts back what was there before, which is better:"},
			grid)
	}
	if len(cannot) > 0 {
		p.Blocks = append(p.Blocks, page.List{Title: "No line of a command file does it for", Items: cannot})
	}
	return &p
}
