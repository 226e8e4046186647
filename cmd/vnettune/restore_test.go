package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
)

// What stops a restore before it began leaves a changed guest changed. One that is not
// needs nobody to be asked.
func TestARestoreThatCannotBegin(t *testing.T) {
	const text = `name: r
guest: {control: 'http://127.0.0.1:9', data: 127.0.0.1, user: Administrator, password_env: VNETTUNE_TEST_NO_SUCH, generation: w10}
design: list
arms:
  - set: {tcp.autotuninglevel: disabled}
`
	c, err := campaign.Parse("r.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		originals, changed bool
		code               int
		says               string
	}{
		"never written to":     {false, false, exitDone, "nothing is to be put back"},
		"clean":                {true, false, exitDone, "nothing is to be put back"},
		"changed, no password": {true, true, exitUnrestored, "put it back with: vnettune restore "},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.db")
			store, err := results.Create(path, results.Campaign{Name: "r", File: "r.yaml", Text: []byte(text), Generation: "w10", Plan: plan, Created: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			if tt.originals {
				err = store.SaveOriginals(record.Originals{Generation: "w10"})
			}
			if err == nil && tt.changed {
				err = store.NoteChanged(time.Now())
			}
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			code := vnettune([]string{"restore", path, "--yes"}, strings.NewReader(""), &out, &out)
			if code != tt.code || !strings.Contains(out.String(), tt.says) {
				t.Errorf("exit code %d, %s; want %d and %q", code, out.String(), tt.code, tt.says)
			}
		})
	}
}
