package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
)

var (
	ciFolder = filepath.Join("..", "..", "examples", "ci")
	ciPage   = filepath.Join("..", "..", "docs", "ci.md")
)

// TestCIExamplesNameWhatExists: every command line of the workflows and of the page about them is one of
// this program.
func TestCIExamplesNameWhatExists(t *testing.T) {
	t.Parallel()
	seen := 0
	for path, scripts := range ciScripts(t) {
		for _, line := range callsIn(strings.Join(scripts, "\n")) {
			seen++
			for _, w := range lineErrors(newRootCmd(), line) {
				t.Errorf("%s: vnettune %s: there is no %s", path, strings.Join(line, " "), w)
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d command lines seen: the test looks in the wrong place", seen)
	}
}

// TestCommandLinesAreSeen: the test above can fail.
func TestCommandLinesAreSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"vnettune plan c.yaml":                                          "",
		"vnettune baseline list --format json --in=x | head":            "",
		"code=0; ./bin/vnettune run \"$C\" --stroe x || true":           "run --stroe",
		"vnettune gate a \\\n  --against b --colour":                    "gate --colour",
		"vnettune paln c.yaml":                                          "command paln",
		"vnettune baseline remove x":                                    "command baseline remove",
		"vnettune report s.db --format xml":                             "report --format xml",
		"# the vnettune of this folder\nmake vnettune":                  "none",
		"if vnettune restore s.db --yes; then vnettune plan --fast; fi": "plan --fast",
	} {
		lines := callsIn(text)
		if want == "none" {
			if len(lines) != 0 {
				t.Errorf("%q: lines %q", text, lines)
			}
			continue
		}
		var wrong []string
		for _, line := range lines {
			wrong = append(wrong, lineErrors(newRootCmd(), line)...)
		}
		if got := strings.Join(wrong, ", "); got != want || len(lines) == 0 {
			t.Errorf("%q: wrong %q, want %q", text, got, want)
		}
	}
}

// ciScripts are the shell scripts of the workflows, with those that are commented out, and the commands of
// the page, by file.
func ciScripts(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	workflows, err := filepath.Glob(filepath.Join(ciFolder, "*.yml"))
	if err != nil || len(workflows) != 2 {
		t.Fatalf("workflows %q, %v", workflows, err)
	}
	commented := regexp.MustCompile(`(?m)^\s*#\s*(?:- |run: )(vnettune .*)$`)
	for _, path := range workflows {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[path] = scriptsIn(doc)
		for _, m := range commented.FindAllStringSubmatch(string(text), -1) {
			all[path] = append(all[path], m[1])
		}
	}
	page, err := os.ReadFile(ciPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)`(vnettune [^`]*)`|^    (.*vnettune .*)$").FindAllStringSubmatch(string(page), -1) {
		all[ciPage] = append(all[ciPage], m[1]+m[2])
	}
	return all
}

// scriptsIn are what a workflow has a shell do, at any depth.
func scriptsIn(v any) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			switch lines := below.(type) {
			case string:
				if key == "run" {
					all = append(all, lines)
				}
			case []any:
				if key == "script" || key == "before_script" || key == "after_script" {
					for _, line := range lines {
						all = append(all, fmt.Sprint(line))
					}
					continue
				}
				all = append(all, scriptsIn(lines)...)
			default:
				all = append(all, scriptsIn(below)...)
			}
		}
	case []any:
		for _, below := range v {
			all = append(all, scriptsIn(below)...)
		}
	}
	return all
}

// command is a call of the program up to what ends it in a shell.
var command = regexp.MustCompile(`(?m)(?:^|[;&|({]|\b(?:if|then|do|else|while|!)) *(?:\S*/)?vnettune +([^;&|)#\n]*)`)

// callsIn are the arguments of every call of vnettune in a script.
func callsIn(script string) [][]string {
	var all [][]string
	for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(script, "\\\n", " "), -1) {
		all = append(all, strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(m[1])))
	}
	return all
}

// lineErrors are the commands, flags and formats of a command line that do not exist.
func lineErrors(root *cobra.Command, line []string) []string {
	cmd, rest, err := root.Find(line)
	if err != nil || cmd == root {
		return []string{"command " + line[0]}
	}
	path := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
	if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return []string{"command " + path + " " + rest[0]}
	}
	cmd.InitDefaultHelpFlag()
	var wrong []string
	for i, arg := range rest {
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag := cmd.Flags().Lookup(name)
		if flag == nil {
			flag = cmd.InheritedFlags().Lookup(name)
		}
		if !given && i+1 < len(rest) {
			value = rest[i+1]
		}
		switch {
		case flag == nil:
			wrong = append(wrong, path+" --"+name)
		case name == "format" && !slices.Contains(regexp.MustCompile(`[a-z]+`).FindAllString(flag.Usage, -1), value):
			wrong = append(wrong, path+" --format "+value)
		}
	}
	return wrong
}

// TestNightlyCampaignIsTaken: plan takes the campaign of the workflows as it is, and with the real guest
// that it has in comments in the place of the stand-in.
func TestNightlyCampaignIsTaken(t *testing.T) {
	t.Parallel()
	path := filepath.Join(ciFolder, "nightly.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	paragraphs := strings.Split(string(text), "\n\n")
	lab := slices.IndexFunc(paragraphs, func(p string) bool { return strings.HasPrefix(p, "guest:") })
	real := slices.IndexFunc(paragraphs, func(p string) bool { return strings.HasPrefix(p, "# guest:") })
	if lab < 0 || real < 0 {
		t.Fatalf("guests in the paragraphs %d and %d", lab, real)
	}
	paragraphs[lab] = regexp.MustCompile(`(?m)^# `).ReplaceAllString(paragraphs[real], "")
	ofReal := filepath.Join(t.TempDir(), "real.yaml")
	if err := os.WriteFile(ofReal, []byte(strings.Join(paragraphs, "\n\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, ofReal} {
		var out, errs bytes.Buffer
		if code := vnettune([]string{"plan", file, "--store", filepath.Join(t.TempDir(), "none.db")}, nil, &out, &errs); code != exitDone || !strings.Contains(out.String(), "campaign nightly on w10") {
			t.Errorf("%s: exit %d: %s%s", file, code, out.String(), errs.String())
		}
	}
}
