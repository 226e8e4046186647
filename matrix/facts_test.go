package matrix

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// factsPage is what a reader opens to see what the catalogue knows. Its tables are written from the
// catalogue, between marks, by go test ./matrix -update; the words around them are written by hand.
const factsPage = "../../docs/facts/windows-settings.md"

var factsMark = regexp.MustCompile(`(?s)(<!-- from the catalogue: ([a-z. ]+) -->\n).*?(<!-- end -->)`)

func TestSettingsPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("testdata", factsPage))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	got := factsMark.ReplaceAllStringFunc(string(page), func(region string) string {
		part := factsMark.FindStringSubmatch(region)
		return part[1] + factsOf(part[2], shown) + part[3]
	})
	for _, s := range Catalogue().All() {
		if !shown[s.ID] {
			t.Errorf("docs/facts/windows-settings.md has no table for %s", s.ID)
		}
	}
	golden(t, factsPage, got)
}

// factsOf is the part of the page that a mark asks for: the sources, the profiles,
// or the settings whose ids begin with one of its words.
func factsOf(what string, shown map[string]bool) string {
	var b strings.Builder
	switch what {
	case "sources":
		b.WriteString("\n| id | document |\n|---|---|\n")
		for _, s := range Catalogue().sources {
			fmt.Fprintf(&b, "| [%s] | %s |\n", s.ID, cell(s.Title))
		}
		b.WriteString("\n")
		for _, s := range Catalogue().sources {
			fmt.Fprintf(&b, "[%s]: %s\n", s.ID, strings.TrimPrefix(s.URL, "docs/facts/"))
		}
	case "profiles":
		b.WriteString("\n| profile | published as | for | lines | source |\n|---|---|---|---|---|\n")
		for _, p := range Profiles() {
			var lines []string
			for _, l := range p.Lines {
				lines = append(lines, "`"+l.String()+"`")
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", p.ID, cell(p.Title), joined(p.AppliesTo), cell(strings.Join(lines, ", ")), cited(p.Source))
		}
	default:
		b.WriteString("\n| setting | values | takes effect | default | what it does | written as | sources |\n|---|---|---|---|---|---|---|\n")
		for _, s := range Catalogue().All() {
			if slices.ContainsFunc(strings.Fields(what), func(prefix string) bool { return strings.HasPrefix(s.ID, prefix) }) && !shown[s.ID] {
				shown[s.ID] = true
				b.WriteString(factsRow(s))
			}
		}
	}
	return b.String() + "\n"
}

func factsRow(s Setting) string {
	var sources []string
	for _, text := range s.Sources {
		sources = append(sources, cited(text))
	}
	return fmt.Sprintf("| `%s` %s | %s | %s | %s | %s | %s | %s |\n", s.ID, cell(s.Name), cell(s.Legal.String()),
		perGeneration(func(g Generation) string {
			if s.Status[g].Word == NotApplicable {
				return ""
			}
			t := s.TakesOn(g)
			text := t.String()
			if by := t.Sources; len(by) > 0 {
				var ids []string
				for _, source := range by {
					ids = append(ids, cited(source))
				}
				text += " (" + strings.Join(ids, ", ") + ")"
			}
			return text
		}),
		perGeneration(func(g Generation) string { return s.Defaults[g] }),
		perGeneration(func(g Generation) string {
			st := s.Status[g]
			if st.Source != "" {
				return st.Text + " (" + cited(st.Source) + ")"
			}
			return st.Text
		}),
		perGeneration(func(g Generation) string {
			f, ok := s.Forms[g]
			if !ok {
				return ""
			}
			return fmt.Sprintf("%s `%s`", f.Kind, strings.TrimPrefix(f.Path+`\`+f.Name, `\`))
		}),
		strings.Join(sources, "; "))
}

// perGeneration is what differs between generations, each text once with those that
// it holds for; without them where it holds for all.
func perGeneration(of func(Generation) string) string {
	holds := map[string][]Generation{}
	var order []string
	for _, g := range Generations {
		text := of(g)
		if text != "" && holds[text] == nil {
			order = append(order, text)
		}
		holds[text] = append(holds[text], g)
	}
	var parts []string
	for _, text := range order {
		if len(holds[text]) == len(Generations) {
			return cell(text)
		}
		parts = append(parts, joined(holds[text])+": "+cell(text))
	}
	return strings.Join(parts, "; ")
}

func joined(gs []Generation) string {
	var words []string
	for _, g := range gs {
		words = append(words, string(g))
	}
	return strings.Join(words, ", ")
}

// cited is a source's text as a link named by its id; other words as they are.
func cited(text string) string {
	for _, s := range Catalogue().sources {
		if text == s.Title+", "+s.URL {
			return "[" + s.ID + "]"
		}
	}
	return cell(text)
}

// cell keeps a text inside one cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
