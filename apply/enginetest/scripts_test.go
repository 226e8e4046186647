package enginetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/results/record"
)

// folder is where the scripts are.
const folder = "../scripts"

// leaving are the scripts that a task of the guest runs, and that leave something on the disk.
var leaving = []scripts.Name{scripts.Revert, scripts.Restarting, scripts.Installing}

// all are the scripts of the folder, those at the end that leave something on the disk.
func all(t *testing.T) []scripts.Name {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.ps1"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d scripts in %s: %v", len(files), folder, err)
	}
	var names []scripts.Name
	for _, f := range files {
		if n := scripts.Name(strings.TrimSuffix(filepath.Base(f), ".ps1")); !slices.Contains(leaving, n) {
			names = append(names, n)
		}
	}
	return append(names, leaving...)
}

// Every script in every state: the answer is what the state implies.
func TestEveryScriptInEveryState(t *testing.T) {
	k := engine(t)
	second, err := another()
	if err != nil {
		t.Fatal(err)
	}
	states, names := states(t, k), all(t)
	in := func(t *testing.T, k *kit, n scripts.Name) {
		wrong, again := k.compare(t, n, drawn(n, states))
		if len(again) > 0 && len(again) < 5 {
			// Wine loses what a program prints now and then (once in some 2,000 runs): what
			// is wrong with a script is wrong each time.
			t.Logf("once more: %q", wrong)
			wrong, _ = k.compare(t, n, again)
		}
		report(t, wrong)
	}
	kits := make(chan *kit, 2)
	kits <- k
	kits <- second
	last := len(names) - len(leaving)
	t.Run("scripts", func(t *testing.T) {
		for _, n := range names[:last] {
			t.Run(string(n), func(t *testing.T) {
				t.Parallel()
				k := <-kits
				defer func() { kits <- k }()
				in(t, k, n)
			})
		}
	})
	k.jobs(t, []job{{ID: "folder", Script: `[void][IO.Directory]::CreateDirectory("$env:ProgramFiles\vnettune")`}})
	for _, n := range leaving {
		t.Run(string(n), func(t *testing.T) { in(t, k, n) })
	}
	t.Logf("%d scripts, each in %d of %d states; VNETTUNE_STATES=all has all of them", len(names), len(drawn(names[0], states)), len(states))
}

// drawn is every fifth state, which ones by the script: with all of them the engine takes twelve minutes, and
// VNETTUNE_STATES=all has them. A changed script goes through all.
func drawn(n scripts.Name, all []named) []named {
	if os.Getenv("VNETTUNE_STATES") == "all" {
		return all
	}
	var few []named
	for i, s := range all {
		if (i+len(n))%8 == 0 {
			few = append(few, s)
		}
	}
	return few
}

// compare runs a script in some states, and gives what is wrong and where.
func (k *kit) compare(t *testing.T, n scripts.Name, states []named) (wrong []string, where []named) {
	t.Helper()
	var jobs []job
	for _, s := range states {
		jobs = append(jobs, job{ID: s.Name, Script: scripts.Source(n), Stdin: k.input(n), State: s.State})
	}
	answers := k.jobs(t, jobs)
	for _, s := range states {
		mismatches := k.mismatches(n, s.State, answers[s.Name])
		for _, m := range mismatches {
			wrong = append(wrong, s.Name+": "+m)
		}
		if len(mismatches) > 0 {
			where = append(where, s)
		}
	}
	return wrong, where
}

// Switches of offloads are turned by their cmdlet, with the parameter of the switch and no other; the kit has
// no such cmdlet, so the test brings one that says what it was asked.
func TestOffloadSwitches(t *testing.T) {
	k := engine(t)
	const cmdlet = "function Set-NetOffloadGlobalSetting { param($PacketCoalescingFilter, $NetworkDirect) throw \"asked '$PacketCoalescingFilter' '$NetworkDirect'\" }\n"
	cases := []struct{ name, data, says string }{
		{"PacketCoalescingFilter", "disabled", "asked 'disabled' ''"},
		{"NetworkDirect", "enabled", "asked '' 'enabled'"},
		{"Chimney", "enabled", `"error"`},
		{"NetworkDirect", "on", `"error"`},
	}
	var jobs []job
	for _, c := range cases {
		in, err := json.Marshal(map[string]any{"steps": []terms.Step{{Op: "offload", Name: c.name, Data: c.data}}})
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, job{ID: c.name + c.data, Script: cmdlet + scripts.Source(scripts.Write), Stdin: string(in)})
	}
	answers := k.jobs(t, jobs)
	for _, c := range cases {
		a := answers[c.name+c.data]
		if said := strings.ReplaceAll(a.Stdout, `\u0027`, "'"); !strings.Contains(said, c.says) {
			t.Errorf("%s=%s: %s", c.name, c.data, a.Stdout)
		}
	}
}

// Every script by the command line that a guest gets.
func TestEveryScriptByItsCommandLine(t *testing.T) {
	k := engine(t)
	good := states(t, k)[0].State
	for _, n := range all(t) {
		var a answer
		a.Stdout, a.Exit = k.console(t, string(n), scripts.Source(n), k.input(n))
		a.Stdout = strings.ReplaceAll(a.Stdout, "\r\n", "\n")
		for _, m := range k.mismatches(n, good, a) {
			t.Errorf("%s: %s", n, m)
		}
	}
}

// In constrained language mode every script says so, in one line, and does nothing else.
func TestEveryScriptInConstrainedLanguageMode(t *testing.T) {
	k := engine(t)
	var jobs []job
	for _, n := range all(t) {
		jobs = append(jobs, job{ID: string(n), Script: scripts.Source(n), Stdin: k.input(n), Constrained: true})
	}
	for id, a := range k.jobs(t, jobs) {
		var said struct {
			Error struct{ Where, Message string }
		}
		if err := json.Unmarshal([]byte(a.Stdout), &said); err != nil || said.Error.Where != "language" || a.Exit != 1 || strings.Count(a.Stdout, "\n") != 1 {
			t.Errorf("%s: exit code %d: %q (%v)", id, a.Exit, a.Stdout, err)
		}
	}
}

// A registry with 4,000 values, and one with the parameters of every driver there is.
func TestLargeRegistries(t *testing.T) {
	k := engine(t)
	if err := k.importReg(tweakedReg()); err != nil {
		t.Fatal(err)
	}
	trees := trees(t)
	var reg strings.Builder
	s := cloned(t, states(t, k)[0].State)
	s.CIM["MSFT_NetAdapter"] = nil
	for i, tree := range trees {
		reg.WriteString(tree.reg(i))
		s.CIM["MSFT_NetAdapter"] = append(s.CIM["MSFT_NetAdapter"], object{"InterfaceGuid": guid(i), "InterfaceIndex": 100 + i, "Name": tree.name, "PnPDeviceID": `PCI\VEN_1AF4&DEV_1000`})
	}
	if err := k.importReg(reg.String()); err != nil {
		t.Fatal(err)
	}
	read := terms.ReadInput{Ports: []int{}, Interfaces: []int{}}
	for i := 0; i < tweaks; i += 100 { // a campaign asks for some tens
		read.Registry = append(read.Registry, terms.RegistryValue{Path: `HKLM\` + tweaked, Name: fmt.Sprintf("V%d", i)})
	}
	in, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	answers := k.jobs(t, []job{
		{ID: "read", Script: scripts.Source(scripts.Read), Stdin: string(in)},
		{ID: "facts", Script: scripts.Source(scripts.Facts), Stdin: "{}", State: s},
	})
	var wrong []string
	got := decoded[terms.ReadAnswer](&wrong, answers["read"])
	facts := decoded[record.Guest](&wrong, answers["facts"])
	report(t, wrong)
	if len(got.Registry) != tweaks/100 || len(facts.Adapters) != len(trees) || len(trees) < 20 {
		t.Fatalf("%d of %d values, %d of %d trees", len(got.Registry), tweaks/100, len(facts.Adapters), len(trees))
	}
	for i, v := range got.Registry {
		if v != (record.State{Exists: true, Kind: "DWord", Data: fmt.Sprint(100 * i)}) {
			t.Fatalf("value %d is %+v", i, v)
		}
	}
	for i, tree := range trees {
		if want, have := tree.installed(), facts.Adapters[i].Keywords; !maps.Equal(want, have) {
			t.Errorf("%s: keywords %v, want %v", tree.name, have, want)
		}
	}
}

// trees are the parameters of every build of the driver on every Windows, each kind once.
// The reference is beside the kit.
func trees(t *testing.T) []tree {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("VNETTUNE_PWSH"), "..", "reference", "windows", "netkvm-params.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Builds []struct {
			Build int      `yaml:"build"`
			OS    []string `yaml:"os"`
		} `yaml:"builds"`
		Keywords map[string]struct {
			Declared []declared `yaml:"declared"`
		} `yaml:"keywords"`
	}
	if err := yaml.Unmarshal(text, &page); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var all []tree
	for _, b := range page.Builds {
		for _, os := range b.OS {
			one := tree{fmt.Sprintf("0.1.%d on %s", b.Build, os), map[string]declared{}}
			for name, k := range page.Keywords {
				for _, d := range k.Declared {
					var from, to int
					if n, _ := fmt.Sscanf(d.Where[os], "%d..%d", &from, &to); n == 2 && from <= b.Build && b.Build <= to {
						one.keywords[name] = d
					}
				}
			}
			if form := fmt.Sprint(one.keywords); len(one.keywords) > 0 && !seen[form] {
				seen[form] = true
				all = append(all, one)
			}
		}
	}
	return all
}

// Six errors that a person could make in a script: each is seen.
func TestDeliberateErrorsAreCaught(t *testing.T) {
	k := engine(t)
	byName := map[string]state{}
	for _, s := range states(t, k) {
		byName[s.Name] = s.State
	}
	type mutation struct {
		name, state string
		script      scripts.Name
		was, is     string
	}
	mutations := []mutation{
		{"a wrong property name", "good", scripts.Facts, "$a.MtuSize", "$a.Mtu"},
		{"an unescaped value", "throws Get-CimInstance", scripts.Boot, `Say @{ error = @{ where = $where; message = "$_" } }`, `'{"error":{"where":"' + $where + '","message":"' + $_ + '"}}'`},
		{"a lost array", "no connections", scripts.Read, "$out[$part] = @(& $block)", "$out[$part] = & $block"},
		{"a swallowed error", "throws Get-CimInstance MSFT_NetTCPSetting", scripts.Read, `catch { $out.problems[$part] = "$_" }`, "catch { }"},
		{"a non-ASCII answer", "good", scripts.Facts, `[regex]::Replace((ConvertTo-Json $o -Depth 6 -Compress), '[^\x00-\x7f]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })`, "(ConvertTo-Json $o -Depth 6 -Compress)"},
		{"a value that was not given as 0", "null MSFT_NetConnectionProfile.NetworkCategory", scripts.Health, "category = $n.NetworkCategory", "category = [int]$n.NetworkCategory"},
	}
	var jobs []job
	for _, m := range mutations {
		source := scripts.Source(m.script)
		if _, ok := byName[m.state]; !ok || strings.Count(source, m.was) != 1 {
			t.Fatalf("%s: state %q, and %q %d times in the script", m.name, m.state, m.was, strings.Count(source, m.was))
		}
		jobs = append(jobs, job{ID: m.name, Script: strings.Replace(source, m.was, m.is, 1), Stdin: k.input(m.script), State: byName[m.state]},
			job{ID: m.name + ", mended", Script: source, Stdin: k.input(m.script), State: byName[m.state]})
	}
	answers := k.jobs(t, jobs)
	for _, m := range mutations {
		if len(k.mismatches(m.script, byName[m.state], answers[m.name])) == 0 {
			t.Errorf("%s is not seen: %s", m.name, answers[m.name].Stdout)
		}
		report(t, k.mismatches(m.script, byName[m.state], answers[m.name+", mended"]))
	}
	// The commands that a script needs are compared with those of each PowerShell.
	later := strings.Replace(scripts.Source(scripts.Read), "Get-CimInstance Win32_ComputerSystemProduct", "Get-ComputerInfo", 1)
	if missing := lacks(commands(t), k.needs(t, "read", later), "3.0"); !slices.ContainsFunc(missing, func(s string) bool { return strings.Contains(s, "Get-ComputerInfo") }) {
		t.Errorf("a cmdlet of a later version is not seen: %q", missing)
	}
}
