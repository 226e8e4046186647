package markdown

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"vnettune/foreign"
	"vnettune/report/page"
)

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))

// rendered is what a browser is given of a document.
type rendered struct {
	elements map[string]int
	links    []string
	wrong    []string
	nodes    []string // text nodes outside code, which is what mentions and the like are looked for in
	text     string   // without white space
}

func render(t rapid.TB, document string) rendered {
	t.Helper()
	if n := len(utf16.Encode([]rune(document))); n > MaxCharacters {
		t.Errorf("%d characters", n)
	}
	var out bytes.Buffer
	if err := gfm.Convert([]byte(document), &out); err != nil {
		t.Fatal(err)
	}
	r := rendered{elements: map[string]int{}}
	checkNested(t, out.Bytes())
	root, err := nethtml.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	r.walk(root, false, &text)
	r.text = squeezed(text.String())
	return r
}

// checkNested fails when an element is not closed where it has to be, which a browser mends in its own way.
func checkNested(t rapid.TB, text []byte) {
	t.Helper()
	var open []string
	for tokens := nethtml.NewTokenizer(bytes.NewReader(text)); ; {
		kind := tokens.Next()
		tag := tokens.Token().Data
		switch {
		case kind == nethtml.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%q are open at the end", open)
			}
			return
		case kind == nethtml.StartTagToken && tag != "br":
			open = append(open, tag)
		case kind == nethtml.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tag {
				t.Fatalf("</%s> closes %q", tag, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// expected are the elements that a document of ours is made of, with the attributes that they may have.
var expected = map[string]string{
	"html": "", "head": "", "body": "", "h2": "", "h3": "", "p": "", "br": "", "strong": "", "em": "", "blockquote": "",
	"ul": "", "ol": "", "li": "", "table": "", "thead": "", "tbody": "", "tr": "", "th": "style", "td": "style", "sup": "", "span": "",
	"code": "", "pre": "", "a": "href", "details": "", "summary": "",
}

func (r *rendered) walk(n *nethtml.Node, inCode bool, text *strings.Builder) {
	switch n.Type {
	case nethtml.TextNode:
		text.WriteString(n.Data)
		if !inCode {
			r.nodes = append(r.nodes, n.Data)
		}
	case nethtml.CommentNode:
		r.elements["!--"]++
		if !strings.HasPrefix(n.Data, " vnettune: ") || strings.ContainsAny(n.Data, "<>\n") {
			r.wrong = append(r.wrong, "a comment: "+n.Data)
		}
	case nethtml.ElementNode:
		r.elements[n.Data]++
		may, known := expected[n.Data]
		if !known {
			r.wrong = append(r.wrong, "<"+n.Data+">")
		}
		for _, a := range n.Attr {
			switch {
			case a.Key != may:
				r.wrong = append(r.wrong, "<"+n.Data+" "+a.Key+">")
			case a.Key == "href":
				r.links = append(r.links, a.Val)
			}
		}
	}
	inCode = inCode || n.Data == "code" || n.Data == "pre" || n.Data == "a"
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c, inCode, text)
	}
}

// interpreted is what GitHub and GitLab look for in text nodes; written after their documentation of references
// and the parts of it that a page could hold by chance.
var interpreted = regexp.MustCompile(strings.Join([]string{
	`@[A-Za-z0-9_]`, `#[0-9A-Za-z_"]`, `![0-9]`, `[~%]["\w]`, `&[0-9]`, `\$\S*\$`, "\\$`", `\[\[`, `\[[A-Za-z]\w*:`, `\[\+.*\+\]`, `\[-.*-\]`, `\{\+.*\+\}`, `\{-.*-\}`,
	`:(100|1234|[0-9]*[a-z_+-][a-z0-9_+-]*):`, `://`, `(?i:www\.[a-z0-9])`, `(?i:\bgh-[0-9])`, `\b[A-Z][A-Z0-9_]+-[0-9]`,
}, "|"))

var commit = regexp.MustCompile(`\b[0-9a-f]{7,40}\b`)

// checkHarmless fails when a page's text became anything but text.
func (r rendered) checkHarmless(t rapid.TB) {
	t.Helper()
	for _, w := range r.wrong {
		t.Errorf("%s", w)
	}
	if r.elements["!--"] != 1 {
		t.Errorf("%d comments", r.elements["!--"])
	}
	for _, n := range r.nodes {
		if found := interpreted.FindString(n); found != "" {
			t.Errorf("%q is interpreted in %q", found, n)
		}
		for _, found := range commit.FindAllString(n, -1) {
			if strings.Trim(found, "0123456789") != "" {
				t.Errorf("%q is a commit in %q", found, n)
			}
		}
	}
}

// checkLinks fails when there is a link that the page does not have.
func (r rendered) checkLinks(t rapid.TB, allowed []string) {
	t.Helper()
	may := map[string]bool{}
	for _, a := range allowed {
		may[unescaped(a)] = true
	}
	for _, l := range r.links {
		if !may[unescaped(l)] || !strings.HasPrefix(strings.ToLower(l), "http") {
			t.Errorf("a link to %q", l)
		}
	}
}

func unescaped(address string) string {
	if u, err := url.PathUnescape(address); err == nil {
		return u
	}
	return address
}

// checkSays fails when a text of the page cannot be read on it, in its order.
func (r rendered) checkSays(t rapid.TB, texts []string) {
	t.Helper()
	rest := r.text
	for _, s := range texts {
		at := strings.Index(rest, squeezed(s))
		if at < 0 {
			t.Fatalf("%q is not said after what is before it, but %.300q", s, rest)
		}
		rest = rest[at+len(squeezed(s)):]
	}
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// stringsOf are the texts of a page that a document which is not shortened says, in their order, as package
// foreign shows them.
func stringsOf(p page.Page) []string {
	all := []string{foreign.Line(p.Title), foreign.Line(p.Notice)}
	for _, s := range append(append([]string{}, p.Lead...), p.Next...) {
		all = append(all, foreign.Message(s))
	}
	for _, part := range p.Parts {
		says := []string{foreign.Line(part.Title)}
		for _, b := range part.Blocks {
			says = append(says, stringsOfBlock(b, part.Detail)...)
		}
		if len(says) > 1 {
			all = append(all, says...)
		}
	}
	for _, part := range p.Parts {
		for _, b := range part.Blocks {
			if c, ok := b.(page.Chart); ok {
				all = append(all, foreign.Line(c.Title))
			}
		}
	}
	return all
}

func stringsOfBlock(b page.Block, detail bool) []string {
	var all []string
	switch b := b.(type) {
	case page.Text:
		all = append(all, foreign.Message(b.Words))
	case page.List:
		all = append(all, foreign.Line(b.Title))
		for _, s := range b.Items {
			all = append(all, foreign.Message(s))
		}
	case page.Grid:
		all = append(all, foreign.Line(b.Title))
		for _, c := range b.Columns {
			if detail || !c.Detail {
				all = append(all, foreign.Message(c.Head))
			}
		}
		for _, r := range b.Rows {
			for i, c := range b.Columns {
				switch {
				case c.Detail && !detail:
				case c.Name:
					all = append(all, foreign.Line(r.Cells[i]))
				default:
					all = append(all, foreign.Message(r.Cells[i]))
				}
			}
		}
		for _, n := range b.Notes {
			all = append(all, foreign.Message(n))
		}
	case page.File:
		all = append(all, foreign.Line(b.Title), foreign.Line(b.Name))
		if !b.Offered {
			all = append(all, foreign.Message(b.Text))
		}
	}
	return all
}
