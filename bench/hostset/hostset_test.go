package hostset

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const cpu = "sys/devices/system/cpu/"

// host are the files of a host with two processors.
var host = map[string]string{
	cpu + "cpu0/cpufreq/scaling_governor": "powersave\n", cpu + "cpu0/cpufreq/scaling_available_governors": "performance powersave\n",
	cpu + "cpu1/cpufreq/scaling_governor": "performance\n", cpu + "cpu1/cpufreq/scaling_available_governors": "performance powersave\n",
	cpu + "cpu0/cpuidle/state0/disable": "0\n", cpu + "cpu0/cpuidle/state0/latency": "0\n",
	cpu + "cpu0/cpuidle/state1/disable": "0\n", cpu + "cpu0/cpuidle/state1/latency": "10\n",
	cpu + "cpu0/cpuidle/state2/disable": "0\n", cpu + "cpu0/cpuidle/state2/latency": "133\n",
	cpu + "cpu0/cpuidle/state3/disable": "1\n", cpu + "cpu0/cpuidle/state3/latency": "890\n",
	cpu + "intel_pstate/no_turbo": "0\n", congestion: "cubic\n", backlog: "1000\n",
}

func rooted(t *testing.T, files map[string]string) Root {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Root(root)
}

// read are the files of a root.
func read(t *testing.T, r Root) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name := range host {
		if text, err := os.ReadFile(filepath.Join(string(r), name)); err == nil {
			all[name] = string(text)
		}
	}
	return all
}

func TestSetAndPutBack(t *testing.T) {
	r := rooted(t, host)
	changes, err := r.Plan(map[string]string{Governor: "performance", Turbo: "off", DeepestSleep: "100µs", CongestionControl: "reno", Backlog: "1000"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(changes); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(host)
	want[cpu+"cpu0/cpufreq/scaling_governor"] = "performance\n"
	want[cpu+"intel_pstate/no_turbo"] = "1\n" // the other way round
	want[cpu+"cpu0/cpuidle/state2/disable"] = "1\n"
	want[congestion] = "reno\n"
	if d := cmp.Diff(want, read(t, r)); d != "" {
		t.Errorf("set (-want +got):\n%s", d)
	}
	// What is as asked already is no change, and somebody else's later choice stays.
	if len(changes) != 4 {
		t.Errorf("%d changes, want 4: %v", len(changes), changes)
	}
	if err := os.WriteFile(filepath.Join(string(r), congestion), []byte("bbr\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	kept, err := r.PutBack(changes)
	if err != nil || len(kept) != 1 || !strings.Contains(kept[0], "bbr") {
		t.Errorf("put back: %q, %v", kept, err)
	}
	was := maps.Clone(host)
	was[congestion] = "bbr\n"
	if d := cmp.Diff(was, read(t, r)); d != "" {
		t.Errorf("put back (-want +got):\n%s", d)
	}
	if kept, err := r.PutBack(changes); err != nil || len(kept) != 1 {
		t.Errorf("put back once more: %q, %v", kept, err)
	}
}

func TestWhatAHostHasNot(t *testing.T) {
	for name, asked := range map[string]map[string]string{
		"no governor ondemand; it has performance, powersave": {Governor: "ondemand"},
		"this host has no sys/devices":                        {Turbo: "on"},
	} {
		files := maps.Clone(host)
		delete(files, cpu+"intel_pstate/no_turbo")
		if _, err := rooted(t, files).Plan(asked); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, want %q", asked, err, name)
		}
	}
	all := map[string]string{Governor: "performance", Turbo: "on", DeepestSleep: "0s", CongestionControl: "cubic", Backlog: "9"}
	_, err := Root(t.TempDir()).Plan(all)
	for _, n := range Names {
		if err == nil || !strings.Contains(err.Error(), "host.set."+n) {
			t.Errorf("an empty host: %v, want %s named", err, n)
		}
	}
	if asked := slices.Sorted(maps.Keys(all)); len(asked) != len(Names) || len(patterns) != len(Names) {
		t.Errorf("%d settings, %d patterns, asked for %q", len(Names), len(patterns), asked)
	}
}

// What could not be put back is not set; a processor that is switched off is passed over.
func TestWhatCannotBeRead(t *testing.T) {
	files := maps.Clone(host)
	files[cpu+"cpu2/cpufreq/scaling_governor"] = ""
	files[backlog] = "many packets\n"
	r := rooted(t, files)
	changes, err := r.Plan(map[string]string{Governor: "performance"})
	if err != nil || len(changes) != 1 {
		t.Errorf("%v, %v", changes, err)
	}
	if changes, err := r.Plan(map[string]string{Governor: "performance", Backlog: "2000"}); err == nil || len(changes) > 0 || !strings.Contains(err.Error(), `says "many packets", which could not be put back`) {
		t.Errorf("%v, %v", changes, err)
	}
	if err := r.Apply(changes); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(string(r), changes[0].File)); err != nil {
		t.Fatal(err)
	}
	if kept, err := r.PutBack(changes); err == nil || len(kept) > 0 || !strings.Contains(err.Error(), "cannot be read; it was powersave") {
		t.Errorf("%q, %v", kept, err)
	}
}

// What cannot be written, or is not what was written, leaves the host as it was.
func TestHalfSetIsPutBack(t *testing.T) {
	r := rooted(t, host)
	changes, err := r.Plan(map[string]string{Governor: "performance", CongestionControl: "reno"})
	if err != nil || len(changes) != 2 {
		t.Fatal(changes, err)
	}
	if err := os.Remove(filepath.Join(string(r), congestion)); err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(changes); err == nil || !strings.Contains(err.Error(), "host.set."+CongestionControl) {
		t.Errorf("error %v", err)
	}
	if got := read(t, r)[cpu+"cpu0/cpufreq/scaling_governor"]; got != "powersave\n" {
		t.Errorf("the governor is %q", got)
	}
}

// A list that somebody else has made leads to no other file and to no other text.
func FuzzPutBack(f *testing.F) {
	f.Add(Governor, cpu+"cpu0/cpufreq/scaling_governor", "powersave", "performance")
	f.Add(Governor, cpu+"cpu0/../../../../../etc/passwd", "x", "y")
	f.Add(CongestionControl, "etc/passwd", "x", "secret")
	f.Add(Governor, cpu+"cpu0/cpufreq/scaling_governor", "a\nb", "performance")
	f.Fuzz(func(t *testing.T, setting, file, was, set string) {
		files := map[string]string{"etc/passwd": "secret\n"}
		for name := range host {
			files[name] = set + "\n"
		}
		r := rooted(t, files)
		_, err := r.PutBack([]Change{{setting, file, was, set}})
		text, _ := os.ReadFile(filepath.Join(string(r), "etc/passwd"))
		if string(text) != "secret\n" {
			t.Fatalf("%q was written", text)
		}
		for name, now := range read(t, r) {
			if now != files[name] && (now != was+"\n" || !plain.MatchString(was) || err != nil) {
				t.Fatalf("%s is %q, %v", name, now, err)
			}
		}
	})
}
