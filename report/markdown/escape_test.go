package markdown

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vnettune/report/page"
)

// hostile are texts that something makes something of, in Markdown, in HTML, in what GitHub and GitLab do
// behind them, in a terminal.
var hostile = []string{
	`# head`, `#`, `## C #`, `- item`, `-`, `---`, `***`, `___`, `+ item`, `1. one`, `12) twelve`, `> quote`, `===`, "a\n===\nb", "a\n\n    code\n\nb", "\tcode",
	"```\nfence\n```", "~~~\nfence", "a `code` b", "``", "*em* **strong** _em_ __strong__ ~~gone~~", `\`, `a\`, `\*a\*`, `a\\|b`, `a\|b|c`, "|a|b|\n|-|-|\n|1|2|",
	`[text](http://x.example)`, `[text][ref]`, "[ref]: http://x.example 'title'", `![alt](http://x.example/a.png)`, `[ ] todo`, `[x] done`, `[^1]`, "[^1]: note",
	`<http://x.example>`, `http://x.example/?a=b&c=d`, `HTTPS://X.EXAMPLE`, `ftp://x.example`, `www.x.example`, `WWW.x.example`, `mailto:a@x.example`, `a@x.example`, `xmpp:a@x.example/b`,
	`<b>bold</b>`, `<script>alert(1)</script>`, `</details>`, `</summary>`, `<details open>`, `<!-- open`, `-->`, `<![CDATA[`, `<?php`, `&lt;b&gt;`, `&amp;`, `&#35;1`, `&copy;`, `<br`, `"><img src=x onerror=alert(1)>`,
	`@all`, `@org/team`, `a@b`, `#123`, `org/repo#1`, `GH-1`, `gh-22`, `!45`, `$7`, `~bug`, `~"a label"`, `%"a milestone"`, `%1`, `&9`, `^alert#1`, `[[a wiki page]]`, `[[_TOC_]]`, `[TOC]`, `[vulnerability:3]`, `PROJ-12`, `*iteration:1`,
	`deadbeef`, `0123456789abcdef0123456789abcdef01234567`, `org/repo@abcdef0`, `:smile:`, `:+1:`, `a:100:b`, `$x^2$`, "$$\nx\n$$", "$`x`$", `{+ new +}`, `[- old -]`, `[+ new +]`, `{- old -}`,
	`/close`, `/label ~bug`, `::include{file=a}`, `[!NOTE]`, ":::\nx\n:::", `{:toc}`, `{{7*7}}`, `{% raw %}`,
	"\x1b[31mred\x1b[0m", "a\u202eb\u2066c", "a\x00b", "\xff\xfe", "a\r\nb\rc", "\u200b", "a\u00a0b", "操作 😀 نمی\u200cشود",
}

var addresses = []string{
	"", "https://x.example/a?b=1&copy=2#c", "http://x.example/<b>`*_|\"'\\ )", "javascript:alert(1)", "data:text/html,x", "//x.example", "#ranking", "https://", "https://x.example/%zz",
	"https://x.example/\n\n# head", "HTTP://x.example/[a](b)", "https://пример.example/я",
}

// pageOf is a page that has each text in every place that a text can be in.
func pageOf(text func() string, address func() string) page.Page {
	grid := func() page.Grid {
		return page.Grid{
			Title:   text(),
			Columns: []page.Column{{Head: text(), Name: true}, {Head: text(), Right: true}, {Head: text(), Detail: true}},
			Rows: []page.Row{
				{Cells: []string{text(), text(), text()}, Mark: page.Worse, Notes: []int{1, 7}, Links: map[int]string{0: address(), 1: address()}},
				{Cells: []string{text(), text(), text()}, Links: map[int]string{2: address()}},
			},
			Notes: []string{text()},
		}
	}
	part := func(detail bool) page.Part {
		return page.Part{Title: text(), Detail: detail, Blocks: []page.Block{
			page.Text{Words: text() + "x"}, page.Text{Words: text(), Mark: page.Better},
			page.List{Title: text(), Items: []string{text(), text()}, Marked: map[int]page.Mark{1: page.Undecided}},
			grid(),
			page.File{Title: text(), Name: text(), Text: text()},
			page.File{Title: text(), Name: text(), Text: text(), Offered: true},
			page.Chart{Title: text()},
		}}
	}
	return page.Page{
		Title: text(), Notice: text(), Lead: []string{text(), text()}, Next: []string{text()}, Verdict: page.Worse,
		Parts: []page.Part{part(false), part(true)}, More: text(),
	}
}

func checkPage(t rapid.TB, p page.Page) {
	t.Helper()
	text := written(t, p)
	if again := written(t, p); again != text {
		t.Error("the same page, other bytes")
	}
	r := render(t, text)
	r.checkHarmless(t)
	r.checkSays(t, stringsOf(p))
	r.checkLinks(t, addresses)
	// The frame stands: nothing opened or closed what is not its own.
	for name, want := range map[string]int{"table": 2, "th": 2 + 3, "td": 2 * (2 + 3), "details": 3, "summary": 3, "pre": 2} {
		if r.elements[name] != want {
			t.Errorf("%d times <%s>, want %d", r.elements[name], name, want)
		}
	}
	fence := ""
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case fence != "" && line == fence:
			fence = ""
		case fence == "" && strings.HasPrefix(line, "```") && strings.Trim(line, "`") == "":
			fence = line
		case fence == "" && (strings.HasPrefix(line, "/") || strings.HasPrefix(line, "::")):
			t.Errorf("GitLab obeys %q", line)
		}
	}
}

func TestHostileTextsStayTexts(t *testing.T) {
	for _, s := range hostile {
		t.Run(s, func(t *testing.T) {
			i := 0
			checkPage(t, pageOf(func() string { return s }, func() string { i++; return addresses[i%len(addresses)] }))
		})
	}
}

func TestAnyTextStaysText(t *testing.T) {
	runes := rapid.StringOfN(rapid.RuneFrom([]rune("\\`*_{}[]()#+-.!|<>~&@$%^:;/='\" \n\tab01wW")), 0, 12, -1)
	text := rapid.OneOf(
		rapid.SampledFrom(hostile), runes, rapid.String(),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile), runes), 1, 4).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "between"))
		}),
	)
	rapid.Check(t, func(rt *rapid.T) {
		checkPage(rt, pageOf(func() string { return text.Draw(rt, "text") }, func() string { return rapid.SampledFrom(addresses).Draw(rt, "address") }))
	})
}

// What a reader copies is what the page has: nothing is put into it that cannot be seen.
func TestNamesAreCodeAsTheyAre(t *testing.T) {
	for name, want := range map[string]string{
		"rss=on":   "`rss=on`",
		"a_b*c":    "`a_b*c`",
		"a`b":      "``a`b``",
		"`a``":     "``` `a`` ```",
		" a ":      "`  a  `",
		" a":       "` a`",
		"a|b":      "<code>a&#124;b</code>",
		`C:\x`:     "`C:\\x`",
		"a\x1b[1m": "`a\\x1b[1m`",
		"":         "",
	} {
		if got := code(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

// Ordinary words stay readable in the source as well.
func TestOrdinaryTextIsNotEscaped(t *testing.T) {
	for _, s := range []string{
		"+5.2 % (3.1 to 7.4), 12 of 30 boots: better.", "2026-11-29 10:41:12, 1234567890 bytes/s", "tcp-rx, 64-bit; a = b!", "see docs/failures.md", "3 + 4 - 5", "Is it? Yes!",
	} {
		if got := inline(s); got != s {
			t.Errorf("%s became %s", s, got)
		}
	}
}

func TestOnlyAddressesOfTheWebAreLinks(t *testing.T) {
	for address, want := range map[string]string{
		"https://x.example/a?b=1&copy=2#c": "[w](<https://x.example/a?b=1&amp;copy=2#c>)",
		"http://x.example/<a>`|\\ ":        "[w](<http://x.example/%3Ca%3E%60%7C%5C%20>)",
		"javascript:alert(1)":              "w",
		"//x.example":                      "w",
		"docs/failures.md":                 "w",
		"":                                 "w",
	} {
		if got := link("w", address); got != want {
			t.Errorf("%q: %s, want %s", address, got, want)
		}
	}
	if got := link("", "https://x.example"); got != "" {
		t.Errorf("a link without words: %s", got)
	}
}
