package markdown

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vnettune/report/page"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func written(t rapid.TB, p page.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	got := written(t, everyBlock())
	file := filepath.Join("testdata", "every-block.md")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The page of the golden file is read back: its structure, not only its bytes.
func TestEveryBlockIsRendered(t *testing.T) {
	r := render(t, written(t, everyBlock()))
	r.checkHarmless(t)
	r.checkSays(t, stringsOf(everyBlock()))
	for name, want := range map[string]int{"h2": 1, "h3": 2, "blockquote": 1, "table": 2, "details": 2, "summary": 2, "pre": 1, "a": 2, "ol": 2, "ul": 2} {
		if got := r.elements[name]; got != want {
			t.Errorf("%d times <%s>, want %d", got, name, want)
		}
	}
	// Outside the details a table has no column of the long form; inside it has all.
	if got := r.elements["th"]; got != 4+5 {
		t.Errorf("%d heads of columns", got)
	}
	if got := r.elements["td"]; got != 6*(4+5) {
		t.Errorf("%d cells", got)
	}
	if want := "https://example.org/failures?a=1&b=2#not_run"; r.links[0] != want || r.links[1] != want {
		t.Errorf("links to %q", r.links)
	}
}

var tag = regexp.MustCompile(`^<!-- vnettune: ([A-Za-z0-9._-]+) -->\n`)

func tagOf(t *testing.T, title string) string {
	t.Helper()
	found := tag.FindStringSubmatch(written(t, page.Page{Title: title, Lead: []string{"x"}}))
	if found == nil || strings.Contains(found[1], "--") || len(found[1]) > maxKey+9 {
		t.Fatalf("%q: the tag is %q", title, found)
	}
	return found[1]
}

func TestTheTagIsStable(t *testing.T) {
	for title, want := range map[string]string{
		"Campaign seed-page":     "Campaign-seed-page-",
		"--> <b>x":               "b-x-",
		"":                       "",
		"Кампания":               "",
		strings.Repeat("a-", 90): strings.Repeat("a-", 40),
	} {
		got := tagOf(t, title)
		if !strings.HasPrefix(got, want) || tagOf(t, title) != got {
			t.Errorf("%q: %s", title, got)
		}
	}
	// It depends on the title alone, and tells titles apart.
	p := everyBlock()
	p.Lead, p.Parts = nil, nil
	if a, b := written(t, p), written(t, everyBlock()); tag.FindString(a) != tag.FindString(b) {
		t.Errorf("%q and %q", tag.FindString(a), tag.FindString(b))
	}
	for _, pair := range [][2]string{{"Campaign a b", "Campaign a-b"}, {"Кампания", "Кампания 2"}, {"", " "}} {
		if tagOf(t, pair[0]) == tagOf(t, pair[1]) {
			t.Errorf("%q are one", pair)
		}
	}
	if got, want := tagOf(t, "Campaign seed-page"), "Campaign-seed-page-493a3adf"; got != want {
		t.Errorf("comments of earlier versions are no longer found: %s, were %s", got, want)
	}
}

type broken struct{}

var errFull = errors.New("full")

func (broken) Write([]byte) (int, error) { return 0, errFull }

func TestAWritersErrorIsReturned(t *testing.T) {
	if err := Write(broken{}, everyBlock()); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}
