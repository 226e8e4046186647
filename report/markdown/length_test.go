package markdown

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vnettune/report/page"
)

func gridOf(rows, width int) page.Grid {
	g := page.Grid{Title: fmt.Sprintf("%d rows", rows), Columns: []page.Column{{Head: "arm", Name: true}, {Head: "words"}}, Notes: []string{"a note"}}
	for i := range rows {
		g.Rows = append(g.Rows, page.Row{Cells: []string{fmt.Sprintf("arm-%d", i), strings.Repeat("w", width)}, Notes: []int{1}})
	}
	return g
}

func details(n, width int) []page.Part {
	var parts []page.Part
	for i := range n {
		parts = append(parts, page.Part{Title: fmt.Sprintf("Detail %d", i), Detail: true, Blocks: []page.Block{page.Text{Words: strings.Repeat("y", width)}}})
	}
	return parts
}

func textFile(name string, lines int) page.File {
	return page.File{Title: "Log", Name: name, Text: strings.Repeat("a line of a file\n", lines)}
}

// TestLeastImportantGoesFirst: files, then parts of the long form, then rows, then the end; whatever is
// left out is said with where it is.
func TestLeastImportantGoesFirst(t *testing.T) {
	reproduce := page.Part{Title: "Reproduce", Blocks: []page.Block{page.Text{Words: "by this"}, textFile("first.log", 10), textFile("second.log", 10)}}
	ranking := func(rows, width int) page.Part {
		return page.Part{Title: "Ranking", Blocks: []page.Block{gridOf(rows, width)}}
	}
	long := reproduce
	long.Blocks = []page.Block{page.Text{Words: "by this"}, textFile("first.log", 10), textFile("second.log", 5000)}
	for _, tt := range []struct {
		name       string
		parts      []page.Part
		says, lost []string
		rows       int
		cut        bool
	}{
		{"all of it", append([]page.Part{ranking(200, 10), reproduce}, details(5, 100)...),
			[]string{"arm-199", "Detail 4", "a line of a file"}, []string{"Left out", "left out"}, 200, false},
		{"the last file", append([]page.Part{ranking(200, 10), long}, details(5, 100)...),
			[]string{"arm-199", "Detail 4", "Log (second.log) is left out here.", "a line of a file", `files "second.log". The`}, []string{"rows are", "parts"}, 200, false},
		{"files and details from the last", append([]page.Part{ranking(200, 10), reproduce}, details(300, 900)...),
			[]string{"arm-199", "by this", "Detail 50", `files "first.log", "second.log"; parts "Detail `, "more. The HTML page and vnettune report x.db --full have it."}, []string{"rows are", "a line of a file"}, 200, false},
		{"rows", append([]page.Part{ranking(200, 1000), reproduce}, details(300, 10)...),
			[]string{"arm-49", "150 of 200 rows are left out here.", "a note", "by this", `parts "Detail 0", "Detail 1", "Detail 2", "Detail 3", "Detail 4" and 295 more; rows beyond 50 of the tables "200 rows".`},
			[]string{"arm-50", "all that would follow"}, 50, false},
		{"the end", append([]page.Part{ranking(200, 100), {Title: "More", Blocks: []page.Block{gridOf(50, 2000), page.Text{Words: "behind it"}}}, reproduce}, details(3, 10)...),
			[]string{"arm-49", "50 rows", "all that would follow this line"}, []string{"arm-50", "behind it", "by this"}, 50, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := page.Page{Title: "Campaign x", Lead: []string{"The bottom line."}, Parts: tt.parts, More: "vnettune report x.db --full"}
			text := written(t, p)
			r := render(t, text)
			r.checkHarmless(t)
			r.checkSays(t, []string{"Campaign x", "The bottom line."})
			for _, s := range tt.says {
				r.checkSays(t, []string{s})
			}
			for _, s := range tt.lost {
				if strings.Contains(r.text, squeezed(s)) {
					t.Errorf("%q is said", s)
				}
			}
			if got := r.elements["tr"] - r.elements["thead"]; got != tt.rows {
				t.Errorf("%d rows, want %d", got, tt.rows)
			}
			if note := strings.Contains(text, "> **Left out"); note && !strings.Contains(text[strings.LastIndex(text, "\n\n"):], "> **Left out") {
				t.Error("the note is not at the end")
			}
			if got := strings.Contains(text, "all that would follow"); got != tt.cut {
				t.Errorf("cut: %v", got)
			}
		})
	}
}

// TestAsMuchAsFitsIsKept: nothing is left out that there is room for, but for what the note itself takes.
func TestAsMuchAsFitsIsKept(t *testing.T) {
	p := page.Page{Title: "Campaign x", Parts: details(300, 500)}
	if n := characters(written(t, p)); n > MaxCharacters || n < MaxCharacters-2*(500+100) {
		t.Errorf("%d characters", n)
	}
	// One character too many, and the file goes.
	of := func(width int) page.Page {
		return page.Page{Title: "Campaign x", Parts: []page.Part{{Title: "A", Blocks: []page.Block{page.File{Name: "a", Text: strings.Repeat("y", width)}}}}}
	}
	room := MaxCharacters - characters(written(t, of(1))) + 1
	for width := room - 3; width <= room+3; width++ {
		text := written(t, of(width))
		if whole := strings.Contains(text, strings.Repeat("y", width)); whole != (width <= room) || whole == strings.Contains(text, "Left out") {
			t.Errorf("room for %d, %d wide: %d characters, whole: %v", room, width, characters(text), whole)
		}
	}
	// A document that has to be cut is filled to the last character that there is room for.
	for width := range 40 {
		p := page.Page{Title: "Campaign x"}
		for range 800 {
			p.Parts = append(p.Parts, page.Part{Blocks: []page.Block{page.Text{Words: strings.Repeat("y", 100+width)}}})
		}
		if n := characters(written(t, p)); n > MaxCharacters || n <= MaxCharacters-(100+width+2) {
			t.Errorf("%d characters, with paragraphs of %d", n, 100+width)
		}
	}
}

// Whatever the texts are, the head and what is left out are told within the bound.
func TestTheBoundHoldsForTheWorstTexts(t *testing.T) {
	for _, piece := range []string{"$", "@a", "&a", "[a", `\`, "😀", "abcdef0 ", "я", "\x1b", "|", "`"} {
		worst := strings.Repeat(piece, 20_000)
		of := func(n int) page.Page {
			p := page.Page{Title: worst, Notice: worst, Lead: slices.Repeat([]string{worst}, 12), Next: []string{worst}, More: worst}
			for i := range n {
				p.Parts = append(p.Parts,
					page.Part{Title: worst, Detail: i%2 == 0, Blocks: []page.Block{page.File{Title: worst, Name: worst, Text: worst}, page.Chart{Title: worst}, page.Text{Words: worst}}})
				g := gridOf(60, 10)
				g.Title = worst
				p.Parts = append(p.Parts, page.Part{Title: "Table", Blocks: []page.Block{g}})
			}
			return p
		}
		text := written(t, of(2))
		r := render(t, text)
		r.checkHarmless(t)
		if r.elements["h2"] != 1 || r.elements["blockquote"] != 2 || !strings.Contains(r.text, "allthatwouldfollowthisline") || !strings.HasSuffix(text, " have it.\n") {
			t.Errorf("%q: %v, ...%s", piece, r.elements, text[max(0, len(text)-200):])
		}
	}
}

func TestCharactersOutsideTheBasicPlaneAreTwo(t *testing.T) {
	if n := characters("aя😀"); n != 4 {
		t.Errorf("%d", n)
	}
}
