package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testdata/stores has a campaign of every kind of design as commit 859cf5c, the last
// before stores were read by one owner, ran it on the fast stand-in: the store (without
// the raw outputs), its samples as CSV, and what its report said as JSON.

// oldStore unpacks the store of a design.
func oldStore(t *testing.T, packed string) string {
	t.Helper()
	f, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(packed), ".gz"))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOldStoresAreRead: the store of an earlier version says what it said; only the boots
// of a search are not ranked any more.
func TestOldStoresAreRead(t *testing.T) {
	all, err := filepath.Glob(filepath.Join("testdata", "stores", "*.db.gz"))
	if err != nil || len(all) < 7 {
		t.Fatalf("%d stores, %v", len(all), err)
	}
	for _, packed := range all {
		design := strings.TrimSuffix(filepath.Base(packed), ".db.gz")
		t.Run(design, func(t *testing.T) {
			now := document(t, "report", oldStore(t, packed), "--format", "json")
			text, err := os.ReadFile(filepath.Join("testdata", "stores", design+".report.json"))
			if err != nil {
				t.Fatal(err)
			}
			var then page
			if err := json.Unmarshal(text, &then); err != nil {
				t.Fatal(err)
			}
			searched := strings.Contains(string(text), "the search")
			if searched && strings.Contains(string(text), "nothing was left to confirm") {
				if n := len(now.arms(t)); n != 0 {
					t.Errorf("%d arms are ranked by a search's own boots", n)
				}
				return
			}
			if d := cmp.Diff(then.judged(), now.judged()); d != "" {
				t.Errorf("(-then +now):\n%s", d)
			}
			old := documentOf(t, "", "rank", filepath.Join("testdata", "stores", design+".csv"), "--format", "json", "--baseline", "baseline",
				"--margin", fmt.Sprint(now["margin_percent"]), "--alpha", fmt.Sprint(now["alpha"]))
			if d := cmp.Diff(then.judged(), old.judged()); d != "" && !searched {
				t.Errorf("samples of that version (-report then +rank now):\n%s", d)
			}
		})
	}
}
