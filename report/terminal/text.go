package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"vnettune/foreign"
	"vnettune/report/page"
)

// Style is how a page is laid out.
type Style struct {
	Width  int  // columns of the terminal, Narrowest at least; 0: DefaultWidth
	Full   bool // the details too
	Colour bool // escape sequences for colours
	ASCII  bool // no character beyond ASCII of our own
}

// Widths, in columns.
const (
	DefaultWidth = 80
	Narrowest    = 40
)

// Write writes the page, or nothing.
func Write(w io.Writer, p page.Page, s Style) error {
	if s.Width == 0 {
		s.Width = DefaultWidth
	}
	s.Width = max(s.Width, Narrowest)
	out := writer{Style: s}
	if err := out.page(p); err != nil {
		return fmt.Errorf("report as text: %w", err)
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("report as text: %w", err)
	}
	return nil
}

// writer collects the text.
type writer struct {
	Style
	strings.Builder
	notes []string // footnotes of the part
}

func (w *writer) page(p page.Page) error {
	w.line(p.Title, w.bold)
	if p.Notice != "" {
		w.line(p.Notice)
	}
	w.gap()
	for _, text := range p.Lead {
		w.text(text, w.bold, w.colour(p.Verdict))
	}
	for _, text := range p.Next {
		w.text(text)
	}
	for _, part := range p.Parts {
		if (part.Detail || part.Long) && !w.Full {
			continue
		}
		if err := w.part(part); err != nil {
			return fmt.Errorf("%s: %w", part.Title, err)
		}
	}
	if !w.Full && p.Long() && p.More != "" {
		w.gap()
		w.text("More: " + p.More)
	}
	return nil
}

// part writes a section; nothing where no block of it can be shown as text.
func (w *writer) part(p page.Part) error {
	inner := writer{Style: w.Style}
	for _, b := range p.Blocks {
		if err := inner.block(b); err != nil {
			return err
		}
	}
	if inner.Len() == 0 {
		return nil
	}
	if len(inner.notes) > 0 {
		inner.gap()
		for i, text := range inner.notes {
			inner.text(fmt.Sprintf("%d) %s", i+1, text))
		}
	}
	w.gap()
	if p.Title != "" {
		w.line(p.Title, w.bold)
		w.line(strings.Repeat("-", min(utf8.RuneCountInString(p.Title), w.Width)))
	}
	w.WriteString(inner.String())
	return nil
}

func (w *writer) block(b page.Block) error {
	switch b := b.(type) {
	case page.Text:
		w.text(b.Words, w.colour(b.Mark))
	case page.List:
		w.list(b)
	case page.Grid:
		return w.grid(b)
	}
	return nil // charts and files are for those who can show them
}

func (w *writer) list(l page.List) {
	if l.Title != "" {
		w.gap()
		w.text(l.Title + ":")
	}
	for i, item := range l.Items {
		point, mark := "- ", page.Plain
		if m, ok := l.Marked[i]; ok && m != page.Plain {
			point, mark = "! ", m
		}
		w.text(point+item, w.colour(mark))
	}
}

// text writes one paragraph, wrapped; later lines are indented. paint colours a line.
func (w *writer) text(text string, paint ...func(string) string) {
	for line := range strings.SplitSeq(wrap(text, w.Width, "  "), "\n") {
		w.line(line, paint...)
	}
}

// line writes a line. Whatever is in it is made visible before it is painted, since colours cannot pass
// the guard in front of the terminal.
func (w *writer) line(text string, paint ...func(string) string) {
	text = foreign.Line(text)
	for _, p := range paint {
		text = p(text)
	}
	w.WriteString(text + "\n")
}

// gap leaves a blank line between what is there and what comes.
func (w *writer) gap() {
	if w.Len() > 0 && !strings.HasSuffix(w.String(), "\n\n") {
		w.WriteByte('\n')
	}
}

func (w *writer) bold(text string) string {
	if !w.Colour {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// colour paints with the colour of a mark.
func (w *writer) colour(m page.Mark) func(string) string {
	code := map[page.Mark]string{page.Better: "32", page.Worse: "31", page.Equivalent: "34", page.Undecided: "33", page.NoVerdict: "2"}[m]
	return func(text string) string {
		if !w.Colour || code == "" {
			return text
		}
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
}

// shape is what a mark looks like without colour.
func (w *writer) shape(m page.Mark) string {
	if w.ASCII {
		return map[page.Mark]string{page.Better: "+", page.Worse: "-", page.Equivalent: "=", page.Undecided: "?", page.NoVerdict: "."}[m]
	}
	return map[page.Mark]string{page.Better: "▲", page.Worse: "▼", page.Equivalent: "■", page.Undecided: "●", page.NoVerdict: "◆"}[m]
}

// wrap breaks text at blanks into lines of at most width columns; later lines start with indent. A word
// longer than the line stays whole.
func wrap(text string, width int, indent string) string {
	var out strings.Builder
	used := 0
	for i, word := range words(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+n <= width:
			out.WriteByte(' ')
			used++
		default:
			out.WriteString("\n" + indent)
			used = utf8.RuneCountInString(indent)
		}
		out.WriteString(word)
		used += n
	}
	return out.String()
}

// words splits text at blanks; a percent sign stays with its number.
func words(text string) []string {
	var out []string
	for _, w := range strings.Fields(text) {
		if strings.HasPrefix(w, "%") && len(out) > 0 {
			out[len(out)-1] += " " + w
			continue
		}
		out = append(out, w)
	}
	return out
}
