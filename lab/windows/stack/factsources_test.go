package stack

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fact    = regexp.MustCompile(`docs/facts/([a-z-]+\.md),? ([A-Z]?[0-9]+(?:\.[0-9]+)?)\b`)
	allowed = regexp.MustCompile(`^(docs/facts/|https?://|not verified: ask a guest, |(tcp|template|udp|afd)\.[a-z*_])`)
)

// TestSourcesAreThere opens what the stand-in's answers name: each section of docs/facts that a
// comment or a row of a table cites is on its page, and no row stands on anything but such a page, a
// public address, an entry of the catalogue, or the words how to ask a guest.
func TestSourcesAreThere(t *testing.T) {
	pages := map[string]string{}
	cited := 0
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(strings.ToLower(string(text)), "general knowledge") {
			t.Errorf("%s: general knowledge is no source", path)
		}
		for _, m := range fact.FindAllStringSubmatch(string(text), -1) {
			page, section := m[1], m[2]
			if pages[page] == "" {
				b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "facts", page))
				if err != nil {
					return err
				}
				pages[page] = string(b)
			}
			cited++
			at := regexp.MustCompile(`(?m)^#+ ` + regexp.QuoteMeta(section) + `\.? |\*\*` + section + `\.|^\| ` + section + ` \||^` + strings.TrimPrefix(section, "C") + `\. `)
			if !at.MatchString(pages[page]) {
				t.Errorf("%s cites %s %s, which is not there", path, page, section)
			}
		}
		return nil
	})
	if err != nil || cited < 60 {
		t.Errorf("%d citations, %v", cited, err)
	}
	check := func(what, source string) {
		if first, _, _ := strings.Cut(source, "; "); !allowed.MatchString(first) {
			t.Errorf("%s: %q is no source", what, first)
		}
	}
	for _, list := range [][]Param{params, heuristicsParams, templateParams, udpParams} {
		for _, p := range list {
			check(p.Key, p.source)
			for _, b := range p.begins {
				check(p.Key+" "+b.value, b.source)
			}
		}
	}
	for _, v := range templateValues {
		check(v.key, v.begin.source)
	}
	for _, row := range takes {
		check(row.id, row.source)
	}
	for _, tm := range templates {
		check(tm.CIM, tm.source)
	}
}
