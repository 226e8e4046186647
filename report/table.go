package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"vnettune/report/rank"
)

// lineWidth is the widest line of a text report, in columns.
const lineWidth = 100

// column is one column of the table of arms.
type column struct {
	head  string
	right bool
	cells []string
}

// addRow puts a cell at the end of each column.
func addRow(cols []column, cells ...string) {
	for i, cell := range cells {
		cols[i].cells = append(cols[i].cells, cell)
	}
}

func (c column) width() int {
	w := utf8.RuneCountInString(c.head)
	for _, cell := range c.cells {
		for line := range strings.SplitSeq(cell, "\n") {
			w = max(w, utf8.RuneCountInString(line))
		}
	}
	return w
}

// varies says whether the column tells arms apart.
func (c column) varies() bool {
	for _, cell := range c.cells {
		if cell != c.cells[0] {
			return true
		}
	}
	return false
}

// renderTable writes the columns without borders.
func renderTable(cols []column) (string, error) {
	var b bytes.Buffer
	align := make([]tw.Align, len(cols))
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i], align[i] = c.head, tw.AlignLeft
		if c.right {
			align[i] = tw.AlignRight
		}
	}
	none := tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off}
	table := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: none,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.Off},
			},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone), tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
	)
	table.Header(head)
	for row := range cols[0].cells {
		cells := make([]string, len(cols))
		for i, c := range cols {
			cells[i] = c.cells[row]
		}
		if err := table.Append(cells); err != nil {
			return "", fmt.Errorf("table: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return "", fmt.Errorf("table: %w", err)
	}
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(line, " \n"))
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// wrap breaks text at blanks into lines of at most width columns; later lines
// start with indent. A word longer than the line stays whole.
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

// footnotes numbers warnings; equal texts share a number.
type footnotes struct {
	texts []string
}

// numbers are the numbers of the warnings, such as "1,3".
func (f *footnotes) numbers(ws []rank.Warning) string {
	var out []string
	for _, w := range ws {
		out = append(out, fmt.Sprint(f.number(w.Text)))
	}
	return strings.Join(out, ",")
}

func (f *footnotes) number(text string) int {
	for i, t := range f.texts {
		if t == text {
			return i + 1
		}
	}
	f.texts = append(f.texts, text)
	return len(f.texts)
}
