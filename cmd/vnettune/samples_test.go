package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The samples of reports are what the program writes of the store that lies beside them; make samples
// renders them anew.
func TestSampleReportsAreCurrent(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	t.Setenv("LC_ALL", "C.UTF-8")
	folder := filepath.Join("examples", "report")
	store := filepath.Join(folder, "demo.db")
	for name, flags := range map[string][]string{
		"report.txt":       nil,
		"report-full.txt":  {"--full", "--width", "100"},
		"report.md":        {"--format", "markdown"},
		"report.html":      {"--format", "html"},
		"ranking.json":     {"--format", "json"},
		"samples.csv":      {"--format", "csv"},
		"report.junit.xml": {"--format", "junit"},
		"report.bench.txt": {"--format", "benchfmt"},
		"charts.json":      {"--format", "vega"},
	} {
		want, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		code, got, errs := runCommand(append([]string{"report", store}, flags...)...)
		if code != exitDone || errs != "" {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s is of an earlier version: make samples (-it, +the program's):\n%.2000s", name, d)
		}
	}
}
