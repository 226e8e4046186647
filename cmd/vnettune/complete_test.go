package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// offered is what a shell is told at the end of a line, without the descriptions.
func offered(t *testing.T, line ...string) []string {
	t.Helper()
	code, out, errs := runCommand(append([]string{cobra.ShellCompRequestCmd}, line...)...)
	if code != 0 {
		t.Fatalf("%v: exit code %d\n%s", line, code, errs)
	}
	var all []string
	for l := range strings.Lines(out) {
		word, _, _ := strings.Cut(strings.TrimSpace(l), "\t")
		all = append(all, word)
	}
	return all
}

func TestWhatAShellOffers(t *testing.T) {
	store := oldStore(t, filepath.Join("testdata", "stores", "factorial.db.gz"))
	samples := filepath.Join("testdata", "stores", "factorial.csv")
	const arm = "tcp.autotuninglevel=disabled,tcp.rss=disabled"
	for name, c := range map[string]struct {
		line []string
		has  []string
		not  string
	}{
		"settings":                     {[]string{"settings", ""}, []string{"tcp.autotuninglevel", ":4"}, ""},
		"one setting is enough":        {[]string{"settings", "tcp.rss", ""}, []string{":4"}, "tcp.rss"},
		"profiles":                     {[]string{"profiles", ""}, []string{"seed-vista"}, ""},
		"what to export":               {[]string{"export", ""}, []string{"seed-vista"}, ""},
		"another profile":              {[]string{"profiles", "seed-vista", ""}, []string{"seed-xp"}, "seed-vista"},
		"a profile of a draft":         {[]string{"init", "--profile", ""}, []string{"seed-vista"}, ""},
		"the question of a draft":      {[]string{"init", "--for", ""}, []string{"validate", "best-of", "gate", "noise"}, ""},
		"a time is no question":        {[]string{"run", "--for", ""}, []string{":4"}, "validate"},
		"generations that are driven":  {[]string{"init", "--generation", ""}, []string{"xp", "w11"}, "nt60"},
		"generations that are known":   {[]string{"settings", "--generation", ""}, []string{"nt60", "w11"}, ""},
		"formats":                      {[]string{"gate", "x.db", "--format", ""}, []string{"text", "junit"}, "vega"},
		"formats of a report":          {[]string{"report", "--format", ""}, []string{"vega", "csv"}, ""},
		"arms of a store":              {[]string{"gate", store, "--candidate", ""}, []string{"baseline", arm}, ""},
		"arms of samples":              {[]string{"rank", samples, "--baseline", ""}, []string{"baseline", arm}, ""},
		"no arms of nothing":           {[]string{"gate", "--candidate", ""}, []string{":4"}, "baseline"},
		"no arms of a file without":    {[]string{"gate", "complete_test.go", "--candidate", ""}, []string{":4"}, "baseline"},
		"workloads of a store":         {[]string{"report", store, "--workload", ""}, []string{"tcp-to-guest"}, ""},
		"metrics of samples":           {[]string{"rank", samples, "--metric", ""}, []string{"throughput"}, ""},
		"boots of a store":             {[]string{"exclude", store, ""}, []string{"b001", ":36"}, ""},
		"facts":                        {[]string{"compare", "--differs", "ker"}, []string{"kernel"}, ""},
		"campaign files":               {[]string{"run", ""}, []string{"yaml", "yml", ":8"}, "db"},
		"stores":                       {[]string{"report", ""}, []string{"db", ":8"}, "yaml"},
		"folders":                      {[]string{"baseline", "list", "--in", ""}, []string{":16"}, ""},
		"drivers of the lab's Windows": {[]string{"lab", "up", "--generation", "w11", "--driver", ""}, []string{"0.1.271"}, ""},
		"builds of the lab's Windows":  {[]string{"lab", "up", "--generation", "nt62", "--build", ""}, []string{"9600"}, "19045"},
	} {
		t.Run(name, func(t *testing.T) {
			got := offered(t, c.line...)
			for _, word := range c.has {
				if !slices.Contains(got, word) {
					t.Errorf("%q is not offered, but %q", word, got)
				}
			}
			if c.not != "" && slices.Contains(got, c.not) {
				t.Errorf("%q is offered", c.not)
			}
		})
	}
}

// Each entry of the tables is of a command or flag that is there.
func TestNothingIsOfferedForWhatIsGone(t *testing.T) {
	paths, flags := map[string]bool{}, map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		paths[strings.TrimPrefix(cmd.CommandPath(), "vnettune ")] = true
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if _, own := f.Value.(interface{ words() []string }); !own {
				flags[f.Name] = true
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRootCmd())
	for path := range completeArguments {
		if !paths[path] {
			t.Errorf("there is no command %s", path)
		}
	}
	for flag := range completeFlags {
		if !flags[flag] {
			t.Errorf("there is no flag --%s whose values the table may name", flag)
		}
	}
}

// The manual pages are all there, and none of their lines is lost to a mark of Markdown.
func TestManualPages(t *testing.T) {
	folder := t.TempDir()
	if code, _, errs := runCommand("man", folder); code != 0 {
		t.Fatal(errs)
	}
	for file, want := range map[string][]string{
		"vnettune.1":              {"130  interrupted", `\fBvnettune-run(1)\fP`},
		"vnettune-settings.1":     {"at-once          when it is written\n  new-connections"},
		"vnettune-gate.1":         {`(*\&.db)`, "PASS            it is shown"},
		"vnettune-lab-up.1":       {`\fB--kind\fP`},
		"vnettune-baseline-add.1": {"CAMPAIGN-BEGUN.db"},
	} {
		page, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(strings.ReplaceAll(string(page), "\\-", "-"), w) {
				t.Errorf("%s does not say %q:\n%s", file, w, page)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "vnettune-lab-keeper.1")); err == nil {
		t.Error("a command that nobody is to call has a page")
	}
	if code, _, _ := runCommand("man", filepath.Join(folder, "none")); code != exitUsage {
		t.Errorf("a folder that is not there: exit code %d", code)
	}
}

// What --help says fits a terminal of 80 columns.
func TestHelpIsNarrow(t *testing.T) {
	var walk func(path []string, cmd *cobra.Command)
	walk = func(path []string, cmd *cobra.Command) {
		code, out, errs := runCommand(append(path, "--help")...)
		if code != 0 {
			t.Errorf("%v: %s", path, errs)
		}
		for line := range strings.Lines(out) {
			if columns(strings.TrimRight(line, "\n")) > helpWidth {
				t.Errorf("%v: %q", path, line)
			}
		}
		for _, sub := range cmd.Commands() {
			if sub.Name() != "completion" {
				walk(append(slices.Clone(path), sub.Name()), sub)
			}
		}
	}
	walk(nil, newRootCmd())
}

func TestReflow(t *testing.T) {
	const text = "a paragraph whose lines\nare joined and broken anew\n\n  word   explained by words that do not fit\n  an indented line that is broken\n\nend\n"
	const want = "a paragraph whose\nlines are joined and\nbroken anew\n\n  word   explained\n         by words\n         that do not\n         fit\n  an indented line\n    that is broken\n\nend"
	if got := reflow(text, 20); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A file's name says the format where nobody does, and what the command cannot write so is refused.
func TestTheFormatOfAFilesName(t *testing.T) {
	samples := filepath.Join("testdata", "stores", "factorial.csv")
	for name, c := range map[string]struct {
		args  []string
		code  int
		begin string
	}{
		"page.html": {nil, exitDone, "<!DOCTYPE html>"},
		"page.MD":   {nil, exitDone, "<!-- vnettune"},
		"r.json":    {nil, exitDone, "{"},
		"table.csv": {nil, exitDone, "workload,"},
		"page.txt":  {nil, exitDone, "Ranking"},
		"text.html": {[]string{"--format", "text"}, exitDone, "Ranking"},
	} {
		path := filepath.Join(t.TempDir(), name)
		code, _, errs := runCommand(append([]string{"rank", samples, "--baseline", "baseline", "--output", path}, c.args...)...)
		text, err := os.ReadFile(path)
		if code != c.code || err != nil || !strings.HasPrefix(strings.ToLower(string(text)), strings.ToLower(c.begin)) {
			t.Errorf("%s: exit code %d, %v, %.40q\n%s", name, code, err, text, errs)
		}
	}
	if code, _, errs := runCommand("gate", samples, "--baseline", "baseline", "--candidate", "baseline", "--output", "x.csv"); code != exitUsage || !strings.Contains(errs, "cannot be csv") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
