package terminal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"vnettune/report/page"
)

const (
	gapColumns = 2  // behind every column but the last
	wideBars   = 25 // columns of the drawn intervals
	narrowBars = 13
	wrapAt     = 18 // columns at which words of cells are broken where room is short
	wrapTight  = 12
)

// column is a column as it is laid out.
type column struct {
	page.Column
	cells []string
}

func (c column) width() int {
	w := widest(c.Head)
	for _, cell := range c.cells {
		w = max(w, widest(cell))
	}
	return w
}

// widest is the length of the longest line of a cell.
func widest(cell string) int {
	w := 0
	for line := range strings.SplitSeq(cell, "\n") {
		w = max(w, utf8.RuneCountInString(line))
	}
	return w
}

// layout is a table that is being fitted to the page.
type layout struct {
	cols   []column
	lifted []string // by row, the name that stands on a line of its own above it; "" for none
	bars   int      // columns of the drawn intervals; 0: none are drawn
	spare  int      // how easily the page can do without them
}

// grid writes a table: as wide as the page allows, with what it can do without left out.
func (w *writer) grid(g page.Grid) error {
	w.gap()
	if g.Title != "" {
		w.text(g.Title)
	}
	l := w.fit(g)
	if l.width() > w.Width {
		w.stacked(g)
		w.gap()
		return nil
	}
	return w.table(g, l)
}

// fit takes the means one after the other until the table has room: it breaks words, draws shorter
// bars, leaves spare columns out, lifts long names, and leaves the bars out.
func (w *writer) fit(g page.Grid) layout {
	l := w.layoutOf(g)
	fits := func() bool { return l.width() <= w.Width }
	if fits() {
		return l
	}
	l.wrapWords(wrapAt)
	if l.bars > 0 && !fits() {
		l.bars = narrowBars
	}
	for !fits() && l.dropSpare() {
	}
	if !fits() {
		l.wrapWords(wrapTight)
	}
	if !fits() {
		l.lift(w.Width)
	}
	if !fits() {
		l.bars = 0
	}
	return l
}

func (w *writer) layoutOf(g page.Grid) layout {
	l := layout{lifted: make([]string, len(g.Rows))}
	first := len(w.notes)
	w.notes = append(w.notes, g.Notes...)
	marked, noted := false, false
	for _, r := range g.Rows {
		marked = marked || w.shape(r.Mark) != ""
		noted = noted || len(r.Notes) > 0
	}
	if marked {
		c := column{}
		for _, r := range g.Rows {
			c.cells = append(c.cells, w.shape(r.Mark))
		}
		l.cols = append(l.cols, c)
	}
	for i, head := range g.Columns {
		if head.Detail && !w.Full {
			continue
		}
		c := column{Column: head}
		for _, r := range g.Rows {
			c.cells = append(c.cells, strings.TrimSpace(r.Cells[i]))
		}
		l.cols = append(l.cols, c)
	}
	if noted {
		c := column{Column: page.Column{Head: "notes"}}
		for _, r := range g.Rows {
			var numbers []string
			for _, n := range r.Notes {
				numbers = append(numbers, fmt.Sprint(first+n))
			}
			c.cells = append(c.cells, strings.Join(numbers, ","))
		}
		l.cols = append(l.cols, c)
	}
	if g.Bars != nil && slices.ContainsFunc(g.Rows, func(r page.Row) bool { return r.Interval != nil }) {
		l.bars, l.spare = wideBars, g.Bars.Spare
	}
	return l
}

func (l layout) width() int {
	w := 0
	for _, c := range l.cols {
		w += c.width() + gapColumns
	}
	if l.bars > 0 {
		w += l.bars + gapColumns
	}
	return w - gapColumns
}

// wrapWords breaks cells of words, and heads, into lines.
func (l *layout) wrapWords(at int) {
	for i := range l.cols {
		c := &l.cols[i]
		if c.Name || c.Head == "notes" {
			continue
		}
		c.Head = wrap(c.Head, at, "")
		for k, cell := range c.cells {
			if !c.Right && !numeric(cell) {
				c.cells[k] = wrap(cell, at, "")
			}
		}
	}
}

// numeric cells, as a difference with its interval, are not broken.
func numeric(cell string) bool {
	return cell != "" && strings.ContainsRune("+-0123456789", rune(cell[0])) && !strings.ContainsAny(strings.ToLower(cell), "bcdfghijklmnopqrstuvwxyz")
}

// dropSpare leaves out the column that is easiest to do without; false where there is none.
func (l *layout) dropSpare() bool {
	at := -1
	for i, c := range l.cols {
		if c.Spare > 0 && (at < 0 || c.Spare > l.cols[at].Spare) {
			at = i
		}
	}
	if l.bars > 0 && l.spare > 0 && (at < 0 || l.spare > l.cols[at].Spare) {
		l.bars = 0
		return true
	}
	if at < 0 {
		return false
	}
	l.cols = slices.Delete(l.cols, at, at+1)
	return true
}

// lift puts names that have no room on lines of their own.
func (l *layout) lift(width int) {
	for i := range l.cols {
		c := &l.cols[i]
		if !c.Name {
			continue
		}
		room := width - (l.width() - c.width())
		for k, name := range c.cells {
			if utf8.RuneCountInString(name) > max(room, 1) {
				if l.lifted[k] != "" {
					continue // one name a line
				}
				l.lifted[k], c.cells[k] = name, ""
				if marks := &l.cols[0]; marks.Head == "" && !marks.Name { // the mark goes with the name
					l.lifted[k] = fmt.Sprintf("%-*s", 1+gapColumns, marks.cells[k]) + name
					marks.cells[k] = ""
				}
			}
		}
		if room < widest(c.Head) {
			c.Head = ""
		}
	}
}

// table writes the layout.
func (w *writer) table(g page.Grid, l layout) error {
	cols := l.cols
	if l.bars > 0 {
		scale := scaleOf(g)
		c := column{Column: page.Column{Head: scale.head(l.bars)}}
		for _, r := range g.Rows {
			c.cells = append(c.cells, w.bar(scale, r, l.bars))
		}
		at := len(cols)
		for i, col := range cols { // beside the numbers: before the verdict
			if col.Verdict || strings.HasPrefix(col.Head, "p ") {
				at = i
				break
			}
		}
		cols = slices.Insert(slices.Clone(cols), at, c)
	}
	lines, err := rendered(cols)
	if err != nil {
		return err
	}
	head := 0
	for _, c := range cols {
		head = max(head, 1+strings.Count(c.Head, "\n"))
	}
	for _, line := range lines[:min(head, len(lines))] {
		w.line(line)
	}
	at := head
	for k, r := range g.Rows {
		height := 1
		for _, c := range cols {
			height = max(height, 1+strings.Count(c.cells[k], "\n"))
		}
		if l.lifted[k] != "" {
			w.line(l.lifted[k], w.paint(r))
		}
		for i := at; i < at+height && i < len(lines); i++ {
			w.line(lines[i], w.paint(r))
		}
		at += height
	}
	w.gap()
	return nil
}

// paint colours the shape at the beginning of a row.
func (w *writer) paint(r page.Row) func(string) string {
	return func(line string) string {
		if s := w.shape(r.Mark); s != "" && strings.HasPrefix(line, s) {
			return w.colour(r.Mark)(s) + strings.TrimPrefix(line, s)
		}
		return line
	}
}

// rendered are the lines of a table without borders.
func rendered(cols []column) ([]string, error) {
	if len(cols) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	align := make([]tw.Align, len(cols))
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i], align[i] = c.Head, tw.AlignLeft
		if c.Right {
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
		tablewriter.WithHeaderAutoFormat(tw.Off), tablewriter.WithTrimSpace(tw.Off),
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
			return nil, fmt.Errorf("table: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return lines, nil
}

// stacked writes a table that has no room as one paragraph for each row.
func (w *writer) stacked(g page.Grid) {
	title := max(0, slices.IndexFunc(g.Columns, func(c page.Column) bool { return c.Name }))
	for _, r := range g.Rows {
		var words []string
		for i, c := range g.Columns {
			if c.Detail && !w.Full || r.Cells[i] == "" || i == title {
				continue
			}
			words = append(words, c.Head+": "+r.Cells[i])
		}
		first := r.Cells[title]
		if s := w.shape(r.Mark); s != "" {
			first = s + " " + first
		}
		w.line(first, w.colour(r.Mark))
		text := strings.Join(words, "; ")
		if len(r.Notes) > 0 {
			var numbers []string
			for _, n := range r.Notes {
				numbers = append(numbers, fmt.Sprint(len(w.notes)-len(g.Notes)+n))
			}
			text += "; notes: " + strings.Join(numbers, ",")
		}
		if text != "" {
			for line := range strings.SplitSeq(wrap(text, w.Width-2, ""), "\n") {
				w.line("  " + line)
			}
		}
	}
}
