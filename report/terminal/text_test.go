package terminal

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vnettune/report/page"
)

func write(t interface{ Fatal(...any) }, p page.Page, s Style) string {
	var b strings.Builder
	if err := Write(&b, p, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// armsTable is a table as a ranking has it.
func armsTable(names ...string) page.Grid {
	g := page.Grid{
		Columns: []page.Column{{Head: "#", Right: true, Detail: true}, {Head: "combination", Name: true}, {Head: "boots", Right: true, Spare: 1}, {Head: "Mbit/s", Right: true, Spare: 2},
			{Head: "difference, % [95 % sure]"}, {Head: "verdict", Verdict: true}},
		Bars: &page.Bars{Margin: 2, Unit: "%"}, Notes: []string{"a note"},
	}
	marks := []page.Mark{page.Better, page.Worse, page.Undecided}
	for i, name := range names {
		g.Rows = append(g.Rows, page.Row{Cells: []string{"1", name, "6", "9421", "+14.91 [+13.92, +15.90]", "helps, maybe by less than the margin"},
			Mark: marks[i%3], Interval: &page.Interval{Low: -3, Estimate: float64(i), High: 8}, Notes: []int{1}})
	}
	return g
}

func TestGridsFitTheWidth(t *testing.T) {
	g := armsTable("mtu=9000", "lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off")
	p := page.Page{Title: "T", Parts: []page.Part{{Title: "tcp", Blocks: []page.Block{g}}}}
	for width, want := range map[int][]string{
		140: {"▲  mtu=9000 ", "6", "9421", "▼  lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off   "},
		80:  {"▲  mtu=9000 ", "▼  lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off\n"}, // no room beside it
		50:  {"▼  lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off\n"},
		42:  {"▼ lso-v2-ipv4=off,rsc-ipv4=off,interrupt-moderation=off\n", "verdict: helps, maybe by less than the\n"},
	} {
		text := write(t, p, Style{Width: width})
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%d columns lack %q:\n%s", width, w, text)
			}
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width && !strings.Contains(line, "interrupt-moderation") {
				t.Errorf("%d columns: %d in %q", width, n, line)
			}
		}
	}
}

// The short form leaves details out and says where they are; the long form has them.
func TestShortAndLong(t *testing.T) {
	p := page.Page{Title: "T", Lead: []string{"the answer"}, More: "vnettune report x.db --full", Parts: []page.Part{
		{Title: "shown", Blocks: []page.Block{armsTable("a")}},
		{Title: "hidden", Detail: true, Blocks: []page.Block{page.Text{Words: "the proof"}}},
		{Title: "long", Long: true, Blocks: []page.Block{page.Text{Words: "the lines"}}},
		{Title: "for pages", Blocks: []page.Block{page.Chart{Title: "forest"}, page.File{Name: "samples.csv"}}},
	}}
	short, long := write(t, p, Style{}), write(t, p, Style{Full: true})
	for _, w := range []string{"the proof", "the lines", "#  combination"} {
		if strings.Contains(short, w) || !strings.Contains(long, w) {
			t.Errorf("%q is for the long form alone:\n%s", w, short)
		}
	}
	if !strings.Contains(short, "--full") || strings.Contains(long, "--full") {
		t.Errorf("the way to the long form:\n%s", short)
	}
	if strings.Contains(long, "for pages") {
		t.Errorf("a part without anything for a terminal has a title:\n%s", long)
	}
}

func TestBars(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	s := scale{low: -10, high: 10, margin: 2}
	w := writer{}
	for _, tt := range []struct {
		row  page.Row
		want string
	}{
		{page.Row{Interval: &page.Interval{Low: -5, Estimate: 0, High: 5}}, "     ─────●─────"},
		{page.Row{Interval: &page.Interval{Low: nan, Estimate: 7, High: nan}}, "        ··│··    ●"},
		{page.Row{Interval: &page.Interval{Low: -inf, Estimate: 3, High: inf}}, "◄────────────●──────►"},
		{page.Row{Interval: &page.Interval{Low: 15, Estimate: 20, High: 30}}, "        ··│··       ►"},
		{page.Row{Mark: page.Base}, "        ··│··"},
		{page.Row{}, ""},
	} {
		if got := w.bar(s, tt.row, 21); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.row.Interval, got, tt.want)
		}
	}
	levels := scale{high: 10, levels: true}
	if got := (&writer{Style: Style{ASCII: true}}).bar(levels, page.Row{Interval: &page.Interval{Low: nan, Estimate: 5, High: nan}}, 11); got != "######" {
		t.Errorf("a level: %q", got)
	}
}

// Whatever the names and words are: nothing escapes to the terminal, nothing is lost, and with ASCII
// asked for none of our own characters are beyond it.
func TestAnyPage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._+,=:-]{0,90}`)
		names := rapid.SliceOfN(name, 1, 5).Draw(t, "names")
		words := rapid.String().Draw(t, "words")
		s := Style{Width: rapid.IntRange(Narrowest, 160).Draw(t, "width"), Full: rapid.Bool().Draw(t, "full"), Colour: rapid.Bool().Draw(t, "colour")}
		p := page.Page{Title: words, Lead: []string{words}, Verdict: page.Worse, Parts: []page.Part{{Title: words, Blocks: []page.Block{
			armsTable(names...), page.List{Title: words, Items: []string{words}, Marked: map[int]page.Mark{0: page.Worse}}, page.Text{Words: words}}}}}
		text := write(t, p, s)
		for _, n := range names {
			if !strings.Contains(text, n) {
				t.Fatalf("%q is not there:\n%s", n, text)
			}
		}
		for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"} {
			text = strings.ReplaceAll(text, code, "")
		}
		if i := strings.IndexFunc(text, func(c rune) bool { return c < ' ' && c != '\n' || c == '\u202e' || c == 0x7f }); i >= 0 {
			t.Fatalf("a control character is left: %q", text[i:])
		}
	})
}
