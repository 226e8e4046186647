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

// TestOldStoresAreRead: the store of an earlier version says what it said, as far as the method is
// the same: what was counted, estimated and how much it varies. (What is claimed is not: section 14 of
// the specification.) Only the boots of a search are not ranked any more.
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
			var then reportDoc
			if err := json.Unmarshal(text, &then); err != nil {
				t.Fatal(err)
			}
			setups, _ := now["setups"].([]any)
			if len(setups) == 0 {
				t.Error("the host of its sessions is not shown")
			}
			for _, s := range setups {
				if s := s.(map[string]any); s["vm"] != nil || s["path"] != nil {
					t.Errorf("a store without the facts of machine and path has %v and %v", s["vm"], s["path"])
				}
			}
			searched := strings.Contains(string(text), "the search")
			if searched && strings.Contains(string(text), "nothing was left to confirm") {
				if n := len(now.allArms()); n != 0 {
					t.Errorf("%d arms are ranked by a search's own boots", n)
				}
				return
			}
			if d := cmp.Diff(then.measured(), now.measured()); d != "" {
				t.Errorf("(-then +now):\n%s", d)
			}
			old := documentOf(t, "", "rank", filepath.Join("testdata", "stores", design+".csv"), "--format", "json", "--baseline", "baseline",
				"--margin", fmt.Sprint(now["margin_percent"]), "--alpha", fmt.Sprint(now["alpha"]))
			if d := cmp.Diff(now.judged(), old.judged()); d != "" && !searched {
				t.Errorf("samples of that version (-report +rank):\n%s", d)
			}
		})
	}
}

// measured is what a page says of a campaign before anything is claimed.
func (p reportDoc) measured() []reportDoc {
	pick := func(from reportDoc, names ...string) reportDoc {
		out := reportDoc{}
		for _, name := range names {
			out[name] = from[name]
		}
		return out
	}
	var all []reportDoc
	for _, a := range p["analyses"].([]any) {
		from := reportDoc(a.(map[string]any))
		one := pick(from, "workload", "metric", "unit", "better", "family", "alpha", "method", "blocks", "boots", "components", "df",
			"pooled_variance", "variance_upper80", "prior_df", "prior_variance", "boots_needed")
		var arms []reportDoc
		for _, arm := range from.arms() {
			kept := pick(arm, "combination", "baseline", "changed_settings", "failures", "missing_share", "estimate", "rank")
			kept["boots"] = pick(arm["boots"].(map[string]any), "ok", "failed", "not_in_effect", "excluded", "planned")
			kept["difference"] = arm["difference"]
			if old, ok := arm["diff_percent"]; ok {
				kept["difference"] = old
			}
			arms = append(arms, kept)
		}
		one["combinations"] = arms
		all = append(all, one)
	}
	return all
}
