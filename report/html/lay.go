package html

import (
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"vnettune/report/chart"
	"vnettune/report/page"
)

// laid is a page as the template wants it.
type laid struct {
	page.Page
	Style template.CSS
	Hero  mark
	Parts []part
}

type part struct {
	page.Part
	ID     string
	Blocks []block
}

// block is one of its fields.
type block struct {
	Text *text
	List *list
	Grid *grid
	Plot *plot
	File *file
}

type text struct {
	Words string
	Mark  mark
}

type list struct {
	Title string
	Items []text
}

type plot struct {
	page.Chart
	ID           string
	Drawn        []drawing
	WideText     string
	NarrowText   string
	HasTwoWidths bool
}

// drawing is a chart for one width of the page, which is its class in the style.
type drawing struct {
	Class string
	Tall  bool // it is higher than a sheet of paper
	SVG   template.HTML
}

type file struct {
	page.File
	Address template.URL
	Size    string
}

// mark is a page's mark as it is drawn: a class of the style, a character for its shape and the word for
// who sees neither.
type mark struct{ Class, Shape, Word string }

// markOf is that of no verdict for a mark that is not known.
func markOf(m page.Mark) mark {
	switch m {
	case page.Plain:
		return mark{}
	case page.Better:
		return mark{"better", "▲", "better"}
	case page.Worse:
		return mark{"worse", "▼", "worse"}
	case page.Equivalent:
		return mark{"equivalent", "■", "equivalent"}
	case page.Undecided:
		return mark{"undecided", "●", "undecided"}
	case page.Base:
		return mark{"base", "", "baseline"}
	}
	return mark{"none", "◆", "no verdict"}
}

// names gives out identifiers, each once.
type names map[string]bool

var plain = regexp.MustCompile(`^[a-z][a-z0-9-]{0,80}$`)

// take is want, if that can be an identifier, or other, with a number behind it where it is taken.
func (n names) take(want, other string) string {
	if !plain.MatchString(want) {
		want = other
	}
	id := want
	for i := 2; n[id]; i++ {
		id = fmt.Sprintf("%s-%d", want, i)
	}
	n[id] = true
	return id
}

func lay(p page.Page) (laid, error) {
	l := laid{Page: p, Style: style(), Hero: markOf(p.Verdict)}
	ids := names{}
	for _, from := range p.Parts { // their names first: they are the ones that others may know
		l.Parts = append(l.Parts, part{Part: from, ID: ids.take(from.ID, "part")})
	}
	for i := range l.Parts {
		for _, from := range l.Parts[i].Part.Blocks {
			b, err := layBlock(from, ids)
			if err != nil {
				return laid{}, err
			}
			l.Parts[i].Blocks = append(l.Parts[i].Blocks, b)
		}
	}
	return l, nil
}

func layBlock(b page.Block, ids names) (block, error) {
	switch b := b.(type) {
	case page.Text:
		return block{Text: &text{b.Words, markOf(b.Mark)}}, nil
	case page.List:
		l := list{Title: b.Title}
		for i, words := range b.Items {
			l.Items = append(l.Items, text{words, markOf(b.Marked[i])})
		}
		return block{List: &l}, nil
	case page.Grid:
		g, err := layGrid(b, ids)
		return block{Grid: g}, err
	case page.Chart:
		c, err := layChart(b, ids)
		return block{Plot: c}, err
	case page.File:
		f := file{File: b, Size: size(len(b.Text))}
		if b.Offered {
			f.Address = template.URL("data:text/plain;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(b.Text)))
		}
		return block{File: &f}, nil
	}
	return block{}, fmt.Errorf("lay out a page: a block of the type %T", b)
}

// layChart draws both widths; a chart without a narrow form has one for all.
func layChart(c page.Chart, ids names) (*plot, error) {
	p := plot{Chart: c, ID: ids.take(c.Name, "chart"), WideText: string(c.Wide), NarrowText: string(c.Narrow), HasTwoWidths: len(c.Narrow) > 0}
	for _, form := range []struct {
		class string
		spec  chart.Spec
	}{{"wide", c.Wide}, {"narrow", c.Narrow}} {
		if form.class == "narrow" && !p.HasTwoWidths {
			break
		}
		svg, err := chart.Render(context.Background(), form.spec)
		if err != nil {
			return nil, fmt.Errorf("chart %q: %w", c.Name, err)
		}
		if !p.HasTwoWidths {
			form.class = "any"
		}
		p.Drawn = append(p.Drawn, drawing{form.class, tall(svg), template.HTML(svg)}) // Render writes SVG that is fit for a page
	}
	return &p, nil
}

var height = regexp.MustCompile(`^<svg [^>]* height="([0-9]+)`)

// tall says whether a drawing is higher than what A4 has between its margins, some 1,000 pixels.
func tall(svg []byte) bool {
	found := height.FindSubmatch(svg)
	if found == nil {
		return false
	}
	pixels, err := strconv.Atoi(string(found[1]))
	return err != nil || pixels > 950
}

func size(bytes int) string {
	switch {
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// grid is a table; Axis is nil if it draws no intervals.
type grid struct {
	page.Grid
	ID    string
	Rows  []row
	Notes []note
	Axis  *axis
}

type note struct {
	ID    string
	N     int
	Words string
}

type row struct {
	Cells []cell
	Bar   *bar
}

// cell is a cell with what it shows beside its words.
type cell struct {
	Column    page.Column
	Head      bool // it names its row
	Words     []string
	Whole     bool // a number with its interval, which is not broken
	Address   string
	Unlinked  bool // the address is of a kind that is shown only
	Badge     *mark
	BadgeOnly bool // the badge says a word of its own, beside those of the cell
	Notes     []note
}

// amount is a number with its interval.
var amount = regexp.MustCompile(`^[-+]?[0-9][-+0-9., \[\]?]*$`)

func layGrid(from page.Grid, ids names) (*grid, error) {
	g := grid{Grid: from, ID: ids.take("table", "")}
	for i, words := range from.Notes {
		g.Notes = append(g.Notes, note{ids.take(fmt.Sprintf("%s-note-%d", g.ID, i+1), ""), i + 1, words})
	}
	if len(from.Columns) == 0 {
		return nil, fmt.Errorf("lay out table %q: it has no columns", from.Title)
	}
	named, verdict := 0, -1
	for i := len(from.Columns) - 1; i >= 0; i-- {
		if from.Columns[i].Name {
			named = i
		}
		if from.Columns[i].Verdict {
			verdict = i
		}
	}
	badged := verdict
	if verdict < 0 {
		badged = named
	}
	if from.Bars != nil {
		g.Axis = newAxis(*from.Bars, from.Rows)
	}
	for n, r := range from.Rows {
		if len(r.Cells) != len(from.Columns) {
			return nil, fmt.Errorf("lay out table %q: row %d has %d cells in %d columns", from.Title, n+1, len(r.Cells), len(from.Columns))
		}
		var out row
		for i, words := range r.Cells {
			c := cell{Column: from.Columns[i], Head: i == named, Words: []string{words}, Whole: amount.MatchString(words)}
			if c.Column.Name {
				c.Words = breakable(words)
			}
			if address, ok := r.Links[i]; ok {
				c.Address, c.Unlinked = address, !linkable(address)
			}
			if i == badged {
				if m := markOf(r.Mark); m.Class != "" {
					c.Badge, c.BadgeOnly = &m, verdict < 0
				}
				for _, number := range r.Notes {
					if number < 1 || number > len(g.Notes) {
						return nil, fmt.Errorf("lay out table %q: row %d has note %d of %d", from.Title, n+1, number, len(g.Notes))
					}
					c.Notes = append(c.Notes, g.Notes[number-1])
				}
			}
			out.Cells = append(out.Cells, c)
		}
		if g.Axis != nil && r.Interval != nil {
			out.Bar = g.Axis.bar(*r.Interval, markOf(r.Mark))
		}
		g.Rows = append(g.Rows, out)
	}
	return &g, nil
}

// breakable parts a name where a line may end within it; copied from the page it is whole.
func breakable(name string) []string { return strings.SplitAfter(name, ",") }

// linkable says whether an address may be a link: to a page of the web, or within this one.
func linkable(address string) bool {
	if strings.HasPrefix(address, "#") {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
