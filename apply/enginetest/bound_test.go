package enginetest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/lab/windows/snapshottest"
)

// differing are the members of answers that are not the same in both Windows by their nature,
// each with the reason. One that is null in one is null in the other all the same; one that is
// away is looked at in neither.
var differing = []struct {
	script scripts.Name
	member []string
	away   bool
	why    string
}{
	{scripts.Facts, []string{"now"}, false, "the clock"},
	{scripts.Facts, []string{"psVersion"}, false, "the engine is a PowerShell 7"},
	{scripts.Facts, []string{"computerName"}, false, "Wine takes that of its host"},
	{scripts.Boot, []string{"now"}, false, "the clock"},
	{scripts.Arm, []string{"due"}, false, "the clock"},
	{scripts.DeadMan, []string{"due"}, false, "the clock"},
	{scripts.DeadMan, []string{"fired"}, false, "the clock"},
	{scripts.Restarted, []string{"began"}, false, "the clock"},
	{scripts.Restarted, []string{"ended"}, false, "the clock"},
	{scripts.IPerf, []string{"pid"}, true, "the engine's mock takes a server that cmd.exe starts for cmd.exe"},
	{scripts.Idle, []string{"windows"}, true, "the engine's counters stand still"},
	{scripts.Idle, []string{"idle"}, true, "the engine's counters stand still"},
	{scripts.Idle, []string{"processor"}, true, "the engine's counters stand still"},
	{scripts.Idle, []string{"disk"}, true, "the engine's counters stand still"},
	{scripts.Idle, []string{"problems", "disk"}, true, "the engine has no counters of disks"},
	{scripts.Idle, []string{"elapsed"}, true, "the clock"},
	{scripts.Meter, []string{"error", "code"}, true, "the engine has no number of Windows' for a program that is none"},
	{scripts.Copy, []string{"ticks"}, true, "the clock"},
	{scripts.Token, []string{"filtered"}, true, "Wine has no claims of a token"},
	{scripts.Token, []string{"problems", "filtered"}, true, "Wine has no claims of a token"},
	{scripts.Effect, []string{"words"}, true, "the engine has no Get-WmiObject"},
	{scripts.Effect, []string{"problems", "MSFT_NetAdapterRscSettingData.IPv4FailureReason"}, true, "the engine has no Get-WmiObject"},
	{scripts.Effect, []string{"problems", "MSFT_NetAdapterRscSettingData.IPv6FailureReason"}, true, "the engine has no Get-WmiObject"},
	{scripts.Effect, []string{"classes", "MSFT_NetAdapterUsoSettingData"}, true, "the engine's table of it has no property by which an object's adapter is told"},
	{scripts.Effect, []string{"problems", "MSFT_NetAdapterUsoSettingData"}, true, "the engine's table of it has no property by which an object's adapter is told"},
}

// recording is a case as the engine answered it.
type recording struct {
	Snapshot snapshottest.Snapshot `json:"snapshot"` // its registry is a file of its own
	Played   []played              `json:"played"`
}

// played is one run of a script.
type played struct {
	Script  scripts.Name `json:"script"`
	Hash    string       `json:"hash"` // SHA-256 of the script as it was run
	In      string       `json:"in"`
	Exit    int          `json:"exit"`
	Answer  any          `json:"answer"`            // without what differs by its nature
	Changes []string     `json:"changes,omitempty"` // of the registry
}

// accepted is the stand-in's list of the scripts that it plays, by their hashes.
const accepted = "../../lab/windows/scripts/scripthashes.json"

// The stand-in answers every script as the engine did over the same state, and knows a script
// by its hash only where there is such an answer. With the engine the answers are compared
// anew; -update writes them, and the stand-in's list.
func TestTheStandInIsBoundToTheEngine(t *testing.T) {
	cases := boundCases(t)
	var now map[string]recording // by case; nil without the engine
	if os.Getenv("VNETTUNE_PWSH") != "" {
		now = engine(t).record(t, cases)
	}
	hashes := map[scripts.Name]string{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := bound(t, c)
			before := snapshotOf(t, c, g)
			if now != nil {
				if *update {
					save(t, c, now[c.name])
				}
				if d := diff.Diff(load(t, c), now[c.name]); d != "" {
					t.Errorf("the engine answers otherwise than it did (-recorded +now); look at it, then run with -update:\n%s", d)
				}
			}
			was := load(t, c)
			if d := diff.Diff(was.Snapshot, before); d != "" {
				t.Errorf("the stand-in's state is another than the one that was recorded; with the engine, go test ./apply/enginetest -run Bound -update (-recorded +now):\n%s", d)
			}
			if len(was.Played) != len(c.plays) {
				t.Fatalf("%d scripts were recorded, %d are played: record anew", len(was.Played), len(c.plays))
			}
			for i, p := range c.plays {
				want := was.Played[i]
				hashes[p.script] = want.Hash
				registry := g.registry()
				out, exit := g.play(p)
				got := played{p.script, scripts.Hash(p.script), shown(p.in), exit, comparable(t, p, out), changes(registry, g.registry())}
				if p.script == scripts.Installing {
					got.Changes = nil // those of a driver's installation, which the engine has not
				}
				if d := diff.Diff(want, got); d != "" {
					t.Errorf("%d. %s %s (-engine +stand-in):\n%s", i+1, p.script, shown(p.in), d)
				}
			}
		})
	}
	if files, err := filepath.Glob("testdata/bound/*.json"); err != nil || len(files) != len(cases) {
		t.Errorf("%d recordings of %d cases: %v", len(files), len(cases), err)
	}
	if now != nil && *update && !t.Failed() {
		write(t, accepted, hashes, "  ")
	}
	var known map[scripts.Name]string
	b, err := os.ReadFile(accepted)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &known); err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(hashes, known); d != "" {
		t.Errorf("the stand-in takes scripts for which no answer was recorded, or does not take one that has (-recorded +taken):\n%s", d)
	}
	for _, n := range scripts.All {
		if hashes[n] != scripts.Hash(n) {
			t.Errorf("%s has changed since its answers were recorded: check that CONTRACT.md still holds; then, with the engine, go test ./apply/enginetest -run Bound -update", n)
		}
	}
}

// snapshotOf is the guest's state in the form in which it is recorded.
func snapshotOf(t *testing.T, c boundCase, g *boundGuest) snapshottest.Snapshot {
	t.Helper()
	s, err := snapshottest.Of(g.Machine, snapshottest.Asked{Ports: c.ports, Host: cmp.Or(c.host, loopback)})
	if err != nil {
		t.Fatal(err)
	}
	return throughFile(t, s)
}

// throughFile gives what JSON leaves of a value.
func throughFile[T any](t *testing.T, v T) T {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// save writes a recording: the registry as a file of its own.
func save(t *testing.T, c boundCase, r recording) {
	t.Helper()
	if err := os.WriteFile(recordedAs(c, ".reg"), []byte(r.Snapshot.Registry), 0o644); err != nil {
		t.Fatal(err)
	}
	r.Snapshot.Registry = ""
	write(t, recordedAs(c, ".json"), r, " ")
}

func write(t *testing.T, file string, v any, indent string) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", indent)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// load reads a recording.
func load(t *testing.T, c boundCase) recording {
	t.Helper()
	b, err := os.ReadFile(recordedAs(c, ".json"))
	if err != nil {
		t.Fatal(err)
	}
	reg, err := os.ReadFile(recordedAs(c, ".reg"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	r.Snapshot.Registry = string(reg)
	return r
}

func recordedAs(c boundCase, ending string) string {
	return filepath.Join("testdata", "bound", strings.ReplaceAll(c.name, " ", "-")+ending)
}

// shown is an input without the text of a script.
func shown(in string) string {
	for _, n := range leaving {
		text, err := json.Marshal(scripts.Source(n))
		if err != nil {
			panic(err) // of a text
		}
		in = strings.ReplaceAll(in, string(text), `"(`+string(n)+`)"`)
	}
	return in
}

// comparable is an answer without what differs by its nature, and in one form.
func comparable(t *testing.T, p play, answer string) any {
	t.Helper()
	if slices.Contains(leaving, p.script) {
		return answer
	}
	var v any
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%s answers %q: %v", p.script, answer, err)
	}
	v = plain(v)
	for _, d := range differing {
		if d.script == p.script {
			blank(v, d.member, d.away)
		}
	}
	for _, member := range p.words {
		blank(v, member, false)
	}
	return v
}

// plain brings a list that PowerShell 5.1 has wrapped ({"value": [...], "Count": 2}) to the
// form of one that it has not, as record.List reads both. The values of a keyword are sorted:
// Wine keeps the values of a key in order of their names, Windows as they came.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if list, ok := v["value"].([]any); ok && len(v) == 2 && v["Count"] != nil {
			return plain(list)
		}
		for name := range v {
			v[name] = plain(v[name])
		}
		if list, ok := v["enum"].([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

// blank puts a mark in the place of a member that has a value, or takes it away.
func blank(v any, member []string, away bool) {
	at, ok := v.(map[string]any)
	switch {
	case !ok:
	case len(member) > 1:
		blank(at[member[0]], member[1:], away)
	case away:
		delete(at, member[0])
	case at[member[0]] != nil:
		at[member[0]] = "(differs)"
	}
}

// changes are what is other in a registry than before.
func changes(before, after map[string]string) []string {
	var all []string
	for _, at := range slices.Sorted(maps.Keys(after)) {
		if was, ok := before[at]; !ok || was != after[at] {
			all = append(all, at+" = "+after[at])
		}
	}
	for _, at := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[at]; !ok {
			all = append(all, at+" is gone")
		}
	}
	return all
}

// place makes the engine's disk and registry those of a snapshot.
const place = `$in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
$d = "$env:ProgramFiles\vnettune"
if ([IO.Directory]::Exists($d)) { [IO.Directory]::Delete($d, $true) }
[IO.File]::Delete("$env:SystemRoot\Temp\vnettune-iperf3.log")
foreach ($f in [IO.Directory]::GetFiles("$env:SystemRoot\INF", 'oem*.inf')) { [IO.File]::Delete($f) }
[IO.File]::WriteAllText("$env:SystemRoot\INF\oem3.inf", 'found')
foreach ($f in $in.PSObject.Properties) {
[void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($f.Name))
[IO.File]::WriteAllBytes($f.Name, [Convert]::FromBase64String($f.Value))
}
& "$env:SystemRoot\system32\reg.exe" import C:\bound.reg
if ($LASTEXITCODE) { throw "reg import ends with $LASTEXITCODE" }
[Console]::Out.WriteLine('in place')
`

// list prints what is under some keys: rows of path, name, kind and data, as Base64.
const list = `$in = (New-Object IO.StreamReader([Console]::OpenStandardInput())).ReadToEnd() | ConvertFrom-Json
$rows = New-Object Collections.Generic.List[string]
function Walk($k) {
$rows.Add($k.Name)
foreach ($n in $k.GetValueNames()) {
$v = $k.GetValue($n, $null, 'DoNotExpandEnvironmentNames')
if ($v -is [int]) { $d = "$([BitConverter]::ToUInt32([BitConverter]::GetBytes($v), 0))" }
elseif ($v -is [long]) { $d = "$([BitConverter]::ToUInt64([BitConverter]::GetBytes($v), 0))" }
elseif ($v -is [byte[]]) { $d = ([BitConverter]::ToString($v) -replace '-', '').ToLower() }
else { $d = @($v) -join "` + "`n" + `" }
$rows.Add("$($k.Name) $n` + "`0" + `$($k.GetValueKind($n)) $d")
}
foreach ($n in $k.GetSubKeyNames()) { Walk $k.OpenSubKey($n) }
}
foreach ($name in $in.keys) { $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($name.Substring(19)); if ($k) { Walk $k } }
[Console]::Out.WriteLine([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($rows -join "` + "`0`0" + `")))
`

// unarmed is what schtasks.exe does at the end of revert, which the engine only plays.
const unarmed = `Unregister-ScheduledTask -TaskPath '\vnettune\' -TaskName 'revert' -Confirm:$false; [Console]::Out.WriteLine('gone')`

// changing are the scripts after which the registry is looked at.
var changing = []scripts.Name{scripts.Write, scripts.Boot, scripts.Arm, scripts.Revert}

// record has the engine run the scripts of all cases, in one process, each over the state that
// the stand-in has written down.
func (k *kit) record(t *testing.T, cases []boundCase) map[string]recording {
	t.Helper()
	k.restored(t)
	recordings := map[string]recording{}
	registries := map[string]map[string]string{}
	jobsOf := map[string][]job{}
	var jobs []job
	for _, c := range cases {
		g := bound(t, c)
		s := snapshotOf(t, c, g)
		recordings[c.name], registries[c.name], jobsOf[c.name] = recording{Snapshot: s}, g.registry(), k.jobsOf(t, c, s)
		jobs = append(jobs, jobsOf[c.name]...)
	}
	answers := k.jobs(t, jobs)
	jobs = nil
	for _, c := range cases { // Wine loses what a program prints now and then
		if slices.ContainsFunc(jobsOf[c.name], func(j job) bool { return !leaves(j.Script) && answers[j.ID].Stdout == "" }) {
			t.Logf("once more: %s", c.name)
			jobs = append(jobs, jobsOf[c.name]...)
		}
	}
	if len(jobs) > 0 {
		maps.Copy(answers, k.jobs(t, jobs))
	}
	for _, c := range cases {
		r := recordings[c.name]
		if a := answers[c.name+": place"]; a.Exit != 0 || len(a.Errors) > 0 {
			t.Fatalf("%s: place: %s", c.name, a.Errors)
		}
		var found map[string]string
		if a, ok := answers[c.name+": registry 0"]; ok {
			found = registryOf(t, a)
			if d := diff.Diff(registries[c.name], found); d != "" {
				t.Errorf("%s: the imported registry is not the stand-in's (-stand-in +imported):\n%s", c.name, d)
			}
		}
		for i, p := range c.plays {
			a := answers[fmt.Sprintf("%s: play %d", c.name, i+1)]
			for _, wrong := range form(p.script, a) {
				t.Errorf("%s: %s: %s", c.name, p.script, wrong)
			}
			one := played{Script: p.script, Hash: scripts.Hash(p.script), In: shown(p.in), Exit: a.Exit, Answer: comparable(t, p, a.Stdout)}
			if a, ok := answers[fmt.Sprintf("%s: registry %d", c.name, i+1)]; ok {
				after := registryOf(t, a)
				one.Changes, found = changes(found, after), after
			}
			r.Played = append(r.Played, one)
		}
		recordings[c.name] = throughFile(t, r)
	}
	return recordings
}

// leaves says whether a text is that of a script which says nothing.
func leaves(text string) bool {
	return slices.ContainsFunc(leaving, func(n scripts.Name) bool { return strings.HasSuffix(text, scripts.Source(n)) })
}

// jobsOf are the runs of one case: its state is put in place, and its scripts follow in order.
func (k *kit) jobsOf(t *testing.T, c boundCase, s snapshottest.Snapshot) []job {
	t.Helper()
	var jobs []job
	ask := func(what, script string, in any) {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, job{ID: c.name + ": " + what, Script: script, Stdin: string(b), State: s.State, Session: strings.ReplaceAll(c.name, " ", "-")})
	}
	files := k.replies(t, c)
	for path, text := range s.Files {
		files[path] = []byte(text)
	}
	files[`C:\bound.reg`] = regFile(s.Registry)
	ask("place", place, files)
	if c.before != nil || slices.ContainsFunc(c.plays, func(p play) bool { return slices.Contains(changing, p.script) }) {
		ask("registry 0", list, map[string]any{"keys": snapshottest.Owned})
	}
	for i, p := range c.plays {
		ask(fmt.Sprintf("play %d", i+1), c.mocks+scripts.Source(p.script), nil)
		jobs[len(jobs)-1].Stdin = p.in
		if p.script == scripts.Revert {
			ask(fmt.Sprintf("task %d", i+1), unarmed, nil)
		}
		if slices.Contains(changing, p.script) {
			ask(fmt.Sprintf("registry %d", i+1), list, map[string]any{"keys": snapshottest.Owned})
		}
	}
	return jobs
}

// registryOf reads what list prints.
func registryOf(t *testing.T, a answer) map[string]string {
	t.Helper()
	rows, err := base64.StdEncoding.DecodeString(strings.TrimSpace(a.Stdout))
	if err != nil || len(rows) == 0 {
		t.Fatalf("registry: %v: %q %s", err, a.Stdout, a.Errors)
	}
	found := map[string]string{}
	for _, row := range strings.Split(string(rows), "\x00\x00") {
		at, data, _ := strings.Cut(row, "\x00")
		found[at] = data
	}
	return found
}

// replies are the files by which the engine's netsh prints what the stand-in's does, on a
// guest of its own, and its iperf3 the version.
func (k *kit) replies(t *testing.T, c boundCase) map[string][]byte {
	t.Helper()
	spare := bound(t, c)
	folder := `Z:` + strings.ReplaceAll(k.dir, "/", `\`) + `\replies\`
	files := map[string][]byte{folder + "iperf3,-v.out": []byte("iperf 3.21\r\n")}
	say := func(args []string) {
		out, exit := spare.netsh(args)
		name := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("=-.", r) {
				return r
			}
			return ','
		}, "netsh "+strings.Join(args, " "))
		files[folder+name+".out"], files[folder+name+".rc"] = out, fmt.Append(nil, exit)
	}
	say([]string{"interface", "tcp", "dump"})
	say([]string{"interface", "udp", "dump"})
	for _, p := range c.plays {
		var in struct {
			Steps []terms.Step `json:"steps"`
		}
		_ = json.Unmarshal([]byte(p.in), &in) // an input that is none has no steps
		for _, s := range in.Steps {
			if s.Op == "netsh" {
				say(s.Args)
			}
		}
	}
	return files
}

// restored puts back, when the test ends, what other tests have in the same kit, and puts
// iperf3 where the stand-in has it.
func (k *kit) restored(t *testing.T) {
	t.Helper()
	replies := filepath.Join(k.dir, "replies")
	aside := t.TempDir()
	if err := os.CopyFS(aside, os.DirFS(replies)); err != nil {
		t.Fatal(err)
	}
	exe, err := os.ReadFile(filepath.Join(k.dir, "bin", "iperf3.exe"))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(k.dir, "prefix", "drive_c", "vnettune") // of processes.IPerfExe
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "iperf3.exe"), exe, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var gone strings.Builder
		for _, key := range snapshottest.Owned {
			fmt.Fprintf(&gone, "[-%s]\n\n", key)
		}
		deleted := k.importReg(gone.String())
		_, seeded := k.run(nil, "reg", k.dir, "import", filepath.Join(os.Getenv("VNETTUNE_PWSH"), "mocks", "seed.reg"))
		if err := errors.Join(os.RemoveAll(replies), os.CopyFS(replies, os.DirFS(aside)), deleted, seeded, k.importReg(seed)); err != nil {
			t.Error(err)
		}
	})
}
