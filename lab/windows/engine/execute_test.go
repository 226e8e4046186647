package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/scripts"
)

// A Wine that loses what the first run prints: it writes down each run and what it read.
const lossyWine = `#!/bin/sh
here=$(dirname "$0")
cat >"$here/input"
echo run >>"$here/runs"
[ "$(wc -l <"$here/runs")" -lt 2 ] || printf '{}\r\n'
command=$(dirname "$(printf '%s' "$4" | cut -c3- | tr '\\' /)")
printf '0 \r\n' >"$command/exit"
: >"$command/errors"
`

// A constant script whose answer was lost is run again, with its input; any other line is run once.
func TestLostAnswersAreAskedForAgain(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "wine"), []byte(lossyWine), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	for line, want := range map[string]struct {
		runs int
		out  string
	}{constantLine(t): {2, "{}\r\n"}, "ver": {1, ""}} {
		if err := os.RemoveAll(filepath.Join(folder, "runs")); err != nil {
			t.Fatal(err)
		}
		e := &Engine{folder: folder, log: log.New(io.Discard, "", 0)}
		p := &machine.Process{Command: machine.Command{Stdin: strings.NewReader(`{"in": 1}`)}}
		_, constant := scripts.Contract(line)
		r, err := e.execute(context.Background(), p, line, constant)
		if err != nil || string(r.out) != want.out {
			t.Errorf("%.20s: %q, %v; want %q", line, r.out, err, want.out)
		}
		runs, _ := os.ReadFile(filepath.Join(folder, "runs"))
		input, _ := os.ReadFile(filepath.Join(folder, "input"))
		if n := bytes.Count(runs, []byte("run")); n != want.runs || string(input) != `{"in": 1}` {
			t.Errorf("%.20s: %d runs, the last with %q; want %d", line, n, input, want.runs)
		}
	}
}

// constantLine runs a constant script as it is sent: without comment lines, empty lines and indentation.
func constantLine(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "apply", "scripts", "facts.ps1"))
	if err != nil {
		t.Fatal(err)
	}
	var sent strings.Builder
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			sent.WriteString(line + "\n")
		}
	}
	return "powershell.exe -NoProfile -EncodedCommand " + base64.StdEncoding.EncodeToString(encodeUTF16(sent.String())[2:])
}
