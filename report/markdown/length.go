package markdown

import (
	"fmt"
	"sort"
	"strings"

	"vnettune/foreign"
)

// MaxCharacters is how long a document may be. GitHub takes 65,536 characters of a pull request's description
// and 262,144 bytes of a comment (github.com/dead-claudia/github-limits); the rest is left to who puts a line
// around it. Characters are counted as UTF-16 does, so that one outside the basic plane is two: no other
// count is larger, and 65,000 of them are at most 195,000 bytes.
const MaxCharacters = 65_000

// document is a page as paragraphs, and what of them can be left out.
type document struct {
	head  []string // tag, title, notice: always there
	lead  []string
	parts []part
	foot  []string
	more  string // page.Page.More
}

type part struct {
	title  string
	detail bool
	blocks []block
	step   int // of fit that leaves the part out; 0: none
}

// block is one block of a part, whole and in the form that it has where there is not enough room.
type block struct {
	whole, short []string // paragraphs; short is nil if there is no shorter form
	kind         kind
	name         string // by which a file or a table that is left out is told
	step         int    // of fit that makes it short; 0: none
}

type kind int

const (
	other kind = iota
	file
	table
)

// fit is the text of a document, shortened until it is not too long: files go first, from the last to the
// first, then parts of the long form, then rows of tables, and where that is not enough it ends behind
// a paragraph. It says at its end what is left out.
func (d document) fit() string {
	steps := d.number()
	k := sort.Search(steps, func(k int) bool { return characters(d.text(k)) <= MaxCharacters })
	if text := d.text(k); characters(text) <= MaxCharacters {
		return text
	}
	paragraphs, note := d.paragraphs(steps), d.leftOut(steps, true)
	left, n := MaxCharacters-characters(joined([]string{note})), 0
	for ; n < len(paragraphs); n++ {
		if left -= characters(paragraphs[n] + between); left < 0 {
			break
		}
	}
	// The head is there whatever is behind it: all its texts, and those of the note, are bounded.
	return joined(append(paragraphs[:n:n], note))
}

// number numbers what can be left out in the order in which it goes, and returns how many steps that are.
func (d document) number() int {
	steps := 0
	ofKind := func(kind kind) {
		for i := len(d.parts) - 1; i >= 0; i-- {
			for j := len(d.parts[i].blocks) - 1; j >= 0; j-- {
				b := &d.parts[i].blocks[j]
				if b.kind == kind && b.short != nil {
					steps++
					b.step = steps
				}
			}
		}
	}
	ofKind(file)
	for i := len(d.parts) - 1; i >= 0; i-- {
		if d.parts[i].detail {
			steps++
			d.parts[i].step = steps
		}
	}
	ofKind(table)
	return steps
}

// text is the document after the first k steps.
func (d document) text(k int) string {
	paragraphs := d.paragraphs(k)
	if k > 0 {
		paragraphs = append(paragraphs, d.leftOut(k, false))
	}
	return joined(paragraphs)
}

// paragraphs are those of the document after the first k steps.
func (d document) paragraphs(k int) []string {
	all := append(append([]string{}, d.head...), d.lead...)
	for _, p := range d.parts {
		if taken(p.step, k) {
			continue
		}
		var within []string
		for _, b := range p.blocks {
			if taken(b.step, k) {
				within = append(within, b.short...)
			} else {
				within = append(within, b.whole...)
			}
		}
		switch {
		case p.detail:
			all = append(all, folded(escape(p.title, inHTML), within)...)
		case p.title == "":
			all = append(all, within...)
		default:
			all = append(append(all, "### "+inline(p.title)), within...)
		}
	}
	return append(all, d.foot...)
}

// taken says whether a step is among the first k; 0 is no step.
func taken(step, k int) bool { return step > 0 && step <= k }

// leftOut says what the first k steps left out and where it is; cut: nothing is told behind it.
func (d document) leftOut(k int, cut bool) string {
	var files, parts, tables, what []string
	for _, p := range d.parts {
		if taken(p.step, k) {
			parts = append(parts, p.title)
			continue
		}
		for _, b := range p.blocks {
			switch {
			case !taken(b.step, k):
			case b.kind == file:
				files = append(files, b.name)
			default:
				tables = append(tables, b.name)
			}
		}
	}
	what = appendNamed(what, "files", files)
	what = appendNamed(what, "parts", parts)
	what = appendNamed(what, fmt.Sprintf("rows beyond %d of the tables", maxRows), tables)
	if cut {
		what = append(what, "all that would follow this line")
	}
	terminal := code(d.more)
	if terminal == "" {
		terminal = code("vnettune report")
	}
	return fmt.Sprintf("> **Left out, to stay within 65,000 characters:** %s. The HTML page and %s have it.", strings.Join(what, "; "), terminal)
}

// maxNames is how many names of a kind are told; they and foreign.MaxWord keep the note short.
const maxNames = 5

// appendNamed appends what was left out of a kind, if there is any, with the first names.
func appendNamed(to []string, kind string, names []string) []string {
	if len(names) == 0 {
		return to
	}
	var told []string
	for _, n := range names[:min(len(names), maxNames)] {
		told = append(told, quoted(foreign.Word(n)))
	}
	words := kind + " " + strings.Join(told, ", ")
	if more := len(names) - len(told); more > 0 {
		words += fmt.Sprintf(" and %d more", more)
	}
	return append(to, words)
}

// between is what is between two paragraphs.
const between = "\n\n"

// joined is a document of paragraphs.
func joined(paragraphs []string) string { return strings.Join(paragraphs, between) + "\n" }

// characters counts those of UTF-16.
func characters(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
