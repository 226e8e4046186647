package cmdline

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
)

var update = flag.Bool("update", false, "write golden files anew")

// docs/commands.md is what a person with a real Windows reviews: this is its section of
// the command lines of xp, apply writes the others.
func TestCommandsDocument(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "commands.md")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	xpSection(t, &got)
	heading, _, _ := strings.Cut(strings.TrimPrefix(got.String(), "\n"), "\n")
	at := strings.Index(string(page), "\n"+heading+"\n")
	if at < 0 {
		t.Fatalf("docs/commands.md has no section %q", heading)
	}
	want, after, _ := strings.Cut(string(page[at:]), "\n## Script ")
	if *update {
		if err := os.WriteFile(file, []byte(string(page[:at])+got.String()+"\n## Script "+after), 0o644); err != nil {
			t.Fatal(err)
		}
		want = got.String()
	}
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("docs/commands.md is not what is sent; look at the change, then run go test ./apply/cmdline -update:\n%s", d)
	}
}

// xpSection is what a guest without PowerShell 3 can be sent.
func xpSection(t *testing.T, b *strings.Builder) {
	fmt.Fprint(b, `
## Command lines on xp

Windows XP and Server 2003, through cmd.exe. Words in braces are filled in, each only with what its pattern
allows; anything else is an error before the line is sent. Standard input is closed at once. Answers are read
by exit code, registry type, property name and number, never by a word that a language changes.

`)
	for _, f := range templates {
		fmt.Fprintf(b, "* `%s`: %s\n  sources: %s\n", f.text, f.why, f.source)
	}
	proof, err := regQuery.fill(proofKey, proofName)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "\nThe value that proves reg.exe: `%s` must show `%s`.\n", proof, proofData)
	fmt.Fprint(b, `
What a person with a real XP or Server 2003 should confirm first: that this value is there; that reg query
answers a missing value with exit code 1; that wmic prints an ampersand either as it is or as an entity, and
one line for every property asked; that a process made by wmic process call create outlives the WinRM shell.

Words in braces:

`)
	for _, p := range slices.Sorted(maps.Keys(legal)) {
		pattern := "`" + legal[p].String() + "`"
		if most, ok := limits[p]; ok {
			pattern += fmt.Sprintf(", at most %d", most)
		}
		fmt.Fprintf(b, "* `%s`: %s\n", p, pattern)
	}
	fmt.Fprint(b, "\n## Settings on xp\n\n{NUMBER} being one of the legal values; a deleted value stands for absent and default.\n\n")
	for _, s := range matrix.Catalogue().All() {
		if s.CanSet(matrix.On(matrix.XP)) != nil {
			continue
		}
		form := s.Forms[matrix.XP]
		if form.Kind == matrix.InterfaceValue {
			form.Path = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{GUID}`
		}
		with := strings.NewReplacer("{KEY}", form.Path, "{NAME}", form.Name)
		if _, err := regQuery.fill(form.Path, form.Name); err != nil || form.Type != "DWord" {
			t.Errorf("%s cannot be sent: type %s, %v", s.ID, form.Type, err)
		}
		fmt.Fprintf(b, "* `%s` (%s): `%s`\n", s.ID, s.Legal, with.Replace(regAdd.text))
		fmt.Fprintf(b, "  sources: %s\n", strings.Join(s.Sources, "; "))
	}
}
