package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is DESIGN's layout: what each package of the module may import of it.
// A trailing slash stands for the package and all below it.
var allowed = map[string][]string{
	"matrix":                {},
	"results/sample":        {},
	"results":               {"matrix", "results/sample"},
	"report/stat":           {},
	"report/rank/boots":     {"results/sample"},
	"report/rank/contrast":  {"report/stat"},
	"report/rank":           {"report/rank/boots", "report/rank/contrast", "report/stat", "results/sample"},
	"report/rank/effects":   {"report/rank", "report/rank/boots", "report/rank/contrast", "report/stat", "results/sample"},
	"report/rank/gate":      {"report/rank", "report/rank/boots", "report/rank/contrast", "report/stat", "results/sample"},
	"report/rank/search":    {"report/rank", "report/rank/boots", "report/rank/contrast", "report/rank/effects", "report/stat", "results/sample"},
	"report/rank/synthetic": {"results/sample"},
	"report":                {"report/rank/", "results", "results/sample", "matrix"},
	"apply/qmp":             {},
	"apply/scripts":         {},
	"apply/winrm":           {},
	"apply/rescue":          {"apply/", "matrix"},
	"apply":                 {"apply/", "matrix"},
	"matrix/campaign":       {"matrix", "bench/iperf"},
	"bench/iperf":           {},
	"bench/guesttest":       {"apply", "bench", "matrix"},
	"bench":                 {"apply/", "bench/", "report/rank", "report/rank/search", "results/", "matrix"},
	"lab":                   {"apply/qmp", "lab/"},
	"lab/":                  {"apply/qmp", "lab/"},
	"cmd/vnettune":          {"apply/", "bench/", "lab/", "matrix/", "report/", "results/"},
}

// soleImporter names the packages that alone may import a library.
var soleImporter = map[string]string{
	"github.com/masterzen/winrm":        "apply/winrm",
	"modernc.org/sqlite":                "results",
	"github.com/olekukonko/tablewriter": "report",
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

type listed struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "vnettune/...").Output()
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
	for prefix, rules := range allowed {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix) {
			return rules, true
		}
	}
	return nil, false
}

func matches(rules []string, imp string) bool {
	return slices.ContainsFunc(rules, func(r string) bool {
		return r == imp || strings.HasSuffix(r, "/") && (strings.HasPrefix(imp, r) || imp == strings.TrimSuffix(r, "/"))
	})
}
