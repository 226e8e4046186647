package campaign

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A file of a megabyte costs some megabytes, whatever is in it, and its messages are few and short.
func TestHostileFiles(t *testing.T) {
	const n = 200_000
	keys := func(before, form, behind string) string {
		var b strings.Builder
		b.WriteString(before)
		for i := range n / 2 {
			fmt.Fprintf(&b, form, i)
		}
		b.WriteString(behind)
		return b.String()[:min(b.Len(), MaxFile)]
	}
	steps := func(line string) string {
		var b strings.Builder
		for i := 0; b.Len() < MaxFile/2; i++ {
			b.WriteString(strings.Repeat(" ", i) + line)
		}
		return b.String()
	}
	var aliases strings.Builder // that multiply by two, 30 times
	aliases.WriteString("a0: &a0 [x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&aliases, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	for name, text := range map[string]string{
		"brackets":              "x: " + strings.Repeat("[", n),
		"brackets that close":   "x: " + strings.Repeat("[", n) + strings.Repeat("]", n),
		"braces":                "x: " + strings.Repeat("{", n),
		"groups in braces":      "x: " + strings.Repeat("{a: ", n),
		"brackets on lines":     "x:\n" + strings.Repeat(" [\n", n),
		"a closer in quotes":    "x: " + strings.Repeat(`["]",`, n/2),
		"lists in each other":   strings.Repeat("- ", n),
		"question marks":        strings.Repeat("? ", n),
		"groups by steps":       steps("a:\n"),
		"lists by steps":        steps("-\n"),
		"keys":                  keys("", "k%d: 1\n", ""),
		"keys of a key":         keys("x:\n", " k%d: 1\n", ""),
		"keys in braces":        keys("x: {", "k%d: 1, ", ""),
		"unknown keys":          keys("{", "k%d: 1, ", ""),
		"anchors":               "x: " + strings.Repeat("&a ", n),
		"aliases that multiply": aliases.String(),
		"tags":                  "x: " + strings.Repeat("!a ", n),
		"merges":                "x: " + strings.Repeat("<<: ", n),
		"a key of a megabyte":   strings.Repeat("k", MaxFile-3) + ": 1",
		"a value of a megabyte": "name: " + strings.Repeat("k", MaxFile-9),
		"a word of a megabyte":  head + lab + "design: " + strings.Repeat("я\u202e", MaxFile/5-200),
		"quotes":                strings.Repeat(`"`, n),
		"documents":             strings.Repeat("---\n", n),
		"a long list":           head + lab + "arms: [" + strings.Repeat("a,", n) + "]",
		"longer than a file":    strings.Repeat("x", MaxFile+1),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Parse("c.yaml", []byte(text))
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatal("it is taken")
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 400 {
				t.Errorf("%d MiB were allocated: %.200s", spent, err)
			}
			if n := len(err.Error()); n > 150<<10 {
				t.Errorf("messages of %d bytes: %.500s", n, err)
			}
		})
	}
}

// The bounds are beyond what campaigns are.
func TestNestingOfACampaign(t *testing.T) {
	deep := head + lab + "design: list\narms:\n" + strings.Repeat("  - set: {tcp.autotuninglevel: disabled} # [[[[ {{{{\n", 400)
	_, err := Parse("c.yaml", []byte(deep))
	if err != nil && (strings.Contains(err.Error(), "nested") || strings.Contains(err.Error(), "too many keys")) {
		t.Error(err)
	}
}
