package apply

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// docs/commands.md is what a person with a real Windows reviews: every command
// and script that can ever be sent to a guest. The section of the command lines of xp is
// kept as it is: apply/cmdline writes it.
func TestCommandsDocument(t *testing.T) {
	file := filepath.Join("..", "docs", "commands.md")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "\n## Command lines on xp\n")
	section, _, end := strings.Cut(rest, "\n## Script ")
	if !ok || !end {
		t.Fatal("docs/commands.md has no section of the command lines of xp")
	}
	got := commandsDocument(t, "\n## Command lines on xp\n"+section)
	// The flag is defined beside this package's other golden files.
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		page = []byte(got)
	}
	if d := cmp.Diff(string(page), got); d != "" {
		t.Errorf("docs/commands.md is not what is sent; look at the change, then run go test ./apply -update:\n%s", d)
	}
}

// footnotes numbers the sources in the order in which they are first named.
type footnotes []string

// of is the numbers of some sources.
func (f *footnotes) of(sources []string) string {
	var numbers []string
	for _, text := range sources {
		i := slices.Index(*f, text)
		if i < 0 {
			i = len(*f)
			*f = append(*f, text)
		}
		numbers = append(numbers, fmt.Sprint(i+1))
	}
	return strings.Join(numbers, ", ")
}

func commandsDocument(t *testing.T, xpSection string) string {
	var b strings.Builder
	var notes footnotes
	fmt.Fprint(&b, `# Every command that can be sent to a guest

Generated from the code by `+"`go test -p 1 ./apply ./apply/cmdline -update`"+`; a test compares it. None of this has been run on a
Windows by the project itself: it is written from sources, and a person with a real guest is asked to review it.
"From" gives the numbers of the sources that the end of this page lists with their addresses.

Which of the two ways below is taken is found out by the guest's first answer: where there is no PowerShell that could
run the script facts and the build is that of an XP or a Server 2003, it is the command lines of xp. A guest of generation nt60
(Vista, 7) cannot be driven yet.

## Command lines on nt62, w10 and w11

These guests need PowerShell 3 or later. Values travel only as JSON on a script's standard input. The scripts'
promises are in apply/scripts/CONTRACT.md.

`)
	for _, c := range []struct{ line, why string }{
		{shutdownCmd, "the reboot before every boot and after a restore"},
		{abortCmd, "only when shutdown.exe answers 1190: another shutdown is scheduled"},
	} {
		fmt.Fprintf(&b, "* `%s`: %s; from %s\n", c.line, c.why, notes.of([]string{"docs/facts/windows-samples.md 5.3", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/shutdown"}))
	}
	for _, n := range scripts.Names {
		line, _, _ := strings.Cut(scripts.CommandLine(n), "-EncodedCommand")
		fmt.Fprintf(&b, "* `%s-EncodedCommand ...`: the script %s, below\n", line, n)
	}
	fmt.Fprint(&b, "* the script revert, below, is sent as data to the script arm, whose task runs it in the guest without the host; the commands behind it are those of revert.cmd, below\n")
	for _, g := range []matrix.Generation{matrix.NT62, matrix.W10, matrix.W11} {
		fmt.Fprintf(&b, "\n## Settings on %s\n\nSteps of the script write, VALUE being one of the legal values.\n\n", g)
		for _, s := range matrix.Catalogue().All() {
			if s.CanSet(matrix.On(g)) != nil {
				continue
			}
			fmt.Fprintf(&b, "* `%s` (%s): `%s`\n", s.ID, s.Legal, stepWords(t, s, s.Forms[g]))
			fmt.Fprintf(&b, "  from %s\n", notes.of(s.Sources))
		}
	}
	b.WriteString(xpSection)
	for _, n := range scripts.All {
		fmt.Fprintf(&b, "\n## Script %s\n\n```powershell\n%s```\n", n, scripts.Source(n))
	}
	behind := revertOf(t, terms.Step{Op: "registry-set", Path: `HKLM\PATH`, Name: "NAME", Kind: "DWord", Data: "1"}, terms.Step{Op: "netsh", Args: []string{"interface", "tcp", "set", "global", "KEY=VALUE"}},
		terms.Step{Op: "power", Data: "GUID"}, terms.Step{Op: "offload", Name: "NAME", Data: "VALUE"})
	fmt.Fprintf(&b, "\n## File revert.cmd, for a value of the registry, a step of netsh, a power plan and an offload\n\n```bat\n%s```\n\nrevert.reg, for the same:\n\n```reg\n%s```\n",
		strings.ReplaceAll(behind.Commands, "\r\n", "\n"), strings.ReplaceAll(behind.Registry, "\r\n", "\n"))
	fmt.Fprint(&b, "\n## Sources\n\n")
	for i, text := range notes {
		fmt.Fprintf(&b, "%d. %s\n", i+1, text)
	}
	return b.String()
}

// revertOf is what the script arm is sent for some steps.
func revertOf(t *testing.T, steps ...terms.Step) (sent deadman.Input) {
	t.Helper()
	_, _, err := deadman.Arm(t.Context(), func(_ context.Context, in deadman.Input) (deadman.State, []byte, error) {
		sent = in
		return deadman.State{Armed: true}, nil, nil
	}, steps, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// stepWords is the step that writes a setting, as it is sent.
func stepWords(t *testing.T, s matrix.Setting, f matrix.Form) string {
	adapter := record.Adapter{Name: "ADAPTER", ClassKey: `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\NNNN`,
		GUID: "{00000000-0000-0000-0000-000000000000}", Index: 4, Driver: &record.Driver{Keywords: record.List[record.Keyword]{{Name: f.Name}}}}
	p, err := locate(matrix.Planned{Setting: s, Form: f}, adapter, "Internet")
	if err != nil {
		t.Fatal(err)
	}
	p.Path = strings.Replace(p.Path, adapter.GUID, "{GUID}", 1)
	want := record.State{Exists: true, Kind: p.Type, Data: "VALUE"}
	var line strings.Builder
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(Target{Place: p, Want: want}.step()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line.String())
}
