// Package page is what a reader is told: a report, a gate's outcome, a history or a comparison of
// campaigns as paragraphs, lists, tables, charts and files, in the order in which they are told, in
// words that are ready. It knows no statistics and no format.
//
// Place in the flow: report makes pages; report/terminal, report/markdown and report/html lay them out
// and add nothing of their own, so that all of them say the same.
//
// Texts are plain: a renderer escapes them for its format, whatever they hold.
package page

import (
	"encoding/json"
	"math"
	"slices"
)

// Page is one page.
type Page struct {
	// Title names what it is about: "Campaign seed-page".
	Title string
	// Key tells the page from others that stand beside it, where Title does not: a comment that is edited
	// in place is found by it. It is the same when the same is told again.
	Key string
	// Notice must be seen in every format, beside the title; "" for none.
	Notice string
	// Lead is the bottom line, Next what to do and what is missing: sentences, one a paragraph.
	Lead, Next []string
	// Verdict colours the bottom line: of a gate its outcome; Plain otherwise.
	Verdict Mark
	Parts   []Part
	// More says where the rest is, behind a page without its details: "vnettune report x.db --full".
	More string
}

// Part is a section of a page.
type Part struct {
	Title string
	// ID is a short name in lower case for links, unique on its page.
	ID string
	// Detail: it belongs to the long form. A terminal leaves it out unless asked, the others fold it.
	Detail bool
	// Long: only the short form on a terminal does without it; the others show it open.
	Long   bool
	Blocks []Block
}

// Block is a Text, a List, a Grid, a Chart or a File.
type Block interface{ block() }

// Text is a paragraph.
type Text struct {
	Words string
	// Mark: the paragraph is a verdict, or a warning.
	Mark Mark
}

// List are points under a line that ends without a colon; the title may be empty.
type List struct {
	Title string
	Items []string
	// Marked are the items, by index, that a reader must not miss: what changed, what failed.
	Marked map[int]Mark
}

// Grid is a table.
type Grid struct {
	Title   string
	Columns []Column
	Rows    []Row
	// Notes are its footnotes, numbered from 1; rows refer to them.
	Notes []string
	// Bars draws the rows' intervals on one scale; nil where the rows have none.
	Bars *Bars
}

// Column is a column of a table.
type Column struct {
	Head  string
	Right bool // cells are numbers, aligned to the right
	// Name: cells are names that a reader types elsewhere; they are never broken or shortened.
	Name bool
	// Verdict: cells are the words of what a row's mark says; a renderer that draws marks does so there.
	// At most one column has them.
	Verdict bool
	// Spare is how easily a narrow page can do without the column: of those above 0 the largest goes
	// first. 0: it always stays.
	Spare int
	// Detail: only the long form has it.
	Detail bool
}

// Row is a row of a table.
type Row struct {
	Cells []string // one for each column
	Mark  Mark     // of the row's verdict
	Notes []int    // footnotes, numbers from 1
	// Interval is what Bars draws; nil for none.
	Interval *Interval
	// Links are addresses, by column, that a cell's words stand for.
	Links map[int]string
}

// Bars is the scale on which a table's intervals are drawn.
type Bars struct {
	// Margin is half the width of the band of differences that do not matter; 0: no band.
	Margin float64
	// Unit stands behind the numbers of the scale: "%".
	Unit string
	// Spare is how easily a narrow page can do without the drawing, as that of a column.
	Spare int
	// Levels: the estimates are no differences but levels, drawn from 0 on.
	Levels bool
}

// Interval is a difference and where it lies. Ends may be infinite; NaN for both: there is none.
type Interval struct{ Low, Estimate, High float64 }

// Chart is a Vega-Lite specification, for a wide page and for one of 375 pixels.
type Chart struct {
	Title        string
	Name         string // short, in lower case, unique on its page: "forest-tcp-rx"
	Wide, Narrow json.RawMessage
}

// File is a text that a reader may take along, as it is.
type File struct {
	Title string
	Name  string // under which it is saved: "samples.csv"
	Text  string
	// Offered: a page offers it for download and does not show it, if it can.
	Offered bool
}

func (Text) block()  {}
func (List) block()  {}
func (Grid) block()  {}
func (Chart) block() {}
func (File) block()  {}

// Mark is what colour and shape say beside the words, never instead of them.
type Mark string

// The marks.
const (
	Plain      Mark = ""
	Better     Mark = "better"
	Worse      Mark = "worse" // also a failure
	Equivalent Mark = "equivalent"
	Undecided  Mark = "undecided" // also a warning
	NoVerdict  Mark = "no verdict"
	Base       Mark = "baseline"
)

// Long says whether the page has anything that only its long form shows.
func (p Page) Long() bool {
	for _, part := range p.Parts {
		if part.Detail || part.Long {
			return true
		}
		for _, b := range part.Blocks {
			if g, ok := b.(Grid); ok {
				for _, c := range g.Columns {
					if c.Detail {
						return true
					}
				}
			}
		}
	}
	return false
}

// Reach is what the drawn intervals of rows reach over: zero, the margin, and of the intervals what leaves
// the others readable. One that reaches more than eight times as far out as the middle one is cut there, and
// an estimate that is forty times as far out.
// Levels reach from 0.
func (b Bars) Reach(rows []Row) (low, high float64) {
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	var reach []float64
	for _, r := range rows {
		if r.Interval == nil {
			continue
		}
		far := 0.0
		for _, x := range []float64{r.Interval.Low, r.Interval.Estimate, r.Interval.High} {
			if finite(x) {
				far = max(far, math.Abs(x))
			}
		}
		if far > 0 {
			reach = append(reach, far)
		}
	}
	limit := math.Inf(1)
	if len(reach) > 0 {
		slices.Sort(reach)
		limit = 8 * reach[len(reach)/2]
	}
	see := func(x float64) {
		if finite(x) {
			low, high = min(low, x), max(high, x)
		}
	}
	if b.Margin > 0 && !b.Levels {
		see(-1.5 * b.Margin)
		see(1.5 * b.Margin)
	}
	for _, r := range rows {
		if r.Interval == nil {
			continue
		}
		if b.Levels {
			see(r.Interval.Estimate)
		} else {
			see(max(-5*limit, min(r.Interval.Estimate, 5*limit))) // what an arm does is seen, if its row is readable at all
			see(max(-limit, min(r.Interval.Low, limit)))
			see(max(-limit, min(r.Interval.High, limit)))
		}
	}
	switch {
	case low < high:
		return low, high
	case b.Levels:
		return 0, 1
	}
	return -1, 1
}
