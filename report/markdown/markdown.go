package markdown

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vnettune/report/page"
)

// Write writes p with at most MaxCharacters characters. The same page gives the same bytes. An error is
// one of w.
func Write(w io.Writer, p page.Page) error {
	_, err := io.WriteString(w, layOut(p).fit())
	return err
}

// shapes stand before the words of a verdict, never instead of them; charts have the same ones. The
// baseline has none: it is no verdict.
var shapes = map[page.Mark]string{
	page.Better:     "▲ ",
	page.Worse:      "▼ ",
	page.Equivalent: "■ ",
	page.Undecided:  "● ",
	page.NoVerdict:  "◆ ",
}

// layOut makes the whole document of a page.
func layOut(p page.Page) document {
	d := document{more: p.More, head: []string{"<!-- vnettune: " + key(cmp.Or(p.Key, p.Title)) + " -->", "## " + escape(plain(p.Title), inMarkdown)}}
	if notice := strong(plain(p.Notice)); notice != "" {
		d.head = append(d.head, "> "+notice)
	}
	shape := shapes[p.Verdict]
	for _, s := range p.Lead {
		if words := strong(s); words != "" {
			d.lead = append(d.lead, shape+words)
			shape = ""
		}
	}
	d.lead = appendWritten(d.lead, list(page.List{Items: p.Next}))
	for _, source := range p.Parts {
		laid := part{title: plain(source.Title), detail: source.Detail}
		for _, b := range source.Blocks {
			if one := layOutBlock(b, source.Detail); len(one.whole) > 0 {
				laid.blocks = append(laid.blocks, one)
			}
		}
		if len(laid.blocks) > 0 {
			d.parts = append(d.parts, laid)
		}
	}
	d.foot = elsewhere(p)
	return d
}

func layOutBlock(b page.Block, detail bool) block {
	switch b := b.(type) {
	case page.Text:
		if words := inline(b.Words); words != "" {
			return block{whole: []string{shapes[b.Mark] + words}}
		}
	case page.List:
		var whole []string
		whole = appendWritten(whole, strong(plain(b.Title)))
		return block{whole: appendWritten(whole, list(b))}
	case page.Grid:
		return layOutGrid(b, detail)
	case page.File:
		return layOutFile(b)
	}
	return block{} // a chart: elsewhere names it
}

// list are the items of a list; "" if none has words.
func list(l page.List) string {
	var lines []string
	for i, item := range l.Items {
		words, mark := inline(item), l.Marked[i]
		if words == "" {
			continue
		}
		if mark != page.Plain {
			words = shapes[mark] + strong(item)
		}
		lines = append(lines, "- "+words)
	}
	return strings.Join(lines, "\n")
}

// maxRows is how many rows of a table stay where there is not enough room for all.
const maxRows = 50

func layOutGrid(g page.Grid, detail bool) block {
	var shown []int
	for i, c := range g.Columns {
		if detail || !c.Detail {
			shown = append(shown, i)
		}
	}
	if len(shown) == 0 {
		return block{}
	}
	title := plain(g.Title)
	b := block{kind: table, name: title}
	if title == "" {
		b.name = plain(g.Columns[shown[0]].Head)
	}
	b.whole = tableOf(g, shown, g.Rows)
	if left := len(g.Rows) - maxRows; left > 0 {
		b.short = tableOf(g, shown, g.Rows[:maxRows])
		b.short = append(b.short, fmt.Sprintf("*%d of %d rows are left out here.*", left, len(g.Rows)))
	}
	if title = strong(title); title != "" {
		b.whole = append([]string{title}, b.whole...)
		if b.short != nil {
			b.short = append([]string{title}, b.short...)
		}
	}
	return b
}

// tableOf is a table with some of its columns and rows, and its footnotes.
func tableOf(g page.Grid, columns []int, rows []page.Row) []string {
	heads, rules := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		heads[i], rules[i] = inline(g.Columns[c].Head), "---"
		if g.Columns[c].Right {
			rules[i] = "---:"
		}
	}
	lines := []string{line(heads), line(rules)}
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			if c >= len(r.Cells) {
				continue
			}
			cells[i] = inline(r.Cells[c])
			if g.Columns[c].Name {
				cells[i] = code(r.Cells[c])
			}
			cells[i] = link(cells[i], r.Links[c])
		}
		cells[0] = shapes[r.Mark] + cells[0] + superscript(r.Notes, len(g.Notes))
		lines = append(lines, line(cells))
	}
	whole := []string{strings.Join(lines, "\n")}
	var notes []string
	for i, n := range g.Notes {
		notes = append(notes, strconv.Itoa(i+1)+". "+inline(n))
	}
	return appendWritten(whole, strings.Join(notes, "\n"))
}

func line(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// superscript refers to footnotes; to those only that there are.
func superscript(notes []int, most int) string {
	var words []string
	for _, n := range notes {
		if n >= 1 && n <= most {
			words = append(words, strconv.Itoa(n))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " <sup>" + strings.Join(words, ", ") + "</sup>"
}

func layOutFile(f page.File) block {
	title, name := plain(f.Title), code(plain(f.Name))
	summary := escape(title, inHTML)
	called := inline(title)
	if name != "" {
		called += " (" + name + ")"
		summary += " (<code>" + escape(f.Name, inHTML) + "</code>)"
	}
	if f.Offered {
		return block{whole: []string{called + " can be saved from the HTML page."}}
	}
	return block{
		kind:  file,
		name:  plain(f.Name),
		whole: folded(summary, []string{fenced(f.Text)}),
		short: []string{called + " is left out here."},
	}
}

// folded is what a reader opens by its summary, which is HTML. What is within is Markdown, since blank lines
// are around it.
func folded(summary string, within []string) []string {
	whole := append([]string{"<details>\n<summary>" + summary + "</summary>"}, within...)
	return append(whole, "</details>")
}

// elsewhere says what Markdown has no place for, and where it is: charts, and the columns that a table outside
// the details leaves to the long form.
func elsewhere(p page.Page) []string {
	var charts, columns, foot []string
	for _, source := range p.Parts {
		for _, b := range source.Blocks {
			switch b := b.(type) {
			case page.Chart:
				charts = append(charts, quoted(plain(b.Title)))
			case page.Grid:
				for _, c := range b.Columns {
					if head := quoted(plain(c.Head)); c.Detail && !source.Detail && !slices.Contains(columns, head) {
						columns = append(columns, head)
					}
				}
			}
		}
	}
	if len(charts) > 0 {
		foot = append(foot, "Charts, on the HTML page only: "+strings.Join(charts, ", ")+".")
	}
	if len(columns) > 0 {
		foot = append(foot, "Columns that the tables above have on the HTML page: "+strings.Join(columns, ", ")+".")
	}
	return foot
}

func quoted(s string) string { return inline(`"` + s + `"`) }

// appendWritten appends a paragraph, if it has any words.
func appendWritten(to []string, s string) []string {
	if s == "" {
		return to
	}
	return append(to, s)
}

var (
	notOfKey = regexp.MustCompile(`[^A-Za-z0-9._-]+`)
	dashes   = regexp.MustCompile(`-{2,}`)
)

// maxKey is how long the readable part of a key may be.
const maxKey = 80

// key is a page's title as it can stand in a comment of HTML: [A-Za-z0-9._-] without two dashes in a row. A sum
// of the title keeps pages apart whose titles differ in what is lost.
func key(title string) string {
	k := dashes.ReplaceAllString(notOfKey.ReplaceAllString(title, "-"), "-")
	k = strings.Trim(k[:min(len(k), maxKey)], "-")
	sum := sha256.Sum256([]byte(title))
	return strings.TrimPrefix(fmt.Sprintf("%s-%x", k, sum[:4]), "-")
}
