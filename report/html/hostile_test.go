package html

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"vnettune/foreign"
	"vnettune/report/page"
)

// parsed is a document as a browser reads it.
type parsed struct {
	elements []*html.Node
	text     string // all that is shown, and the address of every file
}

func parse(t *testing.T, document string) parsed {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var p parsed
	var text strings.Builder
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			p.elements = append(p.elements, n)
			if data, ok := strings.CutPrefix(attr(n, "href"), "data:text/plain;charset=utf-8;base64,"); ok {
				content, err := base64.StdEncoding.DecodeString(data)
				if err != nil {
					t.Error(err)
				}
				text.WriteString("\n" + string(content))
			}
		case html.TextNode:
			if n.Parent.Data != "style" {
				text.WriteString(n.Data)
			}
		}
	}
	p.text = text.String()
	return p
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// shown is a text as a browser has it behind the door for foreign words.
func shown(s string) string {
	var b strings.Builder
	w := foreign.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(s, "\x00", "\uFFFD")))
	_ = w.Flush()
	return b.String()
}

// The elements that a page may have. There is none that runs, loads or embeds.
var elements = strings.Fields(`html head meta link title style body header main section nav h1 h2 h3 p ul ol li bdi a details summary div
	span sup table thead tbody tr th td wbr figure figcaption pre svg g path rect line text tspan`)

// The attributes that they may have.
var attributes = strings.Fields(`lang dir charset http-equiv content name rel href class id role tabindex scope download aria-label aria-labelledby aria-hidden
	xmlns width height viewBox x y x1 x2 y1 y2 dx dy d transform fill fill-opacity stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity opacity
	text-anchor font-family font-size font-style font-weight`)

func TestNothingRunsAndNothingIsLoaded(t *testing.T) {
	link := regexp.MustCompile(`^(https?://[^/]|#|data:text/plain;charset=utf-8;base64,[A-Za-z0-9+/=]*$)`)
	for name, document := range documents() {
		ids, refers, links := map[string]bool{}, []string{}, 0
		for _, n := range parse(t, document).elements {
			if !slices.Contains(elements, n.Data) {
				t.Errorf("%s: an element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case !slices.Contains(attributes, a.Key):
					t.Errorf("%s: an attribute %s=%q of %s", name, a.Key, a.Val, n.Data)
				case a.Key == "id":
					if ids[a.Val] {
						t.Errorf("%s: two elements named %q", name, a.Val)
					}
					ids[a.Val] = true
				case a.Key == "href" && n.Data == "a":
					links++
					if !link.MatchString(a.Val) {
						t.Errorf("%s: a link to %q", name, a.Val)
					}
					refers = append(refers, a.Val)
				case a.Key == "href" && a.Val != "data:,":
					t.Errorf("%s: %s loads %q", name, n.Data, a.Val)
				case a.Key == "aria-labelledby":
					refers = append(refers, "#"+a.Val)
				}
			}
		}
		for _, r := range refers {
			if id, ok := strings.CutPrefix(r, "#"); ok && !ids[id] && !strings.HasPrefix(id, `">`) && !strings.HasPrefix(id, "%22") {
				t.Errorf("%s: %q leads nowhere", name, r)
			}
		}
		if links < 10 {
			t.Errorf("%s: %d links seen: the test looks in the wrong place", name, links)
		}
	}
	if strings.Contains(documents()["campaign"], "url(") || strings.Contains(documents()["campaign"], "@import") {
		t.Error("the style loads something")
	}
}

func TestPolicyIsThere(t *testing.T) {
	for _, n := range parse(t, documents()["campaign"]).elements {
		if attr(n, "http-equiv") == "Content-Security-Policy" {
			if got := attr(n, "content"); got != "default-src 'none'; style-src 'unsafe-inline'; img-src data:" {
				t.Error(got)
			}
			return
		}
	}
	t.Error("no policy")
}

// Whatever turns the direction of writing, or would be obeyed, is seen.
func TestNothingInvisible(t *testing.T) {
	for i, line := range strings.Split(documents()["hostile"], "\n") {
		if plain := strings.ReplaceAll(line, "\t", ""); !foreign.Printable(plain) {
			t.Errorf("line %d: %q", i+1, line)
		}
	}
}

// textsOf gives every text that a reader of v must find. A page's More is none: here all of it is there.
func textsOf(v reflect.Value, give func(string)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			textsOf(v.Elem(), give)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "More" && name != "ID" && !(name == "Name" && v.Type() == reflect.TypeFor[page.Chart]()) && name != "Bars" {
				textsOf(v.Field(i), give)
			}
		}
	case reflect.Slice:
		if spec, ok := v.Interface().(json.RawMessage); ok {
			give(string(spec))
			return
		}
		for i := range v.Len() {
			textsOf(v.Index(i), give)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if v.Type().Elem().Kind() == reflect.String && linkable(it.Value().String()) {
				continue
			}
			textsOf(it.Value(), give)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() { // a mark is none
			give(v.String())
		}
	}
}

func TestNothingIsDropped(t *testing.T) {
	for name, p := range pages() {
		got, seen := parse(t, documents()[name]).text, 0
		textsOf(reflect.ValueOf(p), func(s string) {
			seen++
			if !strings.Contains(got, shown(s)) && !strings.Contains(got, s) { // a file for download has its bytes as they are
				t.Errorf("%s: %q is not there", name, s)
			}
		})
		if seen < 100 {
			t.Errorf("%s: %d texts seen: the test looks in the wrong place", name, seen)
		}
	}
}

func TestLinksLeadWhereTheySay(t *testing.T) {
	var got []string
	for _, n := range parse(t, documents()["campaign"]).elements {
		if href := attr(n, "href"); strings.HasPrefix(href, "http") {
			got = append(got, href)
		}
	}
	if want := []string{"https://www.linux-kvm.org/page/WindowsGuestDrivers/kvmnet/registry"}; !slices.Equal(got, want) {
		t.Errorf("links: %q, want %q", got, want)
	}
}

func TestWhatCannotBeLaidOut(t *testing.T) {
	grid := func(g page.Grid) page.Page { return page.Page{Parts: []page.Part{{Blocks: []page.Block{g}}}} }
	one := []page.Column{{Head: "a"}}
	for want, p := range map[string]page.Page{
		"row 1 has 2 cells in 1 columns": grid(page.Grid{Columns: one, Rows: []page.Row{{Cells: []string{"x", "y"}}}}),
		"row 1 has note 2 of 1":          grid(page.Grid{Columns: one, Notes: []string{"n"}, Rows: []page.Row{{Cells: []string{"x"}, Notes: []int{2}}}}),
		"it has no columns":              grid(page.Grid{Title: "empty"}),
		`chart "c":`:                     {Parts: []page.Part{{Blocks: []page.Block{page.Chart{Name: "c"}}}}},
		"a block of the type *page.Text": {Parts: []page.Part{{Blocks: []page.Block{&page.Text{}}}}},
	} {
		var b strings.Builder
		if err := Write(&b, p); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("%v, with %d bytes written; want %q", err, b.Len(), want)
		}
	}
}

// A page of nothing is a page.
func TestEmpty(t *testing.T) {
	p := page.Page{Title: "x", Parts: []page.Part{{Title: "y", Blocks: []page.Block{page.Grid{Columns: []page.Column{{Head: "a"}}, Bars: &page.Bars{}}, page.List{}}}}}
	if got := written(t, p); !strings.Contains(got, `aria-label="scale from −1 to &#43;1"`) {
		t.Error(got)
	}
}
