package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// claimsNothing is how "not shown to differ" must never be worded: only equivalence,
// which has to be shown, says that nothing happens.
var claimsNothing = regexp.MustCompile(`(?i)\bno (real |significant )?effect\b|\bno (real |significant )?difference\b|\bdoes nothing\b|\bwithout effect\b|\bnot different\b|\bthe same as the baseline\b|\bhas no influence\b|\bdoes not (matter|depend)\b`)

// TestNothingIsClaimedWithoutProof looks at every text that the program can print about
// measurements, and at every output that is kept as an example.
func TestNothingIsClaimedWithoutProof(t *testing.T) {
	texts := 0
	check := func(where, text string) {
		texts++
		if found := claimsNothing.FindString(strings.Join(strings.Fields(text), " ")); found != "" {
			t.Errorf("%s: %q: say what is not shown, or prove equivalence", where, found)
		}
	}
	root := filepath.Join("..", "..")
	for _, dir := range []string{"report", "bench", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			golden := strings.Contains(path, filepath.Join("report", "testdata")) || filepath.Ext(path) == ".golden"
			switch {
			case golden:
				text, err := os.ReadFile(path)
				check(path, string(text))
				return err
			case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
				return literals(path, check)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if texts < 500 {
		t.Errorf("%d texts seen: the test looks in the wrong place", texts)
	}
}

// literals gives every string in a Go file to check.
func literals(path string, check func(where, text string)) error {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				check(files.Position(l.Pos()).String(), text)
			}
		}
		return true
	})
	return nil
}

// The test above can fail.
func TestClaimsNothingIsSeen(t *testing.T) {
	for text, bad := range map[string]bool{
		"tcp.rss has no effect":                                true,
		"There is no significant difference":                   true,
		"the setting does nothing":                             true,
		"it does not depend on another setting":                true,
		"no false difference among 5 comparisons":              false,
		"that it depends on another setting is not shown":      false,
		"is undetermined, which is not the same as equivalent": false,
	} {
		if got := claimsNothing.MatchString(text); got != bad {
			t.Errorf("%q: %v", text, got)
		}
	}
}
