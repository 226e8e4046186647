package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// allowed is ARCHITECTURE.md's layout: what each package of the module may import of it.
// A trailing slash stands for the package and all below it.
var allowed = map[string][]string{
	"foreign":               {},
	"trouble":               {"foreign"},
	"spawn":                 {},
	"matrix":                {"matrix/array"},
	"matrix/array":          {},
	"matrix/show":           {"matrix"},
	"matrix/tweak":          {"foreign", "matrix"},
	"matrix/campaign":       {"foreign", "matrix", "matrix/domain", "results/record", "results/sample", "trouble"},
	"matrix/domain":         {"foreign", "matrix", "trouble"},
	"matrix/driver":         {"foreign", "matrix", "trouble"},
	"results/sample":        {"foreign", "trouble"},
	"results/record":        {"foreign"},
	"results":               {"matrix", "results/record", "results/sample", "foreign", "trouble"},
	"report/stat":           {},
	"report/chart":          {"report/stat"},
	"report/page":           {},
	"report/html":           {"report/page", "report/chart", "foreign"},
	"report/markdown":       {"report/page", "foreign"},
	"report/rank/boots":     {"report/stat", "results/record", "results/sample"},
	"report/rank/contrast":  {"report/stat"},
	"report/rank/stints":    {"report/rank/boots", "report/stat", "results/record"},
	"report/rank":           {"report/rank/boots", "report/rank/contrast", "report/rank/stints", "report/stat", "results/record", "results/sample"},
	"report/rank/effects":   {"report/rank", "report/rank/boots", "report/rank/contrast", "report/stat", "results/record", "results/sample"},
	"report/rank/minimal":   {"report/rank", "report/rank/boots", "report/rank/effects", "report/stat", "results/record", "results/sample"},
	"report/rank/moved":     {"report/rank", "report/rank/boots", "report/rank/contrast", "report/stat", "results/record", "results/sample"},
	"report/rank/second":    {"report/rank", "report/rank/boots", "report/stat", "results/record", "results/sample"},
	"report/rank/gate":      {"report/rank", "report/rank/boots", "report/rank/contrast", "report/stat", "results/record", "results/sample"},
	"report/rank/compare":   {"report/rank", "report/rank/boots", "report/rank/contrast", "report/stat", "results/record", "results/sample"},
	"report/rank/search":    {"report/rank", "report/rank/boots", "report/rank/contrast", "report/rank/effects", "report/stat", "results/record", "results/sample"},
	"report/rank/bisect":    {"report/rank/gate", "results/sample"},
	"report/rank/synthetic": {"report/rank/stints", "results/sample"},
	"report/rank/ranktest":  {"results/sample"},
	"report/forecast":       {"report/rank", "report/rank/", "report/page", "matrix", "matrix/campaign", "results/record", "results/sample", "trouble"},
	"report/stored":         {"report/rank", "report/rank/", "report/forecast", "results", "results/record", "results/sample", "matrix", "matrix/campaign", "trouble"},
	"report":                {"report/baseline", "report/page", "report/stored", "report/forecast", "report/chart", "report/rank", "report/rank/", "results/", "matrix", "matrix/campaign", "foreign", "trouble"},
	"report/audit":          {"foreign", "matrix", "report", "report/page", "results/record"},
	"report/terminal":       {"foreign", "report/page"},
	"report/junit":          {"report", "report/stored", "report/rank", "report/rank/", "results/record", "foreign"},
	"report/benchfmt":       {"report", "report/stored", "report/rank/boots", "results", "results/record", "results/sample", "foreign", "trouble"},
	"report/baseline":       {"report/rank/gate", "report/stored", "results", "trouble"},
	"report/bundle":         {"report", "report/stored", "results", "results/record", "results/sample", "matrix", "matrix/campaign", "foreign", "trouble"},
	"report/reporttest":     {},
	"apply/qmp":             {"foreign"},
	"apply/scripts":         {},
	"apply/setup":           {"trouble"},
	"apply/winrm":           {"apply/winrm/", "foreign", "trouble"},
	"apply/winrm/envelope":  {"foreign"},
	"apply/winrm/fault":     {"apply/winrm/envelope", "foreign"},
	"apply/winrm/ntlm":      {"trouble"},
	"apply/winrm/output":    {},
	"apply/enginetest":      {},
	"apply/export":          {"apply", "apply/cmdline", "apply/terms", "matrix", "results/record"},
	"apply/terms":           {"apply/winrm", "results/record", "foreign"},
	"apply/deadman":         {"apply/scripts", "apply/terms", "apply/winrm/", "results/record", "foreign", "trouble"},
	"apply/transcript":      {"apply/scripts", "apply/terms", "apply/winrm/", "trouble"},
	"apply/transcripttest":  {"apply/scripts", "apply/transcript", "apply/winrm/"},
	"apply/cmdline":         {"apply/deadman", "apply/terms", "apply/winrm/", "matrix", "results/record", "foreign", "trouble"},
	"apply/rescue":          {"apply", "apply/deadman", "apply/qmp", "apply/terms", "apply/winrm", "matrix", "results/record", "foreign", "spawn", "trouble"},
	"apply":                 {"apply/", "matrix", "results/record", "foreign", "trouble"},
	"bench/leash":           {"foreign", "spawn"},
	"bench/iperf":           {"bench/iperf/document", "bench/leash", "results/record", "foreign", "spawn", "trouble"},
	"bench/iperf2":          {"bench/leash", "results/record", "foreign", "trouble"},
	"bench/iperf/document":  {"results/record", "foreign", "trouble"},
	"bench/counters":        {"bench/hypervisor", "foreign", "results/record", "results/sample"},
	"bench/kernelfiles":     {"foreign"},
	"bench/link":            {"trouble"},
	"bench/hostset":         {"bench/kernelfiles", "foreign", "trouble"},
	"bench/hygiene":         {"bench/counters", "bench/kernelfiles", "foreign", "results/record"},
	"bench/meter":           {"results/record", "foreign"},
	"cmd/meter":             {"bench/meter"},
	"bench/guesttest":       {"apply", "apply/deadman", "bench", "matrix", "results/record"},
	"bench/rig":             {"apply/", "bench", "bench/counters", "bench/hostset", "bench/hygiene", "bench/hypervisor", "bench/iperf", "bench/iperf2", "bench/link", "bench/meter", "foreign", "matrix", "matrix/campaign", "matrix/domain", "matrix/driver", "report/forecast", "report/rank", "results", "results/record", "results/sample", "spawn", "trouble"},
	"bench/doctor":          {"apply/", "bench", "bench/hostset", "bench/hygiene", "bench/iperf", "bench/iperf2", "bench/meter", "bench/rig", "matrix", "matrix/campaign", "results", "results/record", "foreign", "trouble"},
	"bench":                 {"apply/", "bench/counters", "bench/iperf", "bench/iperf2", "bench/meter", "report/rank", "report/rank/search", "results/", "foreign", "matrix", "matrix/domain", "trouble"},
	"lab":                   {"apply/qmp", "bench/link", "lab/", "spawn", "trouble"},
	"lab/":                  {"apply/qmp", "bench/link", "lab/", "spawn", "trouble"},
	"cmd/vnettune":          {"apply/", "bench/", "lab/", "matrix/", "report/", "results/", "foreign", "spawn", "trouble"},

	"bench/hypervisor":        {"apply/qmp", "apply/rescue", "bench/hypervisor/config", "foreign", "results/record"},
	"bench/hypervisor/config": {"foreign", "results/record"},
}

// soleImporter names the packages that alone may import a library.
var soleImporter = map[string]string{
	"github.com/masterzen/winrm":        "apply/winrm",
	"github.com/bodgit/ntlmssp":         "apply/winrm/ntlm",
	"modernc.org/sqlite":                "results",
	"github.com/olekukonko/tablewriter": "report/terminal",
	"modernc.org/quickjs":               "report/chart",
	"github.com/beevik/etree":           "matrix/domain",
}

// pure are the packages, with all below them, that know no clock and no system.
var pure = []string{"report/stat", "report/rank"}

func TestImportsFollowTheDesign(t *testing.T) {
	for _, p := range listPackages(t) {
		name, ok := strings.CutPrefix(p.ImportPath, "vnettune/")
		if !ok {
			continue
		}
		rules, known := rulesOf(name)
		if !known {
			t.Errorf("package %s has no place in the design's layout", name)
			continue
		}
		isPure := slices.ContainsFunc(pure, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
		for _, imp := range p.Imports {
			if isPure && (imp == "time" || imp == "os") {
				t.Errorf("%s imports %s: it must know no clock and no system", name, imp)
			}
			if own, ok := strings.CutPrefix(imp, "vnettune/"); ok && !matches(rules, own) {
				t.Errorf("%s imports %s; the design does not allow it", name, own)
			}
			for lib, only := range soleImporter {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && name != only {
					t.Errorf("%s imports %s; only %s may", name, imp, only)
				}
			}
		}
	}
}

// alone names what only cmd does: it ends the process, reads the environment, uses the
// standard streams.
var alone = regexp.MustCompile(`\b(os|syscall|unix)\.Exit\b|\blog\.(Fatal|Panic|Print)|\bos\.(Getenv|LookupEnv|ExpandEnv|Stdin|Stdout|Stderr)\b|\bfmt\.(Print|Println|Printf)\b`)

// ofTheGuest are packages that are programs inside a stand-in guest: process 1 of its
// machine, and what its own processes are.
var ofTheGuest = []string{"lab/guest", "lab/fast"}

// exitCodeName is how a constant is named that is an exit code of a command. The name
// exit alone is not enough: what a guest's command ended with is known to whoever plays
// or drives it.
var exitCodeName = regexp.MustCompile(`^[eE]xit(Code|Status)?(Done|OK|Failed|Usage|Partial|Regression|Inconclusive|Unrestored|Interrupted|Terminated)$`)

func TestOnlyTheCommandExitsAndPrints(t *testing.T) {
	files := 0
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "vnettune/")
		if p.Name == "main" || slices.Contains(ofTheGuest, name) {
			continue
		}
		for _, file := range p.GoFiles {
			files++
			for _, wrong := range commandsBusiness(t, filepath.Join(p.Dir, file)) {
				t.Errorf("%s: %s: this is the command's business", name, wrong)
			}
		}
	}
	if files < 100 {
		t.Errorf("%d files seen: the test looks in the wrong place", files)
	}
}

// commandsBusiness finds in a file what only a command may do or know.
func commandsBusiness(t *testing.T, path string) []string {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && alone.MatchString(x.Name+"."+n.Sel.Name) {
				wrong = append(wrong, set.Position(n.Pos()).String()+": "+x.Name+"."+n.Sel.Name)
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				if exitCodeName.MatchString(id.Name) {
					wrong = append(wrong, set.Position(id.Pos()).String()+": "+id.Name)
				}
			}
		}
		return true
	})
	return wrong
}

// The test above can fail: it finds what the command itself does.
func TestTheCommandsBusinessIsSeen(t *testing.T) {
	for file, want := range map[string]string{"main.go": "os.Exit", "exit.go": "exitUsage", "guest.go": "os.LookupEnv", "simulate.go": ""} {
		if got := strings.Join(commandsBusiness(t, file), "\n"); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: found %q, want %q", file, got, want)
		}
	}
}

type listed struct {
	ImportPath, Name, Dir string
	GoFiles, Imports      []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Name,Dir,GoFiles,Imports", "vnettune/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func rulesOf(name string) ([]string, bool) {
	if rules, ok := allowed[name]; ok {
		return rules, true
	}
	longest := ""
	for prefix := range allowed {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return allowed[longest], longest != ""
}

func matches(rules []string, imp string) bool {
	return slices.ContainsFunc(rules, func(r string) bool {
		return r == imp || strings.HasSuffix(r, "/") && (strings.HasPrefix(imp, r) || imp == strings.TrimSuffix(r, "/"))
	})
}

// madeIn names what only one package may make, with the text by which it is made.
var madeIn = map[string]string{"rank.DefaultOptions(": "report/stored", "rank.Options{": "report/stored"}

// TestRankOptionsAreMadeInOnePlace: two makers of options were two verdicts for one store.
func TestRankOptionsAreMadeInOnePlace(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "vnettune/")
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for made, where := range madeIn {
				if !strings.Contains(string(text), made) {
					continue
				}
				if seen[made] = true; name != where {
					t.Errorf("%s/%s makes options of rankings (%s); only %s may", name, file, made, where)
				}
			}
		}
	}
	if !seen["rank.DefaultOptions("] {
		t.Error("nobody makes options: the test looks in the wrong place")
	}
}

// besideTheDoor is how a renderer would get to a terminal, or to JSON for people, past package foreign.
var besideTheDoor = regexp.MustCompile(`\bjson\.(NewEncoder|MarshalIndent)\(|\bos\.(Stdout|Stderr)\b`)

// TestWhatIsShownPassesTheDoor: commands and renderers write JSON by foreign.JSON alone, and the
// standard streams are named once, where the guard is put in front of them.
func TestWhatIsShownPassesTheDoor(t *testing.T) {
	streams := 0
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "vnettune/")
		if name != "cmd/vnettune" && name != "report" && name != "report/forecast" && name != "matrix/show" {
			continue
		}
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range besideTheDoor.FindAllString(string(text), -1) {
				if strings.HasPrefix(found, "os.") && name == "cmd/vnettune" && file == "main.go" {
					streams++
					continue
				}
				t.Errorf("%s/%s: %s: what foreign words may be in passes package foreign", name, file, found)
			}
		}
	}
	if streams != 2 {
		t.Errorf("the standard streams are named %d times in main.go, want 2", streams)
	}
}

// starts is how a program is started.
var starts = regexp.MustCompile(`\b(exec\.Command|exec\.CommandContext|os\.StartProcess|(syscall|unix)\.(Exec|ForkExec|StartProcess))\(`)

// TestProgramsAreStartedInOnePlace: a child that is started elsewhere gets the environment
// as it is, passwords included.
func TestProgramsAreStartedInOnePlace(t *testing.T) {
	seen := false
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "vnettune/")
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if !starts.Match(text) {
				continue
			}
			if seen = true; name != "spawn" {
				t.Errorf("%s/%s starts a program by itself; spawn.Command does", name, file)
			}
		}
	}
	if !seen {
		t.Error("nobody starts programs: the test looks in the wrong place")
	}
}
