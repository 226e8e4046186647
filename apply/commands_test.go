package apply

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/scripts"
	"vnettune/matrix"
)

// docs/commands.md is what a person with a real Windows reviews: every command
// and script that can ever be sent to a guest. go test ./apply -update writes it.
func TestCommandsDocument(t *testing.T) {
	file := filepath.Join("..", "docs", "commands.md")
	got := commandsDocument(t)
	// The flag is defined beside this package's other golden files.
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("docs/commands.md is not what is sent; look at the change, then run go test ./apply -update:\n%s", d)
	}
}

func commandsDocument(t *testing.T) string {
	var b strings.Builder
	fmt.Fprint(&b, `# Every command that can be sent to a guest

Generated from the code by `+"`go test ./apply -update`"+`; a test compares it. None of this has been run on a
Windows by the project itself: it is written from the sources named here, and a person with a real guest is
asked to review it.

A guest needs PowerShell 3 or later (generations nt62, w10, w11). Values travel only as JSON on a script's
standard input. The scripts' promises are in apply/scripts/CONTRACT.md.

## Command lines

`)
	for _, c := range []struct{ line, why string }{
		{shutdownCmd, "the reboot before every boot and after a restore"},
		{abortCmd, "only when shutdown.exe answers 1190: another shutdown is scheduled"},
	} {
		fmt.Fprintf(&b, "* `%s`: %s\n", c.line, c.why)
	}
	for _, n := range scripts.Names {
		line, _, _ := strings.Cut(scripts.CommandLine(n), "-EncodedCommand")
		fmt.Fprintf(&b, "* `%s-EncodedCommand ...`: the script %s, below\n", line, n)
	}
	for _, g := range []matrix.Generation{matrix.NT62, matrix.W10, matrix.W11} {
		fmt.Fprintf(&b, "\n## Settings on %s\n\nSteps of the script write, VALUE being one of the legal values.\n\n", g)
		for _, s := range matrix.Catalogue().All() {
			form, ok := s.Forms[g]
			if !ok {
				continue
			}
			fmt.Fprintf(&b, "* `%s` (%s): `%s`\n", s.ID, s.Legal, stepWords(t, s, form))
			fmt.Fprintf(&b, "  sources: %s\n", strings.Join(s.Sources, "; "))
		}
	}
	for _, n := range scripts.Names {
		fmt.Fprintf(&b, "\n## Script %s\n\n```powershell\n%s```\n", n, scripts.Source(n))
	}
	return b.String()
}

// stepWords is the step that writes a setting, as it is sent.
func stepWords(t *testing.T, s matrix.Setting, f matrix.Form) string {
	adapter := Adapter{Name: "ADAPTER", ClassKey: `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\NNNN`,
		Index: 4, Keywords: map[string]string{f.Name: ""}}
	p, err := locate(matrix.Planned{Setting: s, Form: f}, adapter, "Internet")
	if err != nil {
		t.Fatal(err)
	}
	want := State{Exists: true, Kind: p.Type, Data: "VALUE"}
	var line strings.Builder
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(Target{Place: p, Want: want}.step()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line.String())
}
