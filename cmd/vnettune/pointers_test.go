package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pointer is a page of this repository that code or a document names, perhaps with a
// section of it: docs/facts/winrm.md 2, docs/rescue.md.
var pointer = regexp.MustCompile(`\b((?:docs/[a-z/-]+|[A-Z]{6,})\.md)(?:,? ([0-9]+(?:\.[0-9]+)?)\b)?`)

// Whoever follows a pointer in the code finds the page, and the section in it.
func TestPointersLeadSomewhere(t *testing.T) {
	root := filepath.Join("..", "..")
	pages := map[string]string{}
	page := func(name string) string {
		if _, read := pages[name]; !read {
			text, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				text = nil
			}
			pages[name] = string(text)
		}
		return pages[name]
	}
	followed := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "bin") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || d.Name() == "pointers_test.go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range pointer.FindAllStringSubmatch(string(text), -1) {
			name, section := m[1], m[2]
			if !strings.HasPrefix(name, "docs/") && name != "ARCHITECTURE.md" && name != "CONTRIBUTING.md" {
				continue // a page beside the code, such as CONTRACT.md
			}
			followed++
			if text := page(name); text == "" {
				t.Errorf("%s: there is no %s", path, name)
			} else if section != "" && !hasSection(text, section) {
				t.Errorf("%s: %s has no section %s", path, name, section)
			}
		}
		return nil
	})
	if err != nil || followed == 0 {
		t.Errorf("%d pointers followed, %v", followed, err)
	}
}

// hasSection says whether a page has a heading with that number, a paragraph that
// begins with it in bold, or, for 0.5, a point 5 under the heading 0.
func hasSection(text, number string) bool {
	escaped := regexp.QuoteMeta(number)
	if regexp.MustCompile(`(?m)^(#{2,4} |\*\*)` + escaped + `[. ]`).MatchString(text) {
		return true
	}
	part, point, ok := strings.Cut(number, ".")
	if !ok {
		return false
	}
	_, under, ok := strings.Cut(text, "\n## "+part+". ")
	under, _, _ = strings.Cut(under, "\n## ")
	return ok && regexp.MustCompile(`(?m)^`+point+`\. `).MatchString(under)
}
