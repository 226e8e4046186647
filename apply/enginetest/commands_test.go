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

// lacking are what a script may use although a PowerShell has it not: it asks first, does
// without, or is not sent there (the meter needs Windows 10).
var lacking = map[string][]string{"health, 3.0": {"command Find-NetRoute -RemoteIPAddress"}, "guest-setup, 3.0": {"command Find-NetRoute -RemoteIPAddress"}, "put, 3.0": {"command Get-FileHash"}, "meter, 3.0": {"command Get-FileHash"},
	// Packages are installed on 5.1 alone.
	"package, 3.0": {"command Get-FileHash"}, "drivers, 3.0": {"command Get-FileHash -ErrorAction"}, "stage, 3.0": {"command Get-FileHash", "command Get-FileHash -ErrorAction"}}

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
		s.IPerf, s.Port, s.Meter = `C:\vnettune\iperf3.exe`, 5201, 5202
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
			if allowed := lacking[name+", "+v]; !slices.Equal(allowed, k.Lacks[v]) {
				t.Errorf("%s on PowerShell %s lacks %q; %q is allowed", name, v, k.Lacks[v], allowed)
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
	tables := commands(t)
	for name, text := range texts(t) {
		n := needs{Hash: hash(text), Needs: k.needs(t, name, text), Lacks: map[string][]string{}}
		for _, v := range versions {
			n.Lacks[v] = lacks(tables, n.Needs, v)
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

// common are the parameters that every command has.
var common = strings.Fields("verbose debug erroraction warningaction informationaction errorvariable warningvariable outvariable outbuffer pipelinevariable whatif confirm")

// ofProviders are parameters that a provider adds, which the tables have not.
var ofProviders = map[string][]string{"set-itemproperty": {"type"}, "new-itemproperty": {"type"}, "remove-item": {"deletekey"}}

// commands are the parameters of each command by the version of PowerShell, as they were
// recorded; nil where that version has it not. The tables are beside the kit.
func commands(t *testing.T) map[string]map[string][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(os.Getenv("VNETTUNE_PWSH"), "..", "reference", "windows", "psscriptanalyzer-commands.json"))
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Commands map[string]map[string]any `json:"commands"`
	}
	if err := json.Unmarshal(b, &page); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string][]string{}
	for name, by := range page.Commands {
		all[strings.ToLower(name)] = map[string][]string{}
		for _, v := range versions {
			has := by[v]
			if as, ok := has.(string); ok { // the same as an older one: "=3.0"
				has = by[as[1:]]
			}
			if list, ok := has.([]any); ok {
				all[strings.ToLower(name)][v] = append(slices.Clone(common), ofProviders[strings.ToLower(name)]...)
				for _, p := range list {
					all[strings.ToLower(name)][v] = append(all[strings.ToLower(name)][v], strings.ToLower(p.(string)))
				}
			}
		}
	}
	return all
}

// lacks is what a PowerShell has not of what a text needs. A program is no command of
// PowerShell; what is splatted is not judged.
func lacks(known map[string]map[string][]string, needs []string, version string) []string {
	missing := []string{}
	for _, line := range needs {
		words := strings.Fields(line)
		switch {
		case words[0] == "error", words[0] == "syntax" && newer(words[1], version):
			missing = append(missing, line)
		case words[0] != "command" || strings.HasSuffix(words[1], ".exe"):
		case known[strings.ToLower(words[1])][version] == nil:
			missing = append(missing, line)
		default:
			for _, w := range words[2:] {
				has := func(p string) bool { return strings.HasPrefix(p, strings.ToLower(w[1:])) } // a parameter may be cut short
				if w[0] == '-' && !slices.ContainsFunc(known[strings.ToLower(words[1])][version], has) {
					missing = append(missing, words[1]+" "+w)
				}
			}
		}
	}
	return missing
}

// newer compares two versions of PowerShell, each of two numbers of one digit.
func newer(a, b string) bool { return a > b }

// needs is what the engine's parser finds in a text.
func (k *kit) needs(t *testing.T, name, text string) []string {
	t.Helper()
	cmd := spawn.Command(context.Background(), "wine", filepath.Join(k.dir, "powershell-7.6.9", "powershell.exe"), "--check", `Z:`+strings.ReplaceAll(k.file(t, name, text), "/", `\`))
	cmd.Env = append(cmd.Env, "WINEPREFIX="+filepath.Join(k.dir, "prefix"), "WINEDEBUG=-all", "DOTNET_EnableWriteXorExecute=0")
	out, errs, err := toFiles(cmd, nil)
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, errs)
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

// lines are the lines of a text, each once, in order.
func lines(text string) []string {
	all := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
