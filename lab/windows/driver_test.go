package windows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// newDriven is a lab with a driver, and a build of Windows.
func newDriven(t *testing.T, driver, build string) *lab {
	t.Helper()
	l := &lab{t: t, disk: &memDisk{}, host: newFakeHost(), cfg: machine.Config{Generation: "w10", Language: "en", User: "Tester", Password: "right", Driver: driver, Build: build}}
	l.reboot()
	return l
}

const classKey = `"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e972-e325-11ce-bfc1-08002be10318}\\0001"`

// keywords are those of the contract "driver", by name.
func (l *lab) keywords() map[string]map[string]any {
	l.t.Helper()
	all := map[string]map[string]any{}
	for _, k := range l.played("driver", `{"classKey": `+classKey+`}`)["keywords"].([]any) {
		k := k.(map[string]any)
		all[k["name"].(string)] = k
	}
	return all
}

func TestDriver(t *testing.T) {
	l := newDriven(t, "0.1.185", "")
	all := l.keywords()
	for name, want := range map[string]string{
		"RxCapacity": `{"name": "RxCapacity", "type": "enum", "default": "256", "min": null, "max": null, "step": null, "base": null, "optional": null,
			"enum": ["16", "32", "64", "128", "256", "512", "1024"], "set": true}`,
		"*NumRssQueues": `{"name": "*NumRssQueues", "type": "int", "default": "8", "min": "1", "max": "16", "step": "1", "base": null, "optional": null,
			"enum": null, "set": true}`,
		"NetworkAddress": `{"name": "NetworkAddress", "type": "edit", "default": null, "min": null, "max": null, "step": null, "base": null, "optional": "1",
			"enum": null, "set": false}`,
	} {
		if d := cmp.Diff(decode(t, want), any(all[name])); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	l.must(`reg add "` + driver + `" /v networkaddress /t REG_SZ /d 525400AABBCC /f`)
	l.must(`reg delete "` + driver + `" /v rxcapacity /f`)
	if all := l.keywords(); all["NetworkAddress"]["set"] != true || all["RxCapacity"]["set"] != false || all["RxCapacity"]["default"] != "256" {
		t.Errorf("after a value was added and one deleted: %v, %v", all["NetworkAddress"], all["RxCapacity"])
	}
	l.must(`reg delete "` + driver + `\Ndi" /f`)
	if d := cmp.Diff(decode(t, `{"keywords": [], "problems": {}}`), any(l.played("driver", `{"classKey": `+classKey+`}`))); d != "" {
		t.Errorf("without Ndi\\params (-want +got):\n%s", d)
	}
	l.failed("driver", `{"classKey": "HKLM\\SYSTEM\\none"}`, "classKey")
	l.failed("driver", `{"classKey": "HKCU\\Software"}`, "classKey")
	l.failed("driver", `{}`, "classKey")
}

// Each driver reports its own version, from which its build can be told.
func TestDriverVersions(t *testing.T) {
	want := map[string]string{"0.1.185": "100.0.104.18500", "0.1.240": "100.93.104.24000", "0.1.271": "100.0.104.27100", "": "0.0.0.1", stack.Twin: "0.0.0.2", stack.Slow: "0.0.0.3"}
	for name := range want {
		a := newDriven(t, name, "").played("facts", `{}`)["adapters"].([]any)[0].(map[string]any)
		if a["driverVersion"] != want[name] {
			t.Errorf("%q reports %v, want %s", name, a["driverVersion"], want[name])
		}
	}
}

// A chosen build is what every way of asking tells.
func TestBuilds(t *testing.T) {
	for _, build := range buildsOf("w10") {
		l := newDriven(t, "", build)
		if got := l.played("facts", `{}`)["build"]; got != decode(t, build) {
			t.Errorf("%s: facts say %v", build, got)
		}
		if got := l.must("ver"); !strings.Contains(got, "10.0."+build+"]") {
			t.Errorf("%s: ver says %q", build, got)
		}
		if got := l.must(`reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v CurrentBuild`); !strings.Contains(got, build) {
			t.Errorf("%s: the registry says %q", build, got)
		}
	}
}
