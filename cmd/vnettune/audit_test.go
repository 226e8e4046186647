package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What stores say of a value is what their reports print, and on what it was measured stands beside it.
func TestOpinionsAreTheWordsOfTheReport(t *testing.T) {
	for _, packed := range []string{"list.db.gz", "factorial.db.gz", "profile.db.gz"} {
		store := oldStore(t, filepath.Join("testdata", "stores", packed))
		all, err := opinionsOf([]string{store})
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %v, %v", packed, all, err)
		}
		var out, errs strings.Builder
		if code := vnettune([]string{"report", store, "--full", "--width", "400"}, strings.NewReader(""), &out, &errs); code != exitDone {
			t.Fatalf("%s: %d, %s", packed, code, errs.String())
		}
		shown := strings.Join(strings.Fields(out.String()), " ")
		if len(all[0].Values) == 0 {
			t.Errorf("%s: it says nothing", packed)
		}
		for _, v := range all[0].Values {
			for _, want := range []string{v.Verdict, strings.TrimSuffix(v.Effect, " "+v.Unit)} {
				if want == "" || !strings.Contains(shown, want) {
					t.Errorf("%s: %s=%s against %s: %q is not in the report", packed, v.Setting, v.Value, v.Against, want)
				}
			}
			if v.Value == "found" || v.Against == "found" {
				t.Errorf("%s: %+v: what was found is known", packed, v)
			}
		}
		if !all[0].StandIn || all[0].Windows == "" || !strings.Contains(all[0].Where(), "a stand-in guest, not Windows: ") {
			t.Errorf("%s: measured on %s", packed, all[0].Where())
		}
	}
	if _, err := opinionsOf([]string{"x.csv"}); exitCode(err) != exitUsage {
		t.Errorf("samples: %v", err)
	}
}
