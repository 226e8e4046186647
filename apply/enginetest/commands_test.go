package enginetest

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crypto/sha256"
	"encoding/hex"

	diff "github.com/google/go-cmp/cmp"

	"vnettune/apply/scripts"
	"vnettune/apply/setup"
	"vnettune/spawn"
)

var update = flag.Bool("update", false, "record anew what the scripts need; takes the engine")

// needs is what the engine's parser says that a text needs, and what of it each PowerShell
// has not, by the commands that were recorded on 8/2012 (3.0), 8.1/2012 R2 (4.0) and
// 10/2016 (5.1).
type needs struct {
	Hash  string              `json:"hash"` // SHA-256 of the text
	Needs []string            `json:"needs"`
	Lacks map[string][]string `json:"lacks"` // by the version of PowerShell
}

// lacking are what a script may use although a PowerShell has it not: it asks first, or does
// without.
var lacking = map[string][]string{"health, 3.0": {"not in 3.0: command Find-NetRoute -RemoteIPAddress"}}

// versions of PowerShell that guests have.
var versions = []string{"3.0", "4.0", "5.1"}

const recorded = "testdata/commands.json"

// texts are all scripts: those that are sent, and the two that a person runs.
func texts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, n := range all(t) {
		texts[string(n)] = scripts.Source(n)
	}
	for name, s := range map[string]setup.Script{"guest-setup": {Host: "192.0.2.1"}, "guest-setup --undo": {Undo: true}} {
		s.IPerf, s.Port = `C:\vnettune\iperf3.exe`, 5201
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = text
	}
	return texts
}

// Every command and parameter of every script exists on the Windows that it is sent to, and
// no syntax is newer than its PowerShell. What was recorded is of the scripts as they are.
func TestCommandsExistOnEveryGeneration(t *testing.T) {
	if os.Getenv("VNETTUNE_PWSH") != "" {
		recordNow(t)
	}
	b, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	var known map[string]needs
	if err := json.Unmarshal(b, &known); err != nil {
		t.Fatal(err)
	}
	texts := texts(t)
	for name, text := range texts {
		k, ok := known[name]
		if !ok || k.Hash != hash(text) {
			t.Errorf("%s has changed since it was checked: with the engine, go test ./apply/enginetest -run CommandsExist -update", name)
			continue
		}
		if len(k.Needs) == 0 {
			t.Errorf("%s needs no command at all", name)
		}
		for _, v := range versions {
			if d := diff.Diff(lacking[name+", "+v], slices.DeleteFunc(slices.Clone(k.Lacks[v]), func(s string) bool { return s == "" })); d != "" && len(lacking[name+", "+v])+len(k.Lacks[v]) > 0 {
				t.Errorf("%s on PowerShell %s (-allowed +lacks):\n%s", name, v, d)
			}
		}
	}
	if len(known) != len(texts) {
		t.Errorf("%d texts are recorded, there are %d", len(known), len(texts))
	}
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// recordNow asks the engine, and writes or compares.
func recordNow(t *testing.T) {
	k := engine(t)
	now := map[string]needs{}
	for name, text := range texts(t) {
		n := needs{Hash: hash(text), Needs: k.needs(t, name, text), Lacks: map[string][]string{}}
		for _, v := range versions {
			n.Lacks[v] = k.lacks(t, name, text, v)
		}
		now[name] = n
	}
	b, err := json.MarshalIndent(now, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	if *update {
		if err := os.WriteFile(recorded, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(string(was), string(b)); d != "" {
		t.Errorf("what the scripts need has changed; look at it, then run with -update:\n%s", d)
	}
}

// lacks is what a PowerShell has not of what a text needs.
func (k *kit) lacks(t *testing.T, name, text, version string) []string {
	t.Helper()
	out, _ := k.run(nil, "check", k.dir, version, k.file(t, name, text)) // it ends with 1 where something is lacking
	return lines(string(out))
}

// needs is what the engine's parser finds in a text.
func (k *kit) needs(t *testing.T, name, text string) []string {
	t.Helper()
	cmd := spawn.Command(context.Background(), "wine", filepath.Join(k.dir, "powershell-7.6.9", "powershell.exe"), "--check", `Z:`+strings.ReplaceAll(k.file(t, name, text), "/", `\`))
	cmd.Env = append(cmd.Env, "WINEPREFIX="+filepath.Join(k.dir, "prefix"), "WINEDEBUG=-all", "DOTNET_EnableWriteXorExecute=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return lines(string(out))
}

func (k *kit) file(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), cmp.Or(strings.ReplaceAll(name, " ", ""), "script")+".ps1")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lines are the lines of a text, each once, in order. What is splatted, the tables do not
// judge: it is among what a text needs.
func lines(text string) []string {
	all := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "look at what is splatted") && !strings.HasPrefix(line, "not in the tables: command netsh.exe") {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
